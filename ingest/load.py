"""How a data set gets into the graph: read, checked, written in batches; doing it twice changes nothing.

Every batch is a transaction that can be repeated, so an interrupted import is mended by running it again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph import kinds, weights
from graph.assemble import Column
from graph.progress import NoProgress, Progress
from graph.readable import Readable
from graph.store import GraphStore
from ingest.behaviour import Behaviour, behaviour
from ingest.identity.credits import with_guests_apart
from ingest.identity.resolve import Resolution, accounted, resolve, settle
from ingest.log.segments import Segments
from ingest.records import Records, dangling, gather, keep
from ingest.report import ImportReport, KindReport
from ingest.source import DataSource, Remark, batches
from ingest.taxonomy import edges_of, without_cycles

BATCH = 10_000
"""Records in one transaction: measured best; five times as many are half as fast."""
WRITE_TIMEOUT_S = 120
E_FOLDING_S = weights.DEFAULT.e_folding_days * weights.SECONDS_PER_DAY
CONSTANTS: dict[str, dict[str, Any]] = {"played": {"eFoldingS": E_FOLDING_S}}
"""Parameters of write statements beyond the columns of their kind."""
KNOWN = "brought by an earlier import already"
COUNTS = ("write/count_genres", "write/count_tracks", "write/count_artists")


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """A source that was read.

    Attributes:
        source: its name.
        records: the good records by kind, in the order of writing.
        seconds: how long reading took.
    """

    source: str
    records: dict[str, Records]
    seconds: float


def load(
    store: GraphStore,
    source: DataSource[Any],
    *,
    segments: Segments | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Write everything in ``source`` into the graph, whose constraints must exist; see ``write``.

    Raises:
        SourceError: see ``DataSource.extract``.
        GraphError: Neo4j is absent, or refuses; what was written until then stays.
    """
    return write(store, read(source, progress=progress), segments=segments, progress=progress)


def read(source: DataSource[Any], *, progress: Progress | None = None) -> DataSet:
    """Read and check ``source``, without a graph.

    Raises:
        SourceError: see ``DataSource.extract``.
    """
    (progress or NoProgress()).stage(f"read {source.name}")
    began = time.perf_counter()
    records = with_guests_apart(gather(batches(source)))
    return DataSet(source.name, records, time.perf_counter() - began)


def write(
    store: GraphStore, data: DataSet, *, segments: Segments | None = None, progress: Progress | None = None
) -> ImportReport:
    """Write what was read, nodes before links, and count what the graph then holds.

    Args:
        store: the graph.
        data: what was read.
        segments: where the history is sealed before anything is written; its sums are then those of all imports.
        progress: told of every kind.

    Raises:
        SourceError: the history cannot be sealed.
        GraphError: Neo4j is absent, or refuses; what was written until then stays.
    """
    progress = progress or NoProgress()
    began = time.perf_counter()
    begun = begin(store, data, segments=segments, progress=progress)
    reports = [_write(store, found, progress) for found in begun.resolution.records.values()]
    return finish(store, begun, reports, time.perf_counter() - began, progress)


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A load whose records are known and not written yet."""

    data: DataSet
    summed: Behaviour
    resolution: Resolution


def begin(graph: Readable, data: DataSet, *, segments: Segments | None, progress: Progress) -> Begun:
    """Seal and sum what was read, and find out what of it is there; raises as ``write``."""
    progress.stage("sum what was played")
    summed = behaviour(data.source, data.records, segments)
    progress.stage("look up what is there")
    return Begun(data, summed, resolve(graph, summed.records))


def finish(
    store: GraphStore,
    begun: Begun,
    reports: Sequence[KindReport],
    seconds: float,
    progress: Progress,
    *,
    is_first: bool = False,
    counted: bool = False,
) -> ImportReport:
    """Write what depends on the records being there: what is joined, counts, the watermark.

    Args:
        store: the graph, which has the records.
        begun: from ``begin``.
        reports: of the kinds that were written.
        seconds: how long writing has taken so far.
        progress: told of the steps.
        is_first: whether the graph held nothing before, and its nodes have the keys by which they are found.
        counted: whether the nodes have their counts already.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    began = time.perf_counter()
    progress.stage("join what is one")
    identity = settle(store, begun.resolution, is_first=is_first)
    reports = [accounted(report, identity) for report in reports]
    if not counted:
        progress.stage("count tracks and listeners", len(COUNTS))
        for name in COUNTS:
            store.autocommit(name)
            progress.advance()
    played, events = begun.summed.records.get("played"), begun.summed.events
    if played is not None and len(played):
        remember_newest_event(store, int(played.columns["lastAt"].max()))
    if events is not None:
        known = Remark.at(KNOWN, ["see log/segments"] * begun.summed.known)
        reports.append(reported(replace(events, noted=(*events.noted, *known))))
    seconds += begun.data.seconds + time.perf_counter() - began
    return ImportReport(begun.data.source, tuple(reports), seconds)


def inspect(data: DataSet) -> ImportReport:
    """Say what ``write`` would reject, judged by the source alone, and write nothing."""
    reports = tuple(reported(found, written=False) for found in dangling(data.records).values())
    return ImportReport(data.source, reports, data.seconds, dry_run=True)


def reported(records: Records, *, written: bool = True) -> KindReport:
    """The report of one kind, all of it written or nothing."""
    count = len(records) if written else 0
    return KindReport(records.kind, records.read, count, records.merged, records.rejected, records.noted)


def remember_newest_event(store: GraphStore, at: int) -> None:
    """Move the graph's watermark forward to ``at``, unix seconds."""
    store.write("write/newest_event", at=at)


def _write(store: GraphStore, records: Records, progress: Progress) -> KindReport:
    """Write the records of one kind; links without both ends in the graph are rejected."""
    progress.stage(f"write {records.kind}", len(records))
    if records.kind == "subgenre_of":
        records = without_cycles(records, edges_of(store))
    is_written = np.zeros(len(records), np.bool_)
    for start in range(0, len(records), BATCH):
        rows = slice(start, min(start + BATCH, len(records)))
        is_written[rows] = _write_batch(store, records, rows)
        progress.advance(rows.stop - rows.start)
    link = kinds.LINK.get(records.kind)
    return reported(keep(records, is_written, f"unknown {link.source} or {link.target}" if link else "not written"))


def _write_batch(store: GraphStore, records: Records, rows: slice) -> NDArray[np.bool_]:
    """Send one batch; which of its records have been written, bool [n]."""
    columns = kinds.NODE[records.kind].columns if records.kind in kinds.NODE else kinds.LINK[records.kind].columns
    params = {column.name: _plain(column.type, records.columns[column.name][rows]) for column in columns}
    constants = CONSTANTS.get(records.kind, {})
    written = store.write(f"write/{records.kind}", timeout_s=WRITE_TIMEOUT_S, **params, **constants).rows[0]["written"]
    done = np.zeros(rows.stop - rows.start, np.bool_)
    done[written if isinstance(written, list) else slice(None)] = True
    return done


def _plain(type: kinds.Type, values: Column) -> list[Any] | None:
    """A column as the driver wants it: None for absent values, and for a column without any."""
    listed: list[Any] = values.tolist()
    if type == "list":
        return listed if any(value is not None for value in listed) else None
    missing = np.isnan(values) if type == "float" else values == ("" if type == "str" else -1)
    if missing.all():
        return None
    if type == "bool":
        return [None if value == -1 else bool(value) for value in listed]
    return [None if is_missing else value for value, is_missing in zip(listed, missing.tolist(), strict=True)]
