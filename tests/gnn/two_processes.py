"""What ``test_parallel`` starts twice: train on a small world together, then alone, and write both results."""

from __future__ import annotations

import os
import sys
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path

warnings.simplefilter("ignore")
import numpy as np  # noqa: E402
import torch  # noqa: E402

from gnn.config import TRACK_CONFIG  # noqa: E402
from gnn.data import Terms, TrainingData  # noqa: E402
from gnn.fit import fit  # noqa: E402
from graph.arrays import Ids, Links  # noqa: E402

EPSILON = 1e-3
"""Adam divides a gradient by its size: where it is next to nothing, the rounding of another order of sums becomes a
whole step, on some processors more than on others. This is added to the size, so that equal gradients show as equal."""

CONFIG = replace(
    TRACK_CONFIG,
    als=replace(TRACK_CONFIG.als, factors=6, iterations=3),
    sage=replace(TRACK_CONFIG.sage, dim=6, epochs=2, batch_users=17, candidates=20, learning_rate=5e-3),
)


def world(path: Path) -> TrainingData:
    with np.load(path) as arrays:
        user, item, at = arrays["user"], arrays["item"], arrays["at"]
    nothing = np.empty(0, np.int64)
    return TrainingData(
        users=Ids(np.array([f"u{number:03}" for number in range(60)])),
        items=Ids(np.array([f"i{number:03}" for number in range(40)])),
        artists=Ids(np.array([f"a{number}" for number in range(8)])),
        user_row=user,
        item_row=item,
        count=np.ones(len(user), np.float32),
        at=at,
        has_times=True,
        performed_by=Links(np.arange(40), np.arange(40) // 5),
        follows=Links.none(),
        terms=Terms(nothing, nothing, nothing, np.empty(0), 0),
        audio=np.empty((40, 0)),
    )


if __name__ == "__main__":
    torch.optim.Adam = partial(torch.optim.Adam, eps=EPSILON)  # type: ignore[misc, assignment]
    data, rank = world(Path(sys.argv[1])), os.environ["RANK"]
    together = fit(data, CONFIG)
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        del os.environ[name]
    alone = fit(data, CONFIG)
    untrained = fit(data, replace(CONFIG, sage=replace(CONFIG.sage, epochs=0)))
    found = {"vectors": together.item_vectors, "alone": alone.item_vectors, "untrained": untrained.item_vectors}
    np.savez(Path(sys.argv[2]) / f"rank{rank}.npz", **found)
