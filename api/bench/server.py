"""How long the managed Neo4j takes to start and stop, and how fast a data set gets into it; in homes of their own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from api.bench.row import Row
from api.composition import managed_server, now
from api.settings import Settings
from graph.errors import SourceError
from graph.export import export
from graph.progress import Progress
from graph.schema import migrate
from graph.store import GraphStore
from ingest.load import load
from ingest.sources.lfm1m import Lfm1m

STARTS = 3
LFM1M = Path("../shared/data/lfm1m-kg")
"""Where the project's developers keep the data set, seen from the project's root."""


def seconds(work: Callable[[], object]) -> float:
    """How long one piece of work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def neo4j(settings: Settings, progress: Progress) -> list[Row]:
    """Start an empty server, then start it again; stop it each time. The jars are there already."""
    starts, stops = [], []
    with tempfile.TemporaryDirectory(prefix="phonograph-bench-") as home:
        server = managed_server(settings.model_copy(update={"home": Path(home)}), progress)
        try:
            progress.stage("starting and stopping Neo4j", STARTS)
            for _ in range(STARTS):
                starts.append(seconds(server.ensure_running))
                stops.append(seconds(server.stop))
                progress.advance()
        finally:
            server.stop()
    return [
        Row("Neo4j, first start of an empty home", starts[0], "s", 1),
        Row("Neo4j, later start (median)", float(np.median(starts[1:])), "s", STARTS - 1),
        Row("Neo4j, stop (median)", float(np.median(stops)), "s", STARTS),
    ]


def bulk_import(settings: Settings, progress: Progress) -> list[Row]:
    """Import lfm1m into an empty graph, import it again, and export it.

    Raises:
        SourceError: the data set is not where it is looked for.
    """
    if not LFM1M.is_dir():
        raise SourceError(f"bench import needs the lfm1m data set in {LFM1M}: run it from the project's root")
    with tempfile.TemporaryDirectory(prefix="phonograph-bench-") as home:
        server = managed_server(settings.model_copy(update={"home": Path(home)}), progress)
        try:
            with GraphStore(server.ensure_running()) as store:
                migrate(store, now())
                first = seconds(lambda: load(store, Lfm1m(LFM1M), progress=progress))
                again = seconds(lambda: load(store, Lfm1m(LFM1M), progress=progress))
                out = seconds(lambda: export(store, progress=progress))
        finally:
            server.stop()
    return [
        Row("import lfm1m into an empty graph", first, "s", 1),
        Row("import lfm1m again", again, "s", 1),
        Row("export to arrays", out, "s", 1),
    ]
