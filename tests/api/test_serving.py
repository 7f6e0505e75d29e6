"""Several serving processes behind one address: events seen by all, the death of one survived, nobody left behind."""

import dataclasses
import os
import signal
import subprocess
import sys
import time

import httpx
import psutil
import pytest

from api.training import train
from gnn.config import TRACK_CONFIG
from gnn.registry import Registry
from graph.schema import migrate
from ingest.demo.config import DemoConfig
from ingest.load import load
from ingest.sources.demo import Demo

SMALL = DemoConfig(
    user_count=30,
    track_count=250,
    artist_count=40,
    playlist_count=15,
    event_count=3_000,
    clip_count=0,
    version_count=8,
    bridge_count=6,
)
PAGE = """query ($user: ID!) { recommendations(input: {userId: $user}) { ... on RecommendationSet {
  items(first: 10) { edges { node { id } } } } } }"""
RECORD = "mutation ($e: [EventInput!]!) { recordEvents(events: $e) { accepted } }"


@pytest.fixture(scope="module")
def world(session_store, tmp_path_factory):
    """The environment of a home with the small world and a model."""
    session_store.autocommit("write/wipe")
    migrate(session_store, now=0)
    load(session_store, Demo(None, SMALL))
    home = tmp_path_factory.mktemp("home")
    als = dataclasses.replace(TRACK_CONFIG.als, factors=16)
    sage = dataclasses.replace(TRACK_CONFIG.sage, dim=16)
    config = dataclasses.replace(TRACK_CONFIG, als=als, sage=sage)
    train(session_store, Registry(home / "models"), now=int(time.time()), config=config)
    return {
        "PHONOGRAPH_HOME": str(home),
        "PHONOGRAPH_NEO4J__URI": session_store.address.uri,
        "PHONOGRAPH_NEO4J__USER": session_store.address.user,
        "PHONOGRAPH_NEO4J__PASSWORD": session_store.address.password,
    }


@pytest.fixture
def served(world):
    """Two processes over the small world: the address, and the process of their supervisor."""
    command = [sys.executable, "-m", "api.cli.main", "serve", "--port", "0", "--workers", "2"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | world
    )
    try:
        line = process.stdout.readline()
        address = line.split()[-1].removesuffix("/graphql")
        _workers(process.pid, 2)
        with httpx.Client(base_url=address, timeout=60) as client:
            deadline = time.monotonic() + 60
            while (ready := client.get("/readyz")).status_code != 200:  # Neo4j plans the statements first
                assert time.monotonic() < deadline, ready.text
                time.sleep(0.1)
        yield address, process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=60)
        process.stdout.close()
        process.stderr.close()


def _workers(supervisor, count):
    """The serving processes, once there are so many."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        children = [child for child in psutil.Process(supervisor).children() if _serves(child)]
        if len(children) == count:
            return children
        time.sleep(0.1)
    raise AssertionError(f"{count} serving processes expected")


def _await_ready(address):
    """Until a process says that it is warm."""
    deadline = time.monotonic() + 120
    with httpx.Client(base_url=address, timeout=60) as client:
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def _serves(process):
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:  # it has just ended
        return False


def _page(client, user):
    answer = client.post("/graphql", json={"query": PAGE, "variables": {"user": user}})
    assert answer.status_code == 200, answer.text
    return [edge["node"]["id"] for edge in answer.json()["data"]["recommendations"]["items"]["edges"]]


def test_an_event_sent_to_one_process_is_seen_by_all(served, ask):
    address, _ = served
    user = ask("MATCH (u:User)-[r:PLAYED]->() RETURN u.id AS id ORDER BY id LIMIT 1")[0]["id"]
    clients = [httpx.Client(base_url=address, timeout=60) for _ in range(8)]  # with eight, both processes have some
    try:
        before = {tuple(_page(client, user)) for client in clients}
        assert len(before) == 1
        (track, *_), *_ = before
        event = {"clientEventId": "1", "kind": "PLAY", "userId": user, "targetId": track, "at": "2026-11-23T01:00:00Z"}
        told = clients[0].post("/graphql", json={"query": RECORD, "variables": {"e": [event]}}).json()
        assert told["data"]["recordEvents"]["accepted"] == 1
        assert all(track not in _page(client, user) for client in clients)
    finally:
        for client in clients:
            client.close()


def test_the_death_of_one_process_is_survived(served, ask):
    address, process = served
    user = ask("MATCH (u:User)-[r:PLAYED]->() RETURN u.id AS id ORDER BY id LIMIT 1")[0]["id"]
    gone = _workers(process.pid, 2)[0]
    gone.kill()
    for _ in range(10):
        with httpx.Client(base_url=address, timeout=60, transport=httpx.HTTPTransport(retries=3)) as client:
            assert len(_page(client, user)) == 10
    deadline = time.monotonic() + 60
    while gone.pid in [child.pid for child in _workers(process.pid, 2)]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0


def test_nobody_is_left_when_the_supervisor_is_killed(served):
    _, process = served
    workers = _workers(process.pid, 2)
    process.kill()
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert not alive
