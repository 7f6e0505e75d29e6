"""What waits in the log, laid over a profile, is the profile that will be read once it is applied."""

import random

import numpy as np
import pytest

from graph.reads import GraphReads, Profile
from ingest.events import ON_TRACKS, Event
from ingest.load import load
from ingest.source import Batch
from ingest.tail import overlaid

NOW = 1_700_000_000
DAY = 86_400
USER = "w:user:1"
KINDS = (*ON_TRACKS, "PLAY", "PLAY", "DISLIKE", "HATE", "BLOCK", "FOLLOW", "IMPRESSION", "SEARCH")


class World:
    """One listener, some of everything."""

    name = "w"

    def extract(self):
        return None

    def transform(self, raw):
        yield Batch("user", {"id": [USER]})
        for kind in ("track", "artist", "genre", "playlist"):
            yield Batch(kind, {"id": [f"w:{kind}:{n}" for n in range(4)], "name": [f"{kind} {n}" for n in range(4)]})
        played = {"source": [USER], "target": ["w:track:0"], "count": [3], "weight": [1.0]}
        times = {name: [NOW - DAY] for name in ("weightAt", "firstAt", "lastAt")}
        yield Batch("played", played | times)


@pytest.fixture
def world(store):
    load(store, World())
    return store


def told(profile):
    rows = zip(*(getattr(profile, name).tolist() for name in ("track_ids", "counts", "last_at", "skips")), strict=True)
    return list(rows), profile.blocked, profile.disliked


def event(chance, number):
    kind = chance.choice(KINDS)
    label = {"FOLLOW": "artist"}.get(kind, "track")
    if kind in ("DISLIKE", "HATE", "BLOCK"):
        label = chance.choice(("track", "artist", "genre"))
    at = NOW - chance.randrange(1000)
    until = at + chance.randrange(1, 2000) if kind == "BLOCK" and chance.random() < 0.5 else None
    target = "" if kind == "SEARCH" else f"w:{label}:{chance.randrange(4)}"
    return Event(str(number), kind, USER, target, at, chance.choice((None, 5000)), until)


@pytest.mark.parametrize("seed", range(8))
def test_the_tail_says_what_the_graph_will_say(world, apply, seed):
    chance = random.Random(seed)
    events = [event(chance, n) for n in range(40)]
    events.sort(key=lambda event: event.at)
    reads = GraphReads(world)
    apply(world, events[:10], NOW)
    before = reads.profile(USER, NOW)
    ahead = overlaid(before, events[10:], NOW)
    apply(world, events[10:], NOW)
    assert told(ahead) == told(reads.profile(USER, NOW))


def test_later_events_are_not_seen_and_one_that_is_sent_twice_counts_once():
    play = Event("a", "PLAY", USER, "t", NOW)
    found = overlaid(Profile.empty(USER), [play, play, Event("b", "PLAY", USER, "t", NOW + 1)], NOW)
    assert told(found)[0] == [("t", 1.0, NOW, 0.0)]
    assert (found.counts.dtype, found.last_at.dtype, found.skips.dtype) == (np.float32, np.int64, np.float32)


def test_nothing_to_lay_over_is_the_same_profile():
    empty = Profile.empty(USER)
    assert overlaid(empty, [Event("a", "PLAY", USER, "t", NOW + 1)], NOW) is empty
