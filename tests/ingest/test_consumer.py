"""From the log into the graph: every event once, whatever is delivered twice, whoever dies, whatever is poisoned."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from graph.errors import EventLogError, GraphError, GraphRefusedError, GraphUnavailableError, RebuildingError
from ingest import consumer as module
from ingest.apply import positions
from ingest.consumer import Consumer, Moved, replay
from ingest.events import Event
from ingest.load import load
from ingest.log.dead_letters import DeadLetters
from ingest.log.event_log import Batch, Logged
from ingest.log.sqlite import SqliteLog
from ingest.source import Batch as Records

NOW = 1_700_000_000
DAY = 86_400
USERS, TRACKS = 20, 30


class World:
    """Some listeners and tracks."""

    name = "w"

    def extract(self):
        return None

    def transform(self, raw):
        yield Records("user", {"id": [f"w:user:{n}" for n in range(USERS)]})
        ids = [f"w:track:{n}" for n in range(TRACKS)]
        yield Records("track", {"id": ids, "name": ids, "durationMs": [200_000] * TRACKS})


@pytest.fixture
def world(store):
    load(store, World())
    return store


@pytest.fixture
def log(tmp_path):
    with SqliteLog(tmp_path / "log" / "events.sqlite") as log:
        yield log


@pytest.fixture
def letters(tmp_path):
    with DeadLetters(tmp_path / "log" / "dead_letters.sqlite") as letters:
        yield letters


class Repeating:
    """A log without memory of ids, as Kafka is: what is appended twice is delivered twice."""

    drops_duplicates = False
    name = "repeating"

    def __init__(self, events, received_at=NOW):
        self.records = [Logged(0, offset, event, received_at) for offset, event in enumerate(events)]
        self.next = 0

    def seek(self, positions):
        self.next = positions.get(0, 0)

    def poll(self, most, timeout_s):
        found = self.records[self.next : self.next + most]
        if not found:
            return Batch()
        start, self.next = self.next, self.next + len(found)
        return Batch(tuple(found), start={0: start}, end={0: self.next})

    def commit(self, positions):
        pass


class Losing(Repeating):
    """One whose third poll reads and then fails: what it read is gone from its hands."""

    polls = 0

    def poll(self, most, timeout_s):
        found = super().poll(most, timeout_s)
        self.polls += 1
        if self.polls == 3:
            raise EventLogError("the broker went away in the middle of an answer")
        return found


def plays(count, seed=0):
    chance = random.Random(seed)
    return [
        Event(str(n), "PLAY", f"w:user:{chance.randrange(USERS)}", f"w:track:{chance.randrange(TRACKS)}", NOW - n)
        for n in range(count)
    ]


@pytest.fixture
def counts(ask):
    """Plays of each user and track, as the graph has them."""
    text = "MATCH (u:User)-[r:PLAYED]->(t:Track) RETURN u.id AS user, t.id AS track, r.count AS count"
    return lambda: {(row["user"], row["track"]): row["count"] for row in ask(text)}


def expected(events):
    return dict(Counter((event.user_id, event.target_id) for event in events))


def drain(consumer, most=50):
    moved = Moved()
    while step := consumer.step(0, most):
        moved += step
    return moved


def test_every_event_is_applied_once_and_the_graph_knows_how_far(world, log, letters, counts):
    events = plays(300)
    end = log.append(events, NOW).end
    told = []
    consumer = Consumer(world, log, letters, now=lambda: NOW, changed=told.append)
    assert drain(consumer) == Moved(300)
    assert counts() == expected(events)
    assert positions(world, log.name) == log.committed() == end
    assert frozenset().union(*told) == {event.user_id for event in events}


def test_two_consumers_at_once_count_nothing_twice(world, log, letters, tmp_path, counts):
    events = plays(200)
    log.append(events, NOW)
    with SqliteLog(log.path) as other:
        first, second = (Consumer(world, one, letters, now=lambda: NOW) for one in (log, other))
        moved = [first.step(0, 60), second.step(0, 80)]  # the second asks the graph first, and goes on behind the first
        again = Batch(tuple(Logged(0, n, event, NOW) for n, event in enumerate(events[:100])), end={0: 100})
        moved.append(first.take(again))  # delivered again
        assert sum(one.events for one in moved) == 140
        drain(first)
        drain(second)
    assert counts() == expected(events)


def test_a_log_that_repeats_itself_is_counted_once_also_in_another_order(world, letters, counts):
    events = plays(120)
    chance = random.Random(5)
    sent = events + chance.sample(events, 40)
    chance.shuffle(sent)
    moved = drain(Consumer(world, Repeating(sent), letters, now=lambda: NOW), most=17)
    assert (moved.events, moved.duplicates, moved.dead) == (120, 40, 0)
    assert counts() == expected(events)


def test_what_a_failed_poll_had_read_is_read_again(world, letters, counts):
    events = plays(200)
    consumer = Consumer(world, Losing(events), letters, now=lambda: NOW)
    with pytest.raises(EventLogError, match="in the middle of an answer"):
        drain(consumer)
    drain(consumer)
    assert counts() == expected(events)


def test_where_ids_are_forgotten_after_a_month_older_events_are_refused(world, letters):
    event = Event("old", "PLAY", "w:user:1", "w:track:1", NOW - 31 * DAY)
    assert drain(Consumer(world, Repeating([event]), letters, now=lambda: NOW)) == Moved(dead=1)
    assert letters.listed(1)[0].error.startswith("TOO_OLD: at ")


def test_ids_are_remembered_as_long_as_they_can_be_repeated(world, letters, counts, ask):
    first = Event("first", "PLAY", "w:user:1", "w:track:1", NOW)
    sent = Repeating([first, first], NOW)
    sent.records.append(Logged(0, 2, first, NOW + 29 * DAY))  # the last day on which it can come again
    sent.records.append(Logged(0, 3, Event("later", "PLAY", "w:user:1", "w:track:1", NOW + 32 * DAY), NOW + 32 * DAY))
    sent.records.append(Logged(0, 4, first, NOW + 32 * DAY))
    consumer = Consumer(world, sent, letters, now=lambda: NOW)
    moved = drain(consumer, most=1)
    assert (moved.events, moved.duplicates, moved.dead) == (2, 2, 1)
    assert counts() == {("w:user:1", "w:track:1"): 2}
    assert ask("MATCH (e:AppliedEvent) RETURN e.id AS id") == [{"id": "w:user:1|later"}]
    assert letters.listed(1)[0].error.startswith("TOO_OLD")


@pytest.mark.parametrize("error", [GraphUnavailableError, GraphError])
@pytest.mark.parametrize("is_committed", [False, True])
def test_a_neo4j_that_fails_loses_nothing(world, log, letters, monkeypatch, counts, is_committed, error):
    events = plays(40)
    log.append(events, NOW)
    consumer = Consumer(world, log, letters, now=lambda: NOW)
    real = module.apply

    def away(*args, **options):
        if is_committed:
            real(*args, **options)
        raise error("away, or its disk is full")

    monkeypatch.setattr(module, "apply", away)
    with pytest.raises(error):
        consumer.step(0)
    monkeypatch.undo()
    drain(consumer)
    assert counts() == expected(events)
    assert letters.count() == 0


def test_an_event_without_a_place_becomes_a_letter_and_is_applied_once_it_has_one(
    world, log, letters, ask, monkeypatch, counts
):
    good, stray = plays(3), Event("stray", "PLAY", "w:user:1", "w:track:new", NOW)
    log.append([*good, stray], NOW)
    assert drain(Consumer(world, log, letters, now=lambda: NOW)) == Moved(3, dead=1)
    (letter,) = letters.listed(10)
    assert (letter.error, letter.attempts) == ("unknown target 'w:track:new'", 1)
    assert replay(world, letters, [letter.number], NOW + 5).refused[0].reason == "unknown target 'w:track:new'"
    assert letters.listed(10)[0].attempts == 2
    ask("CREATE (:Track {id: 'w:track:new', name: 'New'})")
    monkeypatch.setattr(letters, "remove", interrupted)  # killed after the graph has it, before the letter is gone
    with pytest.raises(KeyboardInterrupt):
        replay(world, letters, [letter.number], NOW + 6)
    monkeypatch.undo()
    assert replay(world, letters, [letter.number], NOW + 7).duplicates == 1
    assert letters.count() == 0
    assert counts()["w:user:1", "w:track:new"] == 1


def interrupted(*_):
    raise KeyboardInterrupt


def test_one_poisoned_event_does_not_hold_up_the_others(world, log, letters, monkeypatch, counts):
    events = plays(33)
    log.append(events, NOW)
    poison, real = events[20], module.apply

    def refusing(store, log, batch, judged, **options):
        if any(logged.event == poison for logged in judged.good):
            raise GraphRefusedError("apply: Neo4j answers Neo.ClientError.Statement.TypeError: no")
        return real(store, log, batch, judged, **options)

    monkeypatch.setattr(module, "apply", refusing)
    assert drain(Consumer(world, log, letters, now=lambda: NOW)) == Moved(32, dead=1)
    assert counts() == expected([event for event in events if event != poison])
    (letter,) = letters.listed(10)
    assert letter.event().event == poison
    monkeypatch.undo()
    assert replay(world, letters, [letter.number], NOW).applied == 1
    assert counts() == expected(events)


def test_a_log_made_anew_begins_at_its_beginning(world, log, letters, tmp_path):
    log.append(plays(10), NOW)
    drain(Consumer(world, log, letters, now=lambda: NOW))
    with SqliteLog(tmp_path / "other.sqlite") as other:
        other.append(plays(4, seed=1), NOW)
        assert drain(Consumer(world, other, letters, now=lambda: NOW)).events == 4


def test_nobody_applies_during_a_rebuild(world, log, letters):
    log.append(plays(1), NOW)
    world.write("write/rebuild_begin", log=log.name)
    with pytest.raises(RebuildingError, match="run `phonograph rebuild` to its end"):
        Consumer(world, log, letters, now=lambda: NOW).step(0)
    world.write("write/rebuild_end", log=log.name)
    assert Consumer(world, log, letters, now=lambda: NOW).step(0).events == 1


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
while consumer.step(0, 40):
    print("step", flush=True)
"""


def start(store, folder: Path) -> subprocess.Popen[str]:
    address = store.address
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, address.uri, address.user, address.database, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    child.stdin.write(address.password + "\n")
    child.stdin.close()
    return child


def test_six_kills_lose_nothing_and_count_nothing_twice(world, log, letters, counts):
    chance = random.Random(11)
    events = plays(4000, seed=2)
    sent = events + chance.sample(events, 200)
    chance.shuffle(sent)
    for at in range(0, len(sent), 500):
        log.append(sent[at : at + 500], NOW)
    kills = 0
    while kills < 6:
        child = start(world, log.path.parent)
        for _ in range(chance.randint(1, 8)):
            child.stdout.readline()
        time.sleep(chance.random() * 0.03)
        assert child.poll() is None, "it was done before it could be killed"
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        kills += 1
    drain(Consumer(world, log, letters, now=lambda: NOW))
    assert counts() == expected(events)
    assert letters.count() == 0
