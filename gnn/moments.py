"""Whether knowing the moment helps: single later plays are ranked with and without their hour and weekday."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.context import ContextModel, Moment
from gnn.data import Floats, TrainingData
from gnn.earning import Verdict, decide
from gnn.metrics import Scores, best
from graph.arrays import Links, Rows

WEIGHTS = (0.1, 0.3, 1.0, 3.0)
"""How much the moment may count, in deviations of the listener's scores; chosen on half of the listeners."""
CANDIDATES = 200
K = 20


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """What is ranked without the moment: scores of the whole catalogue, and what the listeners played before."""

    scores: Scores
    train: TrainingData


def judge_moments(model: ContextModel, later: Links, base: Base) -> Verdict:
    """Decide by single plays, averaged per listener; the weight is chosen on every other one and judged on the rest.

    Args:
        model: fitted before the cut.
        later: user -> track with ``lastAt``, after the cut.
        base: what to add to.
    """
    users = np.unique(later.source_row)
    order = np.argsort(later.source_row, kind="stable")
    starts, ends = (np.searchsorted(later.source_row[order], users, side) for side in ("left", "right"))
    found = np.zeros((len(users), 1 + len(WEIGHTS)))
    for at, user in enumerate(users.tolist()):
        plays = order[starts[at] : ends[at]]
        times = later.columns["lastAt"][plays].astype(np.int64)
        found[at] = _listener(model, base, user, later.target_row[plays], times)
    chosen = 1 + int(found[::2, 1:].mean(axis=0).argmax()) if len(users) else 1
    return decide("context", found[1::2, chosen], found[1::2, 0], metric=f"ndcg@{K} of single plays")


def _listener(
    model: ContextModel, base: Base, user: int, tracks: Rows, times: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Mean NDCG of the single plays without the moment, then with it at each weight, float64 [1 + weights]."""
    scores = np.array(base.scores(np.array([user]))[0], np.float32)
    scores[base.train.item_row[base.train.user_row == user]] = -np.inf
    near = best(scores[None], CANDIDATES)[0]
    near = near[np.isfinite(scores[near])]
    values = scores[near]
    spread = np.float32(max(float(values.std()), 1e-9))
    gains = np.zeros((len(tracks), 1 + len(WEIGHTS)))
    for at, (track, time) in enumerate(zip(tracks.tolist(), times.tolist(), strict=True)):
        if track in near:
            fit = model.scores(Moment.at(time), near)
            gains[at] = [_gain(values + weight * spread * fit, near, track) for weight in (0.0, *WEIGHTS)]
    return np.asarray(gains.mean(axis=0))


def _gain(scores: Floats, rows: Rows, wanted: int) -> float:
    """1 / log2(rank + 1) of the one wanted track, 0 below ``K``."""
    own = scores[rows == wanted][0]
    rank = int((scores > own).sum()) + 1
    return float(1.0 / np.log2(rank + 1)) if rank <= K else 0.0
