"""What a profile says of those whom a newcomer follows."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from graph.reads import GraphReads
from ingest.load import load
from ingest.source import Batch

DAY = 86_400
START = 1_000_000_000


@dataclass(frozen=True)
class Circle:
    """``new`` follows ``one``, ``two`` and ``silent``; ``one`` follows ``two``; only ``one`` and ``two`` play."""

    name: str = "circle"

    def extract(self):
        return None

    def transform(self, raw):
        yield Batch("user", {"id": [f"c:user:{name}" for name in ("new", "one", "two", "silent")]})
        yield Batch("track", {"id": [f"c:track:{number}" for number in range(4)], "name": list("ABCD")})
        pairs = [("new", "one"), ("new", "two"), ("new", "silent"), ("one", "two")]
        yield Batch(
            "follows", {"source": [f"c:user:{a}" for a, _ in pairs], "target": [f"c:user:{b}" for _, b in pairs]}
        )
        plays = [("one", 0, 3, 1), ("one", 1, 1, 5), ("two", 2, 2, 3), ("two", 3, 0, 4)]
        times = [START + day * DAY for *_, day in plays]
        ends = {"source": [f"c:user:{p[0]}" for p in plays], "target": [f"c:track:{p[1]}" for p in plays]}
        yield Batch("played", {**ends, "count": [p[2] for p in plays], "firstAt": times, "lastAt": times})


@pytest.fixture
def reads(store):
    load(store, Circle())
    return GraphReads(store)


def test_a_newcomer_has_the_plays_of_those_they_follow(reads):
    one, two = reads.profile("c:user:new", START + 9 * DAY).followed
    assert sorted(zip(one.track_ids, one.counts, one.last_at, strict=True)) == [
        ("c:track:0", 3, START + DAY),
        ("c:track:1", 1, START + 5 * DAY),
    ]
    assert two.track_ids.tolist() == ["c:track:2"], "what was only skipped is no play"


def test_nothing_later_is_known(reads):
    (one,) = reads.profile("c:user:new", START + 2 * DAY).followed
    assert one.track_ids.tolist() == ["c:track:0"]


def test_who_has_played_gets_the_newest_plays_alone(store, monkeypatch):
    class Busy(Circle):
        def transform(self, raw):
            yield from super().transform(raw)
            yield Batch("track", {"id": [f"c:track:b{n}" for n in range(30)], "name": [f"B{n}" for n in range(30)]})
            yield Batch("follows", {"source": ["c:user:one"], "target": ["c:user:two"]})
            times = [START + (10 + n) * DAY for n in range(30)]
            ends = {"source": ["c:user:two"] * 30, "target": [f"c:track:b{n}" for n in range(30)]}
            yield Batch("played", {**ends, "count": [1] * 30, "firstAt": times, "lastAt": times})

    load(store, Busy())
    profile = GraphReads(store).profile("c:user:one", START + 99 * DAY)
    assert len(profile.track_ids) == 2
    (two,) = profile.followed
    assert sorted(two.track_ids.tolist()) == sorted(f"c:track:b{n}" for n in range(10, 30))


def test_who_follows_nobody_has_nobody(reads):
    assert reads.profile("c:user:silent", START + 9 * DAY).followed == ()
