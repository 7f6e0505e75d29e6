"""What each candidate source is worth on held-out plays: ``phonograph evaluate-sources``.

The plays are cut in time for everybody; a model is trained on the part before the cut exactly as ``phonograph train``
trains one, and asked about the part after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from api.training import Clock, TrainConfig, make
from api.validation import cut_in_time, listened
from gnn.splits import MIN_TRAIN
from graph.arrays import GraphArrays
from graph.errors import InvalidRequestError, NotEnoughDataError
from graph.progress import NoProgress, Progress
from ingest.collect import collect
from ingest.demo.config import DemoConfig
from ingest.sources.demo import Demo
from ingest.sources.lfm1m import Lfm1m
from recommend.budget_curve import BudgetPoint, measure_budget
from recommend.source_report import SourceTable, measure_sources

LARGE = DemoConfig(
    user_count=2_000,
    track_count=20_000,
    artist_count=2_500,
    playlist_count=1_500,
    event_count=600_000,
    clip_count=0,
    version_count=500,
    bridge_count=100,
)
"""A world of 20,000 tracks, with all that LFM-1M does not know: skips, friends, playlists, dates, durations, sound."""

WORLDS: Mapping[str, Callable[[Path | None], GraphArrays]] = {
    "lfm1m": lambda folder: collect(Lfm1m(_given("lfm1m", folder), include_test=True)),
    "demo": lambda folder: collect(Demo(None)),
    "demo-20k": lambda folder: collect(Demo(None, LARGE)),
}
"""Name -> the whole of it as arrays."""


def _given(name: str, folder: Path | None) -> Path:
    if folder is None:
        raise InvalidRequestError(f"{name} needs its folder: give --data PATH")
    return folder


def evaluate_sources(
    name: str,
    folder: Path | None = None,
    *,
    config: TrainConfig | None = None,
    most: int | None = None,
    curve: bool = False,
    progress: Progress | None = None,
) -> tuple[SourceTable, tuple[BudgetPoint, ...]]:
    """Train before the cut and ask every source about what came after it; with ``curve`` under several budgets too.

    Args:
        name: out of ``WORLDS``.
        folder: of the data set, where it is one.
        config: how the model is trained; as ``phonograph train`` does by default.
        most: listeners that are asked, drawn at random; all by default.
        curve: whether the union is measured under smaller and larger quotas; empty without.
        progress: told of every step.

    Raises:
        InvalidRequestError: no such data set, or its folder is missing.
        SourceError: a file is missing or damaged.
        NotEnoughDataError: nobody has enough plays on both sides of the cut.
    """
    if name not in WORLDS:
        raise InvalidRequestError(f"no data set is called {name!r}: choose from {', '.join(WORLDS)}")
    progress = progress or NoProgress()
    progress.stage(f"read {name}")
    before, later, cut = cut_in_time(listened(WORLDS[name](folder)))
    made = make(before, None, config or TrainConfig(), cut, Clock(), progress)
    plays = np.bincount(before.played.source_row, minlength=len(before.users))
    heard = np.bincount(before.played.target_row, minlength=len(before.tracks)) > 0
    later = later.select((plays[later.source_row] >= MIN_TRAIN) & heard[later.target_row])
    users = np.unique(later.source_row)
    if not len(users):
        raise NotEnoughDataError(f"nobody in {name} has {MIN_TRAIN} plays before the cut and one after it")
    if most is not None:
        users = np.sort(np.random.default_rng(0).permutation(users)[:most])
    table = measure_sources(made.bundle, before.played, later, cut, users, progress)
    return table, measure_budget(made.bundle, before.played, later, cut, users, progress) if curve else ()
