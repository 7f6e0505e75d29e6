"""Fifty SIGKILLs of the consumer, and some of Neo4j, during 100,000 events of which 5 % are sent twice.

``make evidence`` runs this; docs/evidence.md says what it showed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest

from graph.errors import GraphError
from graph.schema import migrate
from graph.server import PLANS, ManagedServer
from graph.store import GraphStore
from ingest.consumer import Consumer
from ingest.events import Event
from ingest.load import load
from ingest.log.dead_letters import DeadLetters
from ingest.log.sqlite import SqliteLog
from ingest.source import Batch

pytestmark = pytest.mark.evidence

ROOT = Path(__file__).resolve().parents[2]
EVENTS, SENT_TWICE, KILLS, NEO4J_KILLS = 100_000, 5_000, 50, 3
USERS, TRACKS = 500, 2_000
NOW = 1_700_000_000
CHILD = """
import sys
from pathlib import Path
from graph.store import GraphStore, Neo4jAddress
from ingest.consumer import Consumer
from ingest.log.dead_letters import DeadLetters
from ingest.log.sqlite import SqliteLog
uri, user, database, folder = sys.argv[1:]
store = GraphStore(Neo4jAddress(uri, user, sys.stdin.readline().strip(), database))
log, letters = SqliteLog(Path(folder) / "events.sqlite"), DeadLetters(Path(folder) / "dead_letters.sqlite")
consumer = Consumer(store, log, letters, now=lambda: 1_700_000_000)
print("ready", flush=True)
while consumer.step(0, 500):
    pass
"""


class World:
    """Listeners and tracks without plays."""

    name = "w"

    def extract(self) -> None: ...

    def transform(self, raw: None) -> Any:
        yield Batch("user", {"id": [f"w:user:{n}" for n in range(USERS)]})
        ids = [f"w:track:{n}" for n in range(TRACKS)]
        yield Batch("track", {"id": ids, "name": ids})


def plays(chance: random.Random) -> list[Event]:
    return [
        Event(str(n), "PLAY", f"w:user:{chance.randrange(USERS)}", f"w:track:{chance.randrange(TRACKS)}", NOW - n)
        for n in range(EVENTS)
    ]


def start(store: GraphStore, folder: Path) -> subprocess.Popen[str]:
    address = store.address
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, address.uri, address.user, address.database, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdin is not None
    child.stdin.write(address.password + "\n")
    child.stdin.close()
    return child


def test_no_event_is_lost_and_none_counted_twice(session_home: Path, tmp_path: Path) -> None:
    chance = random.Random(50)
    server = ManagedServer(session_home / "events", memory=PLANS["laptop"])
    events = plays(chance)
    sent = events + chance.sample(events, SENT_TWICE)
    chance.shuffle(sent)
    killed = neo4j_killed = 0
    with GraphStore(server.ensure_running()) as store:
        migrate(store, now=0)
        load(store, World())
        with SqliteLog(tmp_path / "events.sqlite") as log, DeadLetters(tmp_path / "dead_letters.sqlite") as letters:
            duplicates = 0
            step = len(sent) // (KILLS + 1)  # the log grows while it is consumed
            for at in range(0, len(sent), step):
                duplicates += log.append(sent[at : at + step], NOW).duplicates
                if killed == KILLS:
                    continue
                child = start(store, tmp_path)
                assert child.stdout is not None
                child.stdout.readline()
                time.sleep(chance.random() * 0.25)
                if killed % (KILLS // NEO4J_KILLS) == 8:
                    pid = server.state().pid
                    assert pid is not None
                    psutil.Process(pid).kill()
                    neo4j_killed += 1
                    time.sleep(0.2)
                child.send_signal(signal.SIGKILL)
                child.wait()
                child.stdout.close()
                killed += 1
                server.ensure_running()
            consumer = Consumer(store, log, letters, now=lambda: NOW)
            for _ in range(3):  # pooled connections may be those of a killed server
                try:
                    while consumer.step(0):
                        pass
                except GraphError:
                    continue
            assert letters.count() == 0
        found = {(user, track): count for user, track, count in _counts(store)}
    server.stop()
    expected = Counter((event.user_id, event.target_id) for event in events)
    lost = sum(max(0, count - found.get(pair, 0)) for pair, count in expected.items())
    double = sum(max(0, count - expected.get(pair, 0)) for pair, count in found.items())
    assert (killed, neo4j_killed, duplicates) == (KILLS, NEO4J_KILLS, SENT_TWICE)
    assert (lost, double) == (0, 0), f"{lost} lost, {double} double"


def _counts(store: GraphStore) -> list[tuple[str, str, int]]:
    return [
        (user, track, count)
        for user, tracks, counts, *_ in store.stream("read/export_played")
        for track, count in zip(tracks, counts, strict=True)
    ]
