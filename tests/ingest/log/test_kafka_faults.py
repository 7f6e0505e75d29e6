"""Errors of brokers one at a time, by librdkafka's mock cluster: ridden out, or one line, and never silently lost."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from graph.errors import EventLogError
from ingest.events import Event

kafka = pytest.importorskip("confluent_kafka")
from ingest.log.kafka import KafkaLog  # noqa: E402 - needs the package

PRODUCE, FETCH = 0, 1
NOW = 1_700_000_000
ERROR = kafka.KafkaError
PASSING = (
    ERROR.NOT_LEADER_FOR_PARTITION,
    ERROR.REQUEST_TIMED_OUT,
    ERROR.NOT_ENOUGH_REPLICAS,
    ERROR.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    ERROR.KAFKA_STORAGE_ERROR,
    ERROR.UNKNOWN_PRODUCER_ID,
)
REFUSING = (ERROR.MSG_SIZE_TOO_LARGE, ERROR.POLICY_VIOLATION, ERROR.TOPIC_AUTHORIZATION_FAILED, ERROR.INVALID_RECORD)


def event(number: int) -> Event:
    return Event(str(number), "PLAY", "w:user:1", "w:track:1", NOW)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    spec = importlib.util.spec_from_file_location("mock_kafka", Path(__file__).with_name("mock_kafka.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.MockKafka(brokers=3)
    yield found
    found.stop()


@pytest.fixture
def open_log(cluster: Any, request: pytest.FixtureRequest) -> Iterator[Callable[[], KafkaLog]]:
    """Opens the log of a topic of the test's own, which has one partition."""
    topic = "".join(sign if sign.isalnum() else "-" for sign in request.node.name)[:80]
    cluster.topic(topic, partitions=1)
    opened: list[KafkaLog] = []

    def open() -> KafkaLog:
        opened.append(KafkaLog(cluster.address, topic, 1, patience_s=2))
        return opened[-1]

    yield open
    for log in opened:
        log.close()
    for kind in (PRODUCE, FETCH):
        cluster.heal(kind)


def everything(log: KafkaLog, count: int) -> list[str]:
    found: list[str] = []
    for _ in range(20):
        with suppress(EventLogError):  # told, and read on behind it
            found += [logged.event.client_event_id for logged in log.poll(100, 1).events]
        if len(found) >= count:
            break
    return found


@pytest.mark.parametrize("error", PASSING)
def test_errors_that_pass_are_ridden_out_and_nothing_comes_twice(cluster: Any, open_log: Any, error: int) -> None:
    log = open_log()
    log.append([event(1)], NOW)
    cluster.fail(PRODUCE, [error, error])
    assert log.append([event(2), event(3)], NOW).accepted == 2
    assert everything(log, 3) == ["1", "2", "3"]


@pytest.mark.parametrize("error", REFUSING)
def test_a_refusal_is_one_line_and_the_same_call_again_works(cluster: Any, open_log: Any, error: int) -> None:
    log = open_log()
    log.append([event(1)], NOW)
    cluster.fail(PRODUCE, [error])
    with pytest.raises(EventLogError, match=r"^Kafka at [^\n]*; see that it runs, then try again$"):
        log.append([event(2)], NOW)
    for attempt in range(100):
        try:
            log.append([event(2)], NOW)
            break
        except EventLogError:  # a topic that was refused is asked for anew in the background
            assert attempt < 99
            time.sleep(0.1)
    assert everything(log, 2) == ["1", "2"]


def test_a_writer_that_lost_its_place_in_the_sequence_begins_anew(cluster: Any, open_log: Any) -> None:
    """Fatal for an idempotent producer: it refuses every later event, so the log must not keep it."""
    log = open_log()
    log.append([event(1)], NOW)
    cluster.fail(PRODUCE, [ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER])
    with pytest.raises(EventLogError):
        log.append([event(2)], NOW)
    assert log.append([event(2)], NOW).accepted == 1
    assert log.append([event(3)], NOW).accepted == 1
    assert everything(log, 3) == ["1", "2", "3"]


def test_reading_survives_errors_and_leaves_nothing_out(cluster: Any, open_log: Any) -> None:
    log = open_log()
    log.append([event(number) for number in range(30)], NOW)
    cluster.fail(FETCH, [ERROR.NOT_LEADER_FOR_PARTITION, ERROR.REQUEST_TIMED_OUT, ERROR.KAFKA_STORAGE_ERROR])
    assert everything(log, 30) == [str(number) for number in range(30)]


def test_the_leader_moves_and_a_broker_dies(cluster: Any, open_log: Any) -> None:
    log = open_log()
    cluster.lead(log.topic, 0, 1)
    log.append([event(1)], NOW)
    cluster.lead(log.topic, 0, 2)
    cluster.down(1)
    try:
        assert log.append([event(2)], NOW).accepted == 1
        assert everything(log, 2) == ["1", "2"]
    finally:
        cluster.up(1)


def test_a_broker_that_is_too_slow_is_one_line_and_what_it_kept_is_not_lost(cluster: Any, open_log: Any) -> None:
    log = open_log()
    for broker in (1, 2, 3):
        cluster.slow(broker, 6_000)
    try:
        with pytest.raises(EventLogError, match="see that it runs, then try again"):
            log.append([event(1)], NOW)
    finally:
        for broker in (1, 2, 3):
            cluster.slow(broker, 0)
    fresh = open_log()
    assert fresh.append([event(1)], NOW).accepted == 1
    assert set(everything(fresh, 1)) == {"1"}  # perhaps twice: the graph counts an id once
