"""The first data set by Neo4j's own importer: the same graph as in batches, to the last property."""

import json

import numpy as np
import pytest
from neo4j import GraphDatabase

from graph.schema import migrate
from graph.server import PLANS, ManagedServer
from graph.store import GraphStore
from ingest import first
from ingest.demo.config import DemoConfig
from ingest.load import read, write
from ingest.log.segments import Segments
from ingest.source import Batch
from ingest.sources.demo import Demo

SMALL = DemoConfig(
    user_count=40,
    track_count=150,
    artist_count=30,
    playlist_count=10,
    event_count=2_000,
    clip_count=0,
    version_count=6,
    bridge_count=4,
)


class WithDirt:
    """The small world, some records of which are one recording, name nothing, or close a cycle."""

    name = "demo"

    def extract(self):
        return Demo(None, SMALL).extract()

    def transform(self, raw):
        yield from Demo(None, SMALL).transform(raw)
        yield Batch("artist", {"id": ["x:artist:1"], "name": ["Twin"]})
        yield Batch(
            "track",
            {
                "id": ["x:track:1", "x:track:2"],
                "name": ["Same", "Same"],
                "durationMs": [200_000, 200_000],
                "isrc": ["GBAYE0601498", "GBAYE0601498"],
            },
        )
        yield Batch("performed_by", {"source": ["x:track:1", "x:track:2"], "target": ["x:artist:1"] * 2})
        user = "demo:user:0000"
        yield Batch(
            "played",
            {
                "source": [user, user, "nobody"],
                "target": ["x:track:1", "x:track:2", "x:track:1"],
                "count": [2, 3, 1],
                "firstAt": [1_700_000_000] * 3,
                "lastAt": [1_700_000_000] * 3,
            },
        )
        yield Batch("genre", {"id": ["x:genre:a", "x:genre:b"], "name": ["Xa", "Xb"]})
        yield Batch("subgenre_of", {"source": ["x:genre:a", "x:genre:b"], "target": ["x:genre:b", "x:genre:a"]})


def content(rows):
    """Every node and relationship with its properties, in an order of their own."""
    nodes = rows(
        "MATCH (n) WHERE NOT n:SchemaVersion WITH n, properties(n) AS p "
        "RETURN labels(n) AS labels, CASE WHEN n:Merge THEN p {.*, at: null} ELSE p END AS properties"
    )
    links = rows("MATCH (a)-[r]->(b) RETURN a.id AS a, type(r) AS type, b.id AS b, properties(r) AS properties")
    return [sorted(json.dumps(row, sort_keys=True) for row in found) for found in (nodes, links)]


@pytest.fixture
def fresh(session_home, tmp_path):
    server = ManagedServer(session_home / f"first-{tmp_path.name}", memory=PLANS["test"])
    yield server
    server.stop()


def test_both_ways_end_in_the_same_graph(fresh, store, ask, tmp_path, monkeypatch):
    def opened():
        found = GraphStore(fresh.ensure_running())
        migrate(found, now=0)
        return found

    data = read(WithDirt())
    assert not first.is_first(fresh, data)  # a small one is faster in batches
    monkeypatch.setattr(first, "LARGE", 1)
    assert first.is_first(fresh, data)
    report = first.write_first(fresh, opened, data, segments=Segments(tmp_path / "one"))
    assert not first.is_first(fresh, data)
    address = fresh.ensure_running()
    with (
        GraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver,
        driver.session() as session,
    ):
        found = content(lambda text: session.run(text).data())

    expected = write(store, data, segments=Segments(tmp_path / "other"))
    for one, other in zip(found, content(ask), strict=True):
        assert len(one) > 100
        assert one == other
    for kind, other_kind in zip(report.kinds, expected.kinds, strict=True):
        assert (kind.kind, kind.read, kind.written, kind.merged) == (
            other_kind.kind,
            other_kind.read,
            other_kind.written,
            other_kind.merged,
        )
        assert np.sum([r.count for r in kind.rejected]) == np.sum([r.count for r in other_kind.rejected])

    with opened() as again:  # the same import once more, in batches, changes nothing
        write(again, data, segments=Segments(tmp_path / "one"))
    with (
        GraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver,
        driver.session() as session,
    ):
        assert content(lambda text: session.run(text).data()) == found
