"""Each event counts once, in any order, exactly as ``graph.weights`` says."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest
from neo4j import GraphDatabase

from graph import weights
from graph.export import export
from ingest.events import RECORDED, TARGETS, Event
from ingest.load import load
from ingest.source import Batch

NOW = 1_700_000_000
DAY = 86_400
U, T = "w:user:1", "w:track:1"


class World:
    """One listener, two tracks of known length, an artist, a genre and a playlist."""

    name = "w"

    def extract(self):
        return None

    def transform(self, raw):
        yield Batch("user", {"id": [U, "w:user:2"]})
        yield Batch("track", {"id": [T, "w:track:2"], "name": ["One", "Two"], "durationMs": [200_000, None]})
        for kind in ("artist", "genre", "playlist"):
            yield Batch(kind, {"id": [f"w:{kind}:1"], "name": [kind]})


@contextmanager
def looking(store):
    """A session beside the store, for questions that only tests have."""
    address = store.address
    with (
        GraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver,
        driver.session(database=address.database) as session,
    ):
        yield session


@pytest.fixture
def world(store):
    load(store, World())
    return store


def played(store):
    found = export(store).played
    return {name: values.tolist() for name, values in found.columns.items()}


def related(store, type):
    with looking(store) as session:
        return session.run(f"MATCH (a)-[r:{type}]->(b) RETURN a.id, b.id, properties(r) ORDER BY b.id").values()


def test_a_play_counts_by_the_part_heard(world, apply):
    receipt = apply(world, [Event("a", "PLAY", U, T, NOW, 50_000), Event("b", "PLAY", U, T, NOW, 250_000)], NOW)
    assert (receipt.accepted, receipt.duplicates, receipt.rejected) == (2, 0, ())
    found = played(world)
    assert (found["count"], found["completed"], found["weight"]) == ([2], [1], [1.25])
    assert (found["firstAt"], found["lastAt"]) == ([NOW], [NOW])
    assert world.read("read/newest_event") == [{"newestAt": NOW}]


def test_an_event_sent_twice_counts_once(world, apply):
    event = Event("a", "PLAY", U, T, NOW)
    assert apply(world, [event, event], NOW).duplicates == 1
    again = apply(world, [event, Event("b", "PLAY", U, T, NOW)], NOW)
    assert (again.accepted, again.duplicates) == (1, 1)
    assert played(world)["count"] == [2]


def test_clients_of_two_users_may_use_one_event_id(world, apply):
    apply(world, [Event("a", "PLAY", U, T, NOW), Event("a", "PLAY", "w:user:2", T, NOW)], NOW)
    assert played(world)["count"] == [1, 1]


@pytest.mark.parametrize("seed", range(6))
def test_any_order_and_any_batches_give_the_exact_sum(world, seed, apply):
    random = np.random.default_rng(seed)
    kinds = ["PLAY", "SKIP", "REPEAT", "SAVE", "UNSAVE", "LIKE", "ADD_TO_PLAYLIST"]
    n = 30
    chosen = random.choice(kinds, n).tolist()
    at = (NOW - random.permutation(n * 10)[:n] * DAY).tolist()
    heard = random.integers(1, 250_000, n).tolist()
    events = [Event(str(i), chosen[i], U, T, at[i], heard[i]) for i in range(n)]
    for part in np.split(random.permutation(n), sorted(random.choice(n, 4))):
        apply(world, [events[i] for i in part.tolist()], NOW)
    newest = max(at)
    part = weights.fractions(chosen, heard, 200_000)
    expected = weights.sum_by_pair(
        np.zeros(n, np.int64), chosen, at, as_of=newest, n_pairs=1, listened_ms=heard, duration_ms=200_000
    )
    found = played(world)
    assert found["weight"] == [pytest.approx(weights.sum_events(chosen, part, at, newest), rel=1e-9, abs=1e-9)]
    for name in ("count", "completed", "skips", "saves"):
        assert found[name] == getattr(expected, name).tolist(), name
    assert (found["firstAt"], found["lastAt"]) == ([min(at)], [newest])


def test_a_save_is_kept_until_it_is_taken_back(world, apply):
    apply(world, [Event("a", "SAVE", U, T, NOW - 50)], NOW)
    assert related(world, "SAVED") == [[U, T, {"at": NOW - 50}]]
    apply(world, [Event("b", "UNSAVE", U, T, NOW - 20)], NOW)
    assert related(world, "SAVED") == []
    assert (played(world)["weight"], played(world)["saves"]) == ([pytest.approx(0, abs=1e-12)], [0])
    apply(world, [Event("c", "SAVE", U, T, NOW - 30)], NOW)  # arrives late: it was taken back already
    assert related(world, "SAVED") == []
    apply(world, [Event("d", "SAVE", U, T, NOW)], NOW)
    assert related(world, "SAVED") == [[U, T, {"at": NOW}]]


def test_saves_without_a_play_make_no_play(world, apply):
    apply(world, [Event("a", "SAVE", U, T, NOW)], NOW)
    assert (played(world)["count"], played(world)["weight"]) == ([0], [2.0])


def test_an_early_skip_weighs_against_and_a_late_one_not(world, apply):
    apply(world, [Event("a", "SKIP", U, T, NOW, 29_000), Event("b", "SKIP", U, "w:track:2", NOW, 31_000)], NOW)
    assert (played(world)["skips"], played(world)["weight"]) == ([1, 1], [-0.5, 0.0])


def test_refusals_are_relations_of_their_own(world, apply):
    events = [
        Event("a", "DISLIKE", U, T, NOW),
        Event("b", "HATE", U, "w:artist:1", NOW),
        Event("c", "BLOCK", U, T, NOW, until=NOW + DAY),
        Event("d", "BLOCK", U, "w:genre:1", NOW),
        Event("e", "LIKE", U, "w:track:2", NOW),
    ]
    assert apply(world, events, NOW).accepted == 5
    assert related(world, "DISLIKED") == [[U, "w:artist:1", {"at": NOW}], [U, T, {"at": NOW}]]
    assert related(world, "BLOCKED") == [[U, "w:genre:1", {"at": NOW}], [U, T, {"at": NOW, "until": NOW + DAY}]]
    assert related(world, "LIKED") == [[U, "w:track:2", {"at": NOW}]]
    assert apply(world, events, NOW).duplicates == 5


def test_following(world, apply):
    ends = ["w:user:2", "w:artist:1", "w:playlist:1"]
    apply(world, [Event(end, "FOLLOW", U, end, NOW) for end in ends], NOW)
    assert [row[1] for row in related(world, "FOLLOWS")] == sorted(ends)
    assert len(export(world).follows) == 1  # the arrays hold who follows which user


@pytest.mark.parametrize("kind", RECORDED)
def test_other_kinds_are_recorded_once_and_change_nothing(world, kind, apply):
    event = Event("a", kind, U, "" if kind == "SEARCH" else T, NOW)
    assert apply(world, [event], NOW).accepted == 1
    assert apply(world, [event], NOW).duplicates == 1
    assert len(export(world).played) == 0


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (Event("a", "HUM", U, T, NOW), "unknown kind 'HUM': use one of PLAY, SKIP,"),
        (Event("", "PLAY", U, T, NOW), "clientEventId is empty"),
        (Event("a", "PLAY", "w:user:9", T, NOW), "unknown user 'w:user:9'"),
        (Event("a", "PLAY", T, T, NOW), f"unknown user '{T}'"),
        (Event("a", "PLAY", U, "w:track:9", NOW), "unknown target 'w:track:9'"),
        (Event("a", "SAVE", U, "w:artist:1", NOW), "SAVE is about Track, 'w:artist:1' is a Artist"),
        (Event("a", "PLAY", U, T, NOW + DAY + 1), f"at {NOW + DAY + 1} is no time up to a day from now"),
        (Event("a", "PLAY", U, T, 0), "at 0 is no time"),
        (Event("a", "PLAY", U, T, NOW, -1), "listenedMs -1 is negative"),
        (Event("a", "BLOCK", U, T, NOW, until=NOW), f"until {NOW} is not after at {NOW}"),
    ],
)
def test_a_bad_event_is_named_and_the_good_ones_are_applied(world, event, reason, apply):
    receipt = apply(world, [Event("good", "PLAY", U, T, NOW), event], NOW)
    assert receipt.accepted == 1
    assert [rejected.index for rejected in receipt.rejected] == [1]
    assert receipt.rejected[0].reason.startswith(reason)
    assert played(world)["count"] == [1]


def test_a_clock_that_runs_ahead_does_not_move_the_watermark_into_the_future(world, apply):
    assert apply(world, [Event("a", "PLAY", U, T, NOW + 3600)], NOW).accepted == 1
    assert world.read("read/newest_event") == [{"newestAt": NOW}]


def test_nothing_to_apply(world, apply):
    assert apply(world, [], NOW).accepted == 0


def test_every_kind_has_an_effect(world, apply):
    targets = {"SEARCH": "", "FOLLOW": "w:artist:1"}
    events = [Event(kind, kind, U, targets.get(kind, T), NOW) for kind in TARGETS]
    assert apply(world, events, NOW).accepted == len(TARGETS)
