"""GraphQL end to end: a small world in the real Neo4j, a trained model, a server, HTTP."""

import dataclasses
import socket
import threading
import time

import httpx
import pytest
import uvicorn

from api.app import create_app
from api.graphql.schema import sdl
from api.graphql.sdl import COMMITTED
from api.service import Service
from api.training import train
from gnn.config import TRACK_CONFIG
from gnn.registry import Registry
from ingest.demo.config import DemoConfig
from ingest.load import load
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
PAGE = """query ($user: ID!, $first: Int) { recommendations(input: {userId: $user}) { __typename
  ... on NotFound { message code }
  ... on RecommendationSet { modelVersion asOf fill { requested returned } items(first: $first) { edges { rank score
    node { id name artists { id name } } sources { source contribution }
    explanation { kind text verified paths { nodes { id } shareOfScore } } } } } } }"""


@pytest.fixture
def world(store, tmp_path):
    """A service over the small world; its store is wiped after the test."""
    load(store, Demo(None, SMALL))
    als = dataclasses.replace(TRACK_CONFIG.als, factors=16)
    sage = dataclasses.replace(TRACK_CONFIG.sage, dim=16)
    registry = Registry(tmp_path / "models")
    train(store, registry, now=NOW, config=dataclasses.replace(TRACK_CONFIG, als=als, sage=sage))
    return Service(store, registry, now=lambda: NOW)


@pytest.fixture
def ask_http(world):
    """A client of a real server on a free port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(world), log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=30) as client:
        while not server.started:
            time.sleep(0.05)
        yield client
    server.should_exit = True
    thread.join(timeout=20)


def _query(client, query, **variables):
    answer = client.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert "errors" not in body, body
    return body["data"]


def test_the_main_way_through_the_house(ask_http, ask, world):
    user = next(
        iter(ask("MATCH (u:User)-[r:PLAYED]->() RETURN u.id AS id, count(r) AS n ORDER BY n DESC, id LIMIT 1"))
    )["id"]
    page = _query(ask_http, PAGE, user=user, first=10)["recommendations"]
    assert page["__typename"] == "RecommendationSet"
    assert page["modelVersion"]
    edges = page["items"]["edges"]
    assert [edge["rank"] for edge in edges] == list(range(1, 11))
    verified = 0
    for edge in edges:
        assert sum(part["contribution"] for part in edge["sources"]) == pytest.approx(edge["score"], abs=1e-4)
        verified += edge["explanation"]["verified"]
        assert edge["explanation"]["text"]
    assert verified >= 8
    assert _query(ask_http, PAGE, user="nobody", first=1)["recommendations"]["__typename"] == "NotFound"

    weekly = """query ($u: ID!) { discoverWeekly(userId: $u) { __typename
      ... on DiscoverWeekly { week set { items(first: 30) { edges { node { id } } } } } } }"""
    first, again = (_query(ask_http, weekly, u=user)["discoverWeekly"] for _ in range(2))
    assert first["__typename"] == "DiscoverWeekly"
    assert len(first["set"]["items"]["edges"]) == 30
    assert first == again

    track = edges[0]["node"]["id"]
    record = "mutation ($e: [EventInput!]!) { recordEvents(events: $e) { accepted duplicates rejected { message } } }"
    event = {"clientEventId": "one", "kind": "PLAY", "userId": user, "targetId": track, "at": "2026-11-23T01:00:00Z"}
    bad = event | {"clientEventId": "two", "targetId": "no-such-track"}
    told = _query(ask_http, record, e=[event, event, bad])["recordEvents"]
    assert (told["accepted"], told["duplicates"], len(told["rejected"])) == (1, 1, 1)
    after = _query(ask_http, PAGE, user=user, first=10)["recommendations"]["items"]["edges"]
    assert track not in [edge["node"]["id"] for edge in after]

    for body in ("5", '"x"', "null", "true", "[]", "{"):
        answer = ask_http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500, (body, answer.text)
    chain = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(40))
    hostile = ask_http.post("/graphql", json={"query": f"{{ ...f0 }} {chain} fragment f40 on Query {{ __typename }}"})
    assert hostile.status_code < 500
    assert ask_http.get("/livez").status_code == 200
    assert ask_http.get("/readyz").status_code == 200
    explorer = ask_http.get("/graphql", headers={"Accept": "text/html"}).text
    assert "<html" in explorer.lower()
    assert "https://" not in explorer


def test_the_committed_schema_is_the_one_in_the_code():
    assert COMMITTED.read_text(encoding="utf-8") == sdl()
