"""How long and in how much memory a model is trained on a large graph, from ALS to a published bundle."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from api.bench.row import Row
from api.bench.world import WorldSize, world
from api.settings import Settings
from gnn import bundle as bundles
from gnn.build import build
from gnn.config import SERVED_TRACK_CONFIG
from gnn.data import of_tracks
from gnn.fit import fit
from gnn.memory import peak_gb
from gnn.registry import Registry
from graph.progress import Progress
from recommend.ranker import default_ranker

T = TypeVar("T")
SHARE = 0.02
"""Of 100,000 listeners, 500,000 tracks and 10 million plays."""


class _Stages:
    """Seconds of each stage by the clock and of the processors, and the most memory used up to its end.

    On a machine that does other work as well, the processors' seconds are what the stage takes of an idle one, or less
    of the clock's where a stage runs in several threads.
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def timed(self, stage: str, work: Callable[[], T]) -> T:
        began, worked = time.perf_counter(), time.process_time()
        found = work()
        self.rows.append(Row(stage, round(time.perf_counter() - began, 2), "s", 1))
        self.rows.append(Row(f"processors: {stage}", round(time.process_time() - worked, 2), "s of processor", 1))
        self.rows.append(Row(f"most memory by the end of: {stage}", round(peak_gb(), 2), "GB", 1))
        return found


def scale(settings: Settings, progress: Progress, *, share: float = SHARE) -> list[Row]:
    """Train, build, publish and load a model of a made-up graph.

    Args:
        settings: of the program; nothing of them is used, the bundle goes to a folder that is removed.
        progress: told of the stages.
        share: how large the graph is next to 100,000 listeners, 500,000 tracks and 10 million plays.
    """
    stages = _Stages()
    progress.stage("making up a graph", 1)
    arrays = stages.timed("make up the graph", lambda: world(WorldSize().part(share)))
    rows = [Row(f"plays of {len(arrays.users):,} listeners, {len(arrays.tracks):,} tracks", len(arrays.played), "", 1)]
    config = SERVED_TRACK_CONFIG  # as ``phonograph train``
    fitted = stages.timed("ALS and GraphSAGE", lambda: fit(of_tracks(arrays), config, progress=progress))
    rows += [Row(f"of that: {name}", round(seconds, 2), "s", 1) for name, seconds in fitted.seconds.items()]
    ranker = default_ranker().to_json()
    progress.stage("building and publishing", 3)
    bundle = stages.timed(
        "neighbours and catalogue", lambda: build(arrays, fitted, version="scale", manifest={}, ranker=ranker)
    )
    progress.advance()
    with tempfile.TemporaryDirectory() as folder:
        registry = Registry(Path(folder))
        stages.timed("publish", lambda: registry.publish("scale", lambda aside: bundles.write(bundle, aside)))
        progress.advance()
        registry.promote("scale")
        stages.timed("verify and load", lambda: bundles.load(registry))
        progress.advance()
    total = sum(row.value for row in stages.rows if row.unit == "s" and row.what != "make up the graph")
    return [*rows, *stages.rows, Row("from ALS to a loaded bundle", round(total, 2), "s", 1)]
