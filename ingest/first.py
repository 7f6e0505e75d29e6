"""How a large first data set gets into a Neo4j of our own that was never started: by its own importer, then the start.

Batches over Bolt pay for a cold server and for looking every link up; where there is nothing yet, neither is needed.
Counts and keys go with the tables; what comes after the start (joined records) is the loader's own, so both ways end in
the same graph, and a load that is interrupted is mended by the same import again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from graph.offline import load_offline
from graph.progress import NoProgress, Progress
from graph.readable import EmptyGraph
from graph.server import ManagedServer
from graph.store import GraphStore
from ingest.counts import counts_of
from ingest.load import DataSet, begin, finish, reported
from ingest.log.segments import Segments
from ingest.records import dangling
from ingest.report import ImportReport
from ingest.taxonomy import without_cycles

LARGE: Final = 50_000
"""Records from which on this way is the faster one: Neo4j's importer takes four seconds whatever it loads."""


START: Final = "start Neo4j"
"""What the stage of the first start is called."""


def is_first(server: ManagedServer, data: DataSet) -> bool:
    """Whether ``write_first`` may be used, and pays."""
    return server.is_empty() and sum(map(len, data.records.values())) >= LARGE


def write_first(
    server: ManagedServer,
    opened: Callable[[], GraphStore],
    data: DataSet,
    *,
    segments: Segments | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Write what was read into the server's empty database and start it; ``ingest.load.write`` says what and how.

    Args:
        server: stopped, without a database.
        opened: starts it and applies the migrations.
        data: what was read.
        segments: where the history is sealed first.
        progress: told of every step.

    Raises:
        SourceError: the history cannot be sealed.
        ServerError: there is a database, the importer refuses, or the start fails.
        GraphError: Neo4j refuses what comes after the start; the same import again finishes it.
    """
    progress = progress or NoProgress()
    began = time.perf_counter()
    begun = begin(EmptyGraph(), data, segments=segments, progress=progress)
    records = dangling(begun.resolution.records)
    if "subgenre_of" in records:
        records["subgenre_of"] = without_cycles(records["subgenre_of"])
    tables = {kind: found.columns for kind, found in records.items()}
    counts, keys = counts_of(tables), begun.resolution.keys()
    derived = {kind: {**counts.get(kind, {}), **keys.get(kind, {})} for kind in tables}
    load_offline(server, tables, derived, progress=progress)
    progress.stage(START)
    with opened() as store:
        reports = [reported(found) for found in records.values()]
        counted = not begun.resolution.keeps_links
        return finish(store, begun, reports, time.perf_counter() - began, progress, is_first=True, counted=counted)
