"""How long the managed Neo4j takes to start and stop, and how fast a data set gets into it; in homes of their own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from api.bench.row import Row
from api.composition import managed_server, open_store
from api.importing import import_data
from api.settings import Settings
from graph.errors import SourceError
from graph.export import export
from graph.progress import Progress
from ingest.load import read
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
        settings = settings.model_copy(update={"home": Path(home)})
        try:
            first = seconds(lambda: import_data(settings, read(Lfm1m(LFM1M), progress=progress), progress))
            again = seconds(lambda: import_data(settings, read(Lfm1m(LFM1M), progress=progress), progress))
            with open_store(settings, progress) as store:
                out = seconds(lambda: export(store, progress=progress))
        finally:
            managed_server(settings, progress).stop()
    return [
        Row("import lfm1m into an empty home, Neo4j's start included", first, "s", 1),
        Row("import lfm1m again", again, "s", 1),
        Row("export to arrays", out, "s", 1),
    ]
