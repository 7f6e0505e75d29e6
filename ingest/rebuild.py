"""What listeners did, made anew in the graph: sealed imports first, then every event that was ever received.

Nodes and everything else stay as they are. Until the end nobody else may apply events; whoever is interrupted starts
again from the beginning, and comes to the same graph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graph.errors import EventLogError
from graph.progress import NoProgress, Progress
from graph.store import GraphStore
from ingest.behaviour import sealed
from ingest.consumer import BATCH, Consumer, Moved
from ingest.load import DataSet, write
from ingest.log.archive import Archive, everything
from ingest.log.dead_letters import DeadLetters
from ingest.log.event_log import EventLog, distance
from ingest.log.segments import Segments

LISTENERS = 20_000
"""Whose imports are written at once."""
CLEARING_S = 3600


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was made anew.

    Attributes:
        listeners: of whom imports tell.
        links: relationships that were written from imports.
        moved: what became of the log's events.
    """

    listeners: int
    links: int
    moved: Moved


def rebuild(
    store: GraphStore,
    log: EventLog,
    archive: Archive,
    letters: DeadLetters,
    segments: Segments,
    *,
    now: Callable[[], int],
    progress: Progress | None = None,
) -> Rebuilt:
    """Remove what listeners did from the graph, and make it from segments, archive and log.

    Args:
        store: the graph.
        log: nobody else polls this object.
        archive: of this log.
        letters: those of the log are judged anew.
        segments: every import.
        now: the wall clock in unix seconds.
        progress: told of every stage.

    Raises:
        EventLogError: the graph holds imports that the segments do not, or the log cannot be read.
        SourceError: a segment is damaged.
        GraphError: Neo4j is absent, or refuses; run it again.
    """
    progress = progress or NoProgress()
    progress.stage("look what is sealed")
    listeners = segments.users()
    _refuse_to_lose(store, set(listeners.tolist()))
    store.write("write/rebuild_begin", log=log.name)
    progress.stage("remove what is there", 2)
    for name in ("write/rebuild_clear_links", "write/rebuild_clear_nodes"):
        store.autocommit(name, timeout_s=CLEARING_S)
        progress.advance()
    letters.remove_log(log.name)
    links = 0
    for start in range(0, len(listeners), LISTENERS):
        chosen = listeners[start : start + LISTENERS]
        report = write(store, DataSet("segments", sealed(segments, chosen), 0), progress=progress)
        links += sum(kind.written for kind in report.kinds)
    moved = _replay(store, log, archive, letters, now, progress)
    store.write("write/rebuild_end", log=log.name)
    return Rebuilt(len(listeners), links, moved)


def _refuse_to_lose(store: GraphStore, known: set[str]) -> None:
    """Stop before anything is removed that could not be made again."""
    unknown = [id for (id,) in store.stream("read/imported_listeners") if id not in known]
    if unknown:
        raise EventLogError(
            f"the graph holds imported plays of {len(unknown)} listeners whom no sealed import knows, such as "
            f"{unknown[0]!r}: import their source again, then run `phonograph rebuild`"
        )


def _replay(
    store: GraphStore,
    log: EventLog,
    archive: Archive,
    letters: DeadLetters,
    now: Callable[[], int],
    progress: Progress,
) -> Moved:
    progress.stage("apply events", distance({}, log.end()) or None)
    consumer = Consumer(store, log, letters, now=now, is_rebuild=True)
    moved = Moved()
    for batch in everything(log, archive):
        for part in batch.parts(BATCH):
            moved += consumer.take(part)
            progress.advance(len(part))
    return moved
