"""One real Neo4j for the whole test session, wiped before each test that asks for it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import settings
from neo4j import GraphDatabase
from xdist.scheduler import LoadScopeScheduling

from graph.errors import DownloadError
from graph.schema import migrate
from graph.server import PLANS, ManagedServer
from graph.store import GraphStore, Neo4jAddress
from ingest.apply import ends_of
from ingest.consumer import Consumer
from ingest.events import Event
from ingest.log.dead_letters import DeadLetters
from ingest.log.sqlite import SqliteLog
from ingest.recording import EventReceipt, record

settings.register_profile("phonograph", deadline=None)  # how long a case takes is the machine's affair
settings.load_profile("phonograph")

HERE = Path(__file__).parent
MARK = "phonograph-tests-"
"""How the homes of test sessions are called, the runner's pid after it: leftovers of killed runners are found by it."""


APART = ("api", "cli", "graph", "ingest")
"""Folders whose tests stay in one process when several run: they share a server, a world or a broker of their own."""


class ByFolder(LoadScopeScheduling):
    """Hands a folder of ``APART`` to one process as a whole, other tests file by file."""

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.split("/")[1]
        return folder if folder in APART else nodeid.split("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    """Which process runs which tests."""
    return ByFolder(config, log)


def managed(home: Path) -> ManagedServer:
    cache = os.environ.get("PHONOGRAPH_CACHE")
    return ManagedServer(home, cache=Path(cache) if cache else None, memory=PLANS["test"])


def clear(home: Path) -> None:
    for below in (home, *home.iterdir()):  # some tests have homes of their own in the session's
        managed(below).stop()
    shutil.rmtree(home, ignore_errors=True)


def sweep() -> None:
    """Stop the servers that killed test runners left behind."""
    for home in Path(tempfile.gettempdir()).glob(f"{MARK}*"):
        pid = home.name.removeprefix(MARK).split("-")[0]
        if not psutil.pid_exists(int(pid)):
            clear(home)


@pytest.fixture(scope="session")
def session_home() -> Iterator[Path]:
    """An empty folder for this session; every server started below it is stopped at its end."""
    sweep()
    home = Path(tempfile.mkdtemp(prefix=f"{MARK}{os.getpid()}-"))
    try:
        yield home
    finally:
        clear(home)


@pytest.fixture(scope="session")
def neo4j_server(session_home: Path) -> Neo4jAddress:
    try:
        return managed(session_home).ensure_running()
    except DownloadError as error:
        pytest.skip(f"no Neo4j to test with: {error}")


@pytest.fixture(scope="session")
def session_store(neo4j_server: Neo4jAddress) -> Iterator[GraphStore]:
    with GraphStore(neo4j_server) as store:
        yield store


@pytest.fixture
def store(session_store: GraphStore) -> GraphStore:
    """An empty graph with all constraints and indexes."""
    session_store.autocommit("write/wipe")
    migrate(session_store, now=0)
    return session_store


@pytest.fixture(scope="session")
def ask(neo4j_server: Neo4jAddress) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """Any Cypher, past our own layers: how a test looks at the graph, or plants what we have no statement for."""
    login = (neo4j_server.user, neo4j_server.password)
    with GraphDatabase.driver(neo4j_server.uri, auth=login) as driver:

        def run(text: str, **params: Any) -> list[dict[str, Any]]:
            with driver.session(database=neo4j_server.database) as session:
                return session.run(text, params).data()

        yield run


@pytest.fixture
def apply(tmp_path: Path) -> Iterator[Callable[[GraphStore, Sequence[Event], int], EventReceipt]]:
    """Records events in a log of the test's own, then moves them into the graph, as the API and its consumer do."""
    with SqliteLog(tmp_path / "events.sqlite") as log, DeadLetters(tmp_path / "dead_letters.sqlite") as letters:

        def run(store: GraphStore, events: Sequence[Event], now: int) -> EventReceipt:
            receipt = record(log, events, now, partial(ends_of, store))
            consumer = Consumer(store, log, letters, now=lambda: now)
            while len(consumer.step(0)):
                pass
            assert letters.count() == 0
            return receipt

        yield run
