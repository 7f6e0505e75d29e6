"""Small sources, and ways of looking at the graph that they end in."""

from __future__ import annotations

import json

import pytest

from ingest.source import Batch


class Small:
    """A small source: tracks as (artist, title, seconds, ids ...), plays as (user, track, count), genres of tracks."""

    def __init__(self, name, tracks, plays=(), genres=(), extra=()):
        self.name = name
        self.tracks = tracks
        self.plays = plays
        self.genres = genres
        self.extra = extra

    def extract(self):
        return None

    def id(self, kind, key):
        return f"{self.name}:{kind}:{key}"

    def transform(self, raw):
        artists = list(dict.fromkeys(artist for artist, *_ in self.tracks))
        yield Batch("artist", {"id": [self.id("artist", a) for a in artists], "name": artists})
        n = range(len(self.tracks))
        yield Batch(
            "track",
            {
                "id": [self.id("track", i) for i in n],
                "name": [title for _, title, *_ in self.tracks],
                "durationMs": [(rest[0] * 1000 if rest and rest[0] else None) for _, _, *rest in self.tracks],
                "sourceIds": [list(rest[1:]) or None for _, _, *rest in self.tracks],
            },
        )
        yield Batch(
            "performed_by",
            {
                "source": [self.id("track", i) for i in n],
                "target": [self.id("artist", track[0]) for track in self.tracks],
                "position": [0 for _ in n],
            },
        )
        if self.genres:
            names = sorted({name for _, name in self.genres})
            yield Batch("genre", {"id": [self.id("genre", name) for name in names], "name": names})
            yield Batch(
                "track_genre",
                {
                    "source": [self.id("track", i) for i, _ in self.genres],
                    "target": [self.id("genre", name) for _, name in self.genres],
                    "weight": [0.5 for _ in self.genres],
                },
            )
        if self.plays:
            yield Batch("user", {"id": sorted({user for user, *_ in self.plays})})
            yield Batch(
                "played",
                {
                    "source": [user for user, *_ in self.plays],
                    "target": [self.id("track", i) for _, i, _ in self.plays],
                    "count": [count for *_, count in self.plays],
                    "firstAt": [1_000 for _ in self.plays],
                    "lastAt": [2_000 for _ in self.plays],
                },
            )
        yield from self.extra


@pytest.fixture(scope="session")
def small():
    return Small


@pytest.fixture
def whole(ask):
    """Everything in the graph, as comparable text."""

    def look():
        nodes = ask("MATCH (n) WHERE NOT n:SchemaVersion RETURN labels(n) AS l, properties(n) AS p")
        links = ask("MATCH (a)-[r]->(b) RETURN a.id AS a, type(r) AS t, b.id AS b, properties(r) AS p")
        return sorted(json.dumps(row, sort_keys=True) for row in [*nodes, *links])

    return look


@pytest.fixture
def shape(ask):
    """The graph with each node named by all its records, so that no order of importing shows."""

    def look():
        rows = ask(
            "MATCH (n) WHERE n:Track OR n:Artist OR n:Genre OR n:User "
            "RETURN n.id AS id, properties(n) AS p, COLLECT { MATCH (n)<-[:RECORD_OF]-(r) RETURN r.record } AS records"
        )
        name = {row["id"]: "+".join(sorted(row["records"]) or [row["id"]]) for row in rows}
        links = ask(
            "MATCH (a)-[r]->(b) WHERE NOT a:Identity RETURN type(r) AS type, a.id AS a, b.id AS b, properties(r) AS p"
        )
        return (
            sorted(name.values()),
            sorted(
                json.dumps([row["type"], name[row["a"]], name[row["b"]], {**row["p"], "said": None}], sort_keys=True)
                for row in links
            ),
            sorted(json.dumps([name[row["id"]], {**row["p"], "id": None}], sort_keys=True) for row in rows),
        )

    return look


@pytest.fixture(scope="session")
def one():
    return Small(
        "one",
        [
            ("The Killers", "Human (feat. Nobody)", 240),
            ("Cream", "White Room", 300),
            ("!!!", "Hello? Is This Thing On?", 200),
            ("Beyoncé", "Déjà Vu", 241),
            ("Simon & Garfunkel", "The Boxer", 308),
            ("Queen", "Bohemian Rhapsody - Remastered 2011", 354),
            ("Queen", "Bohemian Rhapsody - Live Aid", 150),
        ],
        plays=[("one:user:1", 0, 3), ("me", 0, 2), ("me", 1, 1)],
        genres=[(0, "synth-pop"), (1, "Rock")],
    )


@pytest.fixture(scope="session")
def two():
    return Small(
        "two",
        [
            ("Killers", "Human", 242),
            ("CREAM", "White Room", 200),
            ("Cream", "White Room", 301),
            ("!!!", "Hello? Is This Thing On?", 201),
            ("Beyonce", "Deja vu", None),
            ("Simon and Garfunkel", "Boxer", 308),
            ("Queen", "Bohemian Rhapsody", 355),
            ("Queen", "Bohemian Rhapsody (Some DJ Remix)", 355),
        ],
        plays=[("two:user:1", 0, 4), ("me", 0, 5)],
        genres=[(0, "Synthpop"), (2, "rock"), (2, "Hard rock")],
    )
