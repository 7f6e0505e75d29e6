"""Kafka away, slow, or full of something else: one line in bounded time, nothing lost, the same call again works."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from graph.errors import EventLogError
from ingest.consumer import Consumer, Moved
from ingest.events import Event
from ingest.load import load
from ingest.log.dead_letters import DeadLetters
from ingest.source import Batch

confluent = pytest.importorskip("confluent_kafka")
from ingest.log.kafka import KafkaLog  # noqa: E402 - needs the package

NOW = 1_700_000_000


def event(number):
    return Event(str(number), "PLAY", "w:user:1", "w:track:1", NOW)


@pytest.fixture
def log(kafka, request):
    with KafkaLog(kafka.address, f"faults-{request.node.name[:60]}-{time.time_ns()}", 2, patience_s=1) as log:
        yield log


def appended_again(log, events):
    """The same call until the broker is awake: it listens before it answers, and before it leads its partitions."""
    for _ in range(20):
        with suppress(EventLogError):
            return log.append(events, NOW)
    return log.append(events, NOW)


def everything(log, count):
    found = []
    while len(found) < count and (batch := log.poll(100, 10)).events:
        found += [logged.event for logged in batch.events]
    return found


def test_a_frozen_broker_is_one_line_and_nothing_acknowledged_is_lost(kafka, log):
    log.append([event(1)], NOW)
    kafka.freeze()
    try:
        with pytest.raises(EventLogError, match=r"Kafka at 127.0.0.1:\d+, topic faults-.*see that it runs, then try"):
            log.append([event(2)], NOW)
    finally:
        kafka.thaw()
    assert appended_again(log, [event(2), event(3)]).accepted == 2
    found: set[str] = set()
    while found != {"1", "2", "3"}:  # some perhaps twice
        found |= {one.client_event_id for one in everything(log, 1)}


def test_a_killed_broker_is_one_line_and_all_is_there_when_it_is_back(kafka, log):
    log.append([event(n) for n in range(50)], NOW)
    kafka.kill()
    try:
        for call in (lambda: log.append([event(99)], NOW), log.end):
            with pytest.raises(EventLogError):
                call()
    finally:
        kafka.start()
    assert appended_again(log, [event(99)]).accepted == 1
    assert {one.client_event_id for one in everything(log, 51)} >= {
        str(n) for n in [*range(50), 99]
    }  # some perhaps twice


def test_no_broker_at_all_is_one_line():
    began = time.monotonic()
    with pytest.raises(EventLogError, match=r"Kafka at 127.0.0.1:1, topic t: .*see that it runs"):
        KafkaLog("127.0.0.1:1", "t", patience_s=1)
    assert time.monotonic() - began < 30  # it gives up by itself


def test_what_is_no_event_is_handed_out_as_it_is(kafka, log):
    producer = confluent.Producer({"bootstrap.servers": kafka.address})
    payloads = [b"{half", b"[]", b"\xff\xfe", b'{"receivedAt": 1, "kind": 3}', b""]
    for payload in payloads:
        producer.produce(log.topic, payload, b"w:user:1")
    producer.flush(10)
    log.append([event(1)], NOW)
    found, events = [], []
    while len(found) + len(events) < 6:
        batch = log.poll(100, 10)
        found, events = found + list(batch.unreadable), events + list(batch.events)
    assert [one.payload for one in found] == ["{half", "[]", "\\xff\\xfe", '{"receivedAt": 1, "kind": 3}', ""]
    assert all(one.error.startswith("no event: ") for one in found)
    assert [logged.event for logged in events] == [event(1)]


class World:
    """A listener and a track."""

    name = "w"

    def extract(self):
        return None

    def transform(self, raw):
        yield Batch("user", {"id": ["w:user:1"]})
        yield Batch("track", {"id": ["w:track:1"], "name": ["One"]})


def test_through_the_broker_into_the_graph_each_event_once(kafka, log, store, ask, tmp_path: Path):
    load(store, World())
    log.append([event(n % 70) for n in range(100)], NOW)
    confluent_producer = confluent.Producer({"bootstrap.servers": kafka.address})
    confluent_producer.produce(log.topic, b"nonsense", b"w:user:1")
    confluent_producer.flush(10)
    with DeadLetters(tmp_path / "dead.sqlite") as letters:
        moved = Moved()
        while len(moved) < 101:
            # a consumer of its own each time, as after a kill: where it begins is the graph's to say
            moved += Consumer(store, log, letters, now=lambda: NOW).step(10, 30)
        assert moved == Moved(70, 30, 1)
        assert letters.listed(5)[0].payload == "nonsense"
    assert ask("MATCH (:User)-[r:PLAYED]->() RETURN r.count AS n") == [{"n": 70}]
    assert log.pending("w:user:1", log.committed()) == []


def test_the_tail_hears_of_what_another_process_appends(kafka, log):
    with KafkaLog(kafka.address, log.topic) as other:
        log.append([event(1)], NOW)
        assert log.pending("w:user:1", {}) == [event(1)]
        other.append([event(2)], NOW)
        heard = threading.Event()
        until = time.monotonic() + 20
        while len(log.pending("w:user:1", {})) < 2:
            assert time.monotonic() < until
            heard.wait(0.02)
        assert log.pending("w:user:1", {}) == [event(1), event(2)]
