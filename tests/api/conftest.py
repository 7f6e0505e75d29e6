"""One served world for all tests of the API: a Neo4j of its own, so that it can be stopped, a model, HTTP on a port."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import neo4j
import psutil
import pytest
import uvicorn
from neo4j import GraphDatabase

from api.app import create_app
from api.applier import Applier
from api.service import Service
from api.training import train
from gnn.config import TRACK_CONFIG
from gnn.registry import Registry
from graph.errors import DownloadError
from graph.schema import migrate
from graph.server import PLANS, ManagedServer
from graph.store import GraphStore
from ingest.demo.config import DemoConfig
from ingest.load import load
from ingest.log.dead_letters import DeadLetters
from ingest.log.sqlite import SqliteLog
from ingest.sources.demo import Demo

NOW = 1_795_400_000
SMALL = DemoConfig(
    user_count=60,
    track_count=400,
    artist_count=60,
    playlist_count=30,
    event_count=9_000,
    clip_count=0,
    version_count=8,
    bridge_count=6,
)
Rows = list[dict[str, Any]]


class Api:
    """The world as its tests see it.

    Attributes:
        http: a client of the server.
        server: the world's own Neo4j.
        service: what the server answers from, in this process.
        rows: any Cypher, past our own layers.
    """

    def __init__(self, http: httpx.Client, server: ManagedServer, service: Service, rows: Callable[..., Rows]) -> None:
        self.http = http
        self.server = server
        self.service = service
        self.rows = rows

    def answer(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer to a query that is well received."""
        answer = self.http.post("/graphql", json={"query": query, "variables": variables})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def data(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        body = self.answer(query, **variables)
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data

    def listeners(self, count: int, skip: int = 0) -> list[str]:
        """Ids of listeners, those with most plays first."""
        found = self.rows(
            "MATCH (u:User)-[r:PLAYED]->() WITH u.id AS id, count(r) AS n ORDER BY n DESC, id "
            "SKIP $skip LIMIT $count RETURN id",
            skip=skip,
            count=count,
        )
        return [row["id"] for row in found]

    def global_id(self, label: str, id: str) -> str:
        """How the API calls a node."""
        return b64encode(f"{label}:{id}".encode()).decode()

    def graph_id(self, id: str) -> str:
        """What the graph calls the node of a global id."""
        return b64decode(id).decode().partition(":")[2]

    def pid(self) -> int:
        """The process of the world's Neo4j."""
        state = self.server.state()
        assert state.pid is not None
        return state.pid

    def kill(self) -> None:
        """End Neo4j without a word."""
        process = psutil.Process(self.pid())
        process.kill()
        psutil.wait_procs([process], timeout=20)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Neo4j holds its ports and answers nothing."""
        pid = self.pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def settled(self) -> None:
        """Wait until every event is in the graph."""
        self.until(lambda: self.service.lag() == 0, "events are not applied")

    def until(self, happened: Callable[[], bool], what: str) -> None:
        """Wait for something that takes a while."""
        deadline = time.monotonic() + 60
        while not happened():
            assert time.monotonic() < deadline, what
            time.sleep(0.02)


@pytest.fixture(scope="session")
def world_server(session_home: Path) -> ManagedServer:
    """A Neo4j for the world alone; it ends with the session's home."""
    cache = os.environ.get("PHONOGRAPH_CACHE")
    server = ManagedServer(session_home / "api", cache=Path(cache) if cache else None, memory=PLANS["test"])
    try:
        server.ensure_running()
    except DownloadError as error:
        pytest.skip(f"no Neo4j to test with: {error}")
    return server


@pytest.fixture(scope="session")
def api(world_server: ManagedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The small demo world behind HTTP; tests that write use listeners of their own."""
    address = world_server.ensure_running()
    with GraphStore(address) as store:
        migrate(store, now=0)
        load(store, Demo(None, SMALL))
        als = dataclasses.replace(TRACK_CONFIG.als, factors=16)
        sage = dataclasses.replace(TRACK_CONFIG.sage, dim=16)
        registry = Registry(tmp_path_factory.mktemp("api") / "models")
        train(store, registry, now=NOW, config=dataclasses.replace(TRACK_CONFIG, als=als, sage=sage))
        state = tmp_path_factory.mktemp("api-log")
        log, letters = SqliteLog(state / "events.sqlite"), DeadLetters(state / "dead_letters.sqlite")
        service = Service(store, registry, log, letters, now=lambda: NOW)
        login = (address.user, address.password)
        with (
            served(service, applier=Applier(service.consumer())) as http,
            GraphDatabase.driver(address.uri, auth=login) as driver,
        ):

            def rows(text: str, **params: Any) -> Rows:
                with driver.session(database=address.database) as session:
                    return session.run(text, params).data()

            yield Api(http, world_server, service, rows)


@contextmanager
def served(service: Service, **options: Any) -> Iterator[httpx.Client]:
    """A client of a real server on a free port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(service, **options), log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=60) as client:
            while not server.started:
                time.sleep(0.05)
            yield client
    finally:
        server.should_exit = True
        thread.join(timeout=30)


@pytest.fixture
def serve() -> Callable[..., AbstractContextManager[httpx.Client]]:
    """Serves a service of the test's own."""
    return served


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the driver sends, in order, from now on."""
    sent: list[str] = []

    def counting(run: Callable[..., Any]) -> Callable[..., Any]:
        def counted(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
            sent.append(getattr(query, "text", query))
            return run(self, query, *args, **kwargs)

        return counted

    for kind in (neo4j.Session, neo4j.Transaction, neo4j.ManagedTransaction):
        monkeypatch.setattr(kind, "run", counting(kind.run))
    return sent
