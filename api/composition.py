"""Where the parts are put together: which Neo4j, which model, which clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from api.bandit import SqliteBandit
from api.changes import Changes
from api.rule_book import SqliteRuleBook
from api.run_folder import RunFolder
from api.settings import Settings
from api.stored_sets import StoredSets
from gnn.registry import Registry
from graph.arrays import GraphArrays, Links
from graph.progress import NoProgress, Progress
from graph.schema import migrate
from graph.server import ManagedServer, memory_plan
from graph.store import GraphStore, Neo4jAddress
from ingest.log.archive import Archive
from ingest.log.dead_letters import DeadLetters
from ingest.log.event_log import EventLog
from ingest.log.segments import Segments
from ingest.log.sqlite import SqliteLog
from ingest.moments import heard_at


def now() -> int:
    """The wall clock in unix seconds: the one place that reads it."""
    return int(time.time())


def managed_server(settings: Settings, progress: Progress | None = None) -> ManagedServer:
    """The Neo4j of our own that belongs to the home folder."""
    return ManagedServer(
        settings.home,
        cache=settings.cache,
        memory=memory_plan(settings.neo4j.memory),
        progress=progress or NoProgress(),
    )


def neo4j_address(settings: Settings, progress: Progress | None = None) -> Neo4jAddress:
    """The Neo4j that the settings name, or our own, started if it is down."""
    given = settings.neo4j
    if given.uri is None:
        return managed_server(settings, progress).ensure_running()
    password = given.password.get_secret_value() if given.password else ""
    return Neo4jAddress(given.uri, given.user, password, given.database)


def open_store(settings: Settings, progress: Progress | None = None) -> GraphStore:
    """A connection to the graph, with every migration applied.

    Raises:
        GraphUnavailableError: Neo4j does not answer.
        GraphLoginError: it refuses the password.
        ServerError: our own Neo4j cannot be fetched or started, or the server is too old.
    """
    store = GraphStore(neo4j_address(settings, progress))
    try:
        store.ping()
        migrate(store, now())
    except BaseException:
        store.close()
        raise
    return store


def changes(settings: Settings) -> Changes:
    """The board on which the processes of one home say whose events they wrote."""
    return Changes.shared(settings.home / "changes")


def segments(settings: Settings) -> Segments:
    """The sealed histories of the home."""
    return Segments(settings.home / "log" / "segments")


def event_log(settings: Settings) -> EventLog:
    """What listeners do, before the graph knows it.

    Raises:
        EventLogError: the log cannot be opened.
    """
    given = settings.events
    if given.log == "sqlite":
        return SqliteLog(settings.home / "log" / "events.sqlite")
    from ingest.log.kafka import KafkaLog  # an extra

    return KafkaLog(given.servers, given.topic, given.partitions)


def moments(settings: Settings) -> Callable[[GraphArrays], Links]:
    """Reads what the event log and its archive know of the moments of plays.

    The call raises as ``event_log``, and where a part of the archive is damaged.
    """

    def read(arrays: GraphArrays) -> Links:
        with event_log(settings) as log:
            return heard_at(log, archive(settings), arrays)

    return read


def dead_letters(settings: Settings) -> DeadLetters:
    """What could not be applied. Raises as ``event_log``."""
    return DeadLetters(settings.home / "log" / "dead_letters.sqlite")


def bandit(settings: Settings) -> SqliteBandit:
    """What was tried out, and what became of it."""
    return SqliteBandit(settings.home / "log" / "trials.sqlite")


def rule_book(settings: Settings) -> SqliteRuleBook:
    """The curators' rules."""
    return SqliteRuleBook(settings.home / "rules.sqlite")


def stored_sets(settings: Settings) -> StoredSets:
    """The lists that were kept."""
    return StoredSets(settings.home / "log" / "sets.sqlite")


def archive(settings: Settings) -> Archive:
    """The events that left the log."""
    return Archive(settings.home / "log" / "archive")


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[GraphStore, EventLog, DeadLetters]]:
    """What moving events needs, closed at the end. Raises as ``open_store`` and ``event_log``."""
    with open_store(settings) as store, event_log(settings) as log, dead_letters(settings) as letters:
        yield store, log, letters


def consumer_lock(settings: Settings) -> Path:
    """The file whose holder applies events."""
    return settings.home / "log" / "consumer.lock"


def registry(settings: Settings) -> Registry:
    """The published models."""
    return Registry(Path(settings.models))


def run_folder(settings: Settings) -> RunFolder:
    """Where a retraining keeps what it has."""
    return RunFolder(settings.home / "retrain")
