"""How good lists are for new users and of new items on the public data sets: ``phonograph evaluate-cold``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.evaluation import hetrec_data
from gnn import data, splits
from gnn.cold_evaluation import cold_quality, ways
from gnn.cold_splits import ColdSplit, cold_friends, cold_items, cold_users
from gnn.data import TrainingData
from gnn.evaluate import seeded
from gnn.fit import preset
from gnn.metrics import Quality
from graph.errors import InvalidRequestError
from graph.progress import NoProgress, Progress
from ingest.collect import collect
from ingest.sources import lfm1m

Events = tuple[TrainingData, NDArray[np.bool_] | None]
"""All events, and those that training may see, bool [n_events]; None for all."""


def _hetrec(folder: Path) -> Events:
    return hetrec_data(folder), None


def _lfm1m(folder: Path) -> Events:
    """Training sees the earlier part of each user, as in the split ``per-user``."""
    whole = data.of_tracks(collect(lfm1m.Lfm1m(folder, include_test=True)))
    earlier = data.of_tracks(collect(lfm1m.Lfm1m(folder)))
    return whole, ~splits.absent_from(whole, earlier)


DATA_SETS: dict[str, Callable[[Path], Events]] = {"hetrec": _hetrec, "lfm1m": _lfm1m}

KINDS: dict[str, Callable[[Events, int], ColdSplit]] = {
    "users": lambda events, seed: cold_users(*events, seed=seed),
    "friends": lambda events, seed: cold_friends(events[0], seed=seed),
    "items": lambda events, seed: cold_items(*events, seed=seed),
}
"""What is cold: users with three seeds, users known by their friends only, items."""


def run(
    name: str,
    folder: Path,
    kind: str,
    models: Sequence[str] = (),
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Quality]:
    """Fit the models without the hidden users or items, and measure the ways of ranking, all by default.

    Raises:
        InvalidRequestError: no such data set, kind or model, or a data set without friends.
        SourceError: a file is missing or damaged.
    """
    if name not in DATA_SETS:
        raise InvalidRequestError(f"no data set is called {name!r}: choose from {', '.join(DATA_SETS)}")
    if kind not in KINDS:
        raise InvalidRequestError(f"nothing cold is called {kind!r}: choose from {', '.join(KINDS)}")
    progress = progress or NoProgress()
    progress.stage(f"Reading {name}", 1)
    events = DATA_SETS[name](folder)
    progress.advance()
    if kind == "friends" and not len(events[0].follows):
        raise InvalidRequestError(f"nobody follows anybody in {name}: choose users or items")
    split = KINDS[kind](events, seed)
    known = ways(split, kind)
    if unknown := [model for model in models if model not in known]:
        raise InvalidRequestError(f"no model is called {unknown[0]!r}: choose from {', '.join(known)}")
    chosen = {model: known[model] for model in models or known}
    return cold_quality(split, chosen, config=seeded(preset(split.train), seed), progress=progress)
