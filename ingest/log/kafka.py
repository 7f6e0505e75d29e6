"""The event log of many machines: a Kafka topic, its partitions chosen by listener.

Kafka delivers at least once and refuses no duplicate: the graph counts an id once (``ingest.apply``). After an error of
``append`` some of its events may have been kept; sent again they count once all the same.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from graph.errors import EventLogError
from ingest.events import Event, as_json, from_json
from ingest.log.event_log import Appended, Batch, Logged, Positions, Unreadable
from ingest.log.kafka_tail import KafkaTail

try:
    import confluent_kafka as kafka
    from confluent_kafka.admin import AdminClient
    from confluent_kafka.cimpl import NewTopic
except ImportError as error:  # pragma: no cover - the extra is a part of every developer's installation
    raise EventLogError(
        "PHONOGRAPH_EVENTS__LOG=kafka needs the package confluent-kafka: pip install 'phonograph[kafka]'"
    ) from error

GROUP = "phonograph"
"""Under this name Kafka's own tools show how far the graph is."""
PATIENCE_S = 5.0
"""How long the broker may be away before a call gives up."""
MORE_S = 0.005
"""After the first event of a poll: how long others may take to arrive with it."""

_log = logging.getLogger(__name__)
_QUIET = logging.getLogger(f"{__name__}.librdkafka")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False  # it repeats each second what our errors say once


class KafkaLog:
    """An ``EventLog`` in one topic, which is made when missing.

    Args:
        servers: where to begin: ``host:port``, several with commas.
        topic: its name.
        partitions: how many a new topic gets.
        patience_s: how long the broker may be away before a call gives up.
        options: of librdkafka, for all clients.

    Raises:
        EventLogError: no broker answers, or the topic cannot be made.
    """

    drops_duplicates = False

    def __init__(
        self,
        servers: str,
        topic: str,
        partitions: int = 4,
        *,
        patience_s: float = PATIENCE_S,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.topic, self._servers, self._patience_s = topic, servers, patience_s
        common = {"bootstrap.servers": servers, "socket.timeout.ms": int(patience_s * 1e3), **(options or {})}
        self._common = common
        reading = {"group.id": GROUP, "enable.auto.commit": False, "auto.offset.reset": "earliest"}
        self._consumer = kafka.Consumer({**common, **reading}, logger=_QUIET)
        self._producer, self._producer_lock = self._new_producer(), threading.Lock()
        self._admin = AdminClient(common, logger=_QUIET)
        self._next: dict[int, int] = {}
        self._appended: dict[int, int] = {}
        self._tail: KafkaTail | None = None
        self._tail_lock = threading.Lock()
        try:
            self._id = self._described(partitions)
        except BaseException:
            self.close()
            raise

    @property
    def name(self) -> str:
        """See ``EventLog``."""
        return self._id

    def append(self, events: Sequence[Event], received_at: int) -> Appended:
        """See ``EventLog``; on an error some may have been kept."""
        producer = self._producer
        try:
            with self._speaking():
                reports = self._sent(producer, events, received_at)
        except EventLogError as error:
            if not _is_fatal(error.__cause__):
                raise
            with self._speaking():
                reports = self._sent(self._renewed(producer), events, received_at)
        if reports.missing or reports.error:
            raise EventLogError(self._away(reports.error or "no confirmation in time"))
        for partition, end in reports.end.items():
            self._appended[partition] = max(end, self._appended.get(partition, 0))
        return Appended(len(events), 0, reports.end)

    def _sent(self, producer: kafka.Producer, events: Sequence[Event], received_at: int) -> _Reports:
        """Send and wait; what became of it."""
        reports = _Reports(len(events))
        until = time.monotonic() + 2 * self._patience_s  # librdkafka reports a failure after one
        for event in events:
            value = json.dumps({**as_json(event), "receivedAt": received_at}, ensure_ascii=False)
            self._produce(producer, event.user_id, value, reports, until)
        while reports.missing and time.monotonic() < until:
            producer.poll(0.01)
        return reports

    def _new_producer(self) -> kafka.Producer:
        patience_ms = int(self._patience_s * 1e3)
        writing = {"enable.idempotence": True, "acks": "all", "linger.ms": 2, "message.timeout.ms": patience_ms}
        return kafka.Producer({**self._common, **writing}, logger=_QUIET)

    def _renewed(self, spent: kafka.Producer) -> kafka.Producer:
        """The producer after one that lost its place in the sequence, and would refuse everything from then on."""
        with self._producer_lock:
            if self._producer is spent:  # else another thread was faster
                self._producer = self._new_producer()
            return self._producer

    def poll(self, most: int, timeout_s: float) -> Batch:
        """See ``EventLog``."""
        if not self._next:
            self.seek({})
        with self._speaking():
            first = self._consumer.poll(timeout_s)
            messages = [] if first is None else [first]
            if first is not None and most > 1:
                messages += self._consumer.consume(most - 1, MORE_S)
        errors = [error for message in messages if (error := message.error()) is not None]
        records = [message for message in messages if message.error() is None]
        lasting = [error for error in errors if not self._passes(error)]
        if lasting and not records:  # what was read before an error must not go with it: one that lasts comes again
            raise EventLogError(self._away(lasting[0].str()))
        return self._batch(records)

    def seek(self, positions: Positions) -> None:
        """See ``EventLog``."""
        with self._speaking():
            places = {partition: positions.get(partition, 0) for partition in self._partitions()}
            self._consumer.assign([self._at(partition, offset) for partition, offset in places.items()])
        self._next = places

    def commit(self, positions: Positions) -> None:
        """See ``EventLog``; a failure is only told to the program's log."""
        try:
            offsets = [self._at(partition, offset) for partition, offset in positions.items()]
            if offsets:
                self._consumer.commit(offsets=offsets, asynchronous=False)
        except kafka.KafkaException as error:
            _log.warning("Kafka was not told how far the graph is: %s", error)

    def committed(self) -> Positions:
        """See ``EventLog``."""
        with self._speaking():
            asked = [self._at(partition) for partition in self._partitions()]
            found = self._consumer.committed(asked, timeout=self._patience_s)
        return {place.partition: place.offset for place in found if place.offset >= 0}

    def end(self) -> Positions:
        """See ``EventLog``."""
        with self._speaking():
            return {
                partition: self._consumer.get_watermark_offsets(self._at(partition), timeout=self._patience_s)[1]
                for partition in self._partitions()
            }

    def pending(self, user_id: str, since: Positions) -> list[Event]:
        """See ``EventLog``; what this object appended is there, what others appended after a moment."""
        with self._tail_lock:
            if self._tail is None:
                self._tail = self._open_tail({**self.committed(), **since})
        return self._tail.of(user_id, since, dict(self._appended))

    def forget(self, before: Positions) -> None:
        """See ``EventLog``: how long Kafka keeps a topic is the topic's own setting."""

    def close(self) -> None:
        """See ``EventLog``."""
        if self._tail is not None:
            self._tail.close()
        self._consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _described(self, partitions: int) -> str:
        """Make sure that there is a topic; what it and its cluster are called for good."""
        with self._speaking():
            if self.topic not in self._admin.list_topics(timeout=self._patience_s).topics:
                self._make(partitions)
            cluster = self._admin.list_topics(timeout=self._patience_s).cluster_id
            asked = kafka.TopicCollection([self.topic])
            described = self._admin.describe_topics(asked, request_timeout=self._patience_s)[self.topic].result()
        return f"kafka:{cluster}/{self.topic}/{described.topic_id}"

    def _make(self, partitions: int) -> None:
        made = self._admin.create_topics([NewTopic(self.topic, partitions)], operation_timeout=self._patience_s)
        try:
            made[self.topic].result(self._patience_s)
        except kafka.KafkaException as error:
            if error.args[0].code() != kafka.KafkaError.TOPIC_ALREADY_EXISTS:  # another process was faster
                raise
        until = time.monotonic() + self._patience_s
        while True:  # a new topic has no leaders for a moment
            try:
                for partition in range(partitions):
                    self._consumer.get_watermark_offsets(self._at(partition), timeout=self._patience_s)
                return
            except kafka.KafkaException:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def _partitions(self) -> list[int]:
        return sorted(self._admin.list_topics(self.topic, timeout=self._patience_s).topics[self.topic].partitions)

    def _at(self, partition: int, offset: int = 0) -> kafka.TopicPartition:
        return kafka.TopicPartition(self.topic, partition, offset)

    def _produce(self, producer: kafka.Producer, key: str, value: str, reports: _Reports, until: float) -> None:
        while True:
            try:
                producer.produce(self.topic, value.encode(), key.encode(), on_delivery=reports.take)
                return
            except BufferError:  # full: let it drain
                if time.monotonic() > until:
                    raise EventLogError(self._away("its buffer is full")) from None
                producer.poll(0.01)

    @staticmethod
    def _passes(error: kafka.KafkaError) -> bool:
        return error.retriable() or error.code() == kafka.KafkaError._PARTITION_EOF

    def _batch(self, messages: Sequence[kafka.Message]) -> Batch:
        events, unreadable = list[Logged](), list[Unreadable]()
        start, end = dict[int, int](), dict[int, int]()
        for message in messages:
            record = parsed(message)
            if isinstance(record, Logged):
                events.append(record)
            else:
                unreadable.append(record)
            start.setdefault(record.partition, self._next.get(record.partition, record.offset))
            end[record.partition] = record.offset + 1
        self._next |= end
        return Batch(tuple(events), tuple(unreadable), start, end)

    def _open_tail(self, positions: Positions) -> KafkaTail:
        reading = {"group.id": f"{GROUP}-tail", "enable.auto.commit": False, "auto.offset.reset": "earliest"}
        consumer = kafka.Consumer({**self._common, **reading, "fetch.wait.max.ms": 100}, logger=_QUIET)
        with self._speaking():
            places = {partition: positions.get(partition, 0) for partition in self._partitions()}
            consumer.assign([self._at(partition, offset) for partition, offset in places.items()])
        return KafkaTail(consumer, places, parsed)

    def _away(self, reason: str) -> str:
        return f"Kafka at {self._servers}, topic {self.topic}: {reason}; see that it runs, then try again"

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except (kafka.KafkaException, TimeoutError) as error:
            told = error.args[0].str() if error.args and isinstance(error.args[0], kafka.KafkaError) else str(error)
            raise EventLogError(self._away(told or "no answer in time")) from error


def _is_fatal(cause: BaseException | None) -> bool:
    return isinstance(cause, kafka.KafkaException) and cause.args[0].code() == kafka.KafkaError._FATAL


class _Reports:
    """What became of the events of one append."""

    def __init__(self, missing: int) -> None:
        self.missing = missing
        self.error: str | None = None
        self.end: dict[int, int] = {}
        self._lock = threading.Lock()

    def take(self, error: kafka.KafkaError | None, message: kafka.Message) -> None:
        with self._lock:
            self.missing -= 1
            if error is not None:
                self.error = error.str()
            else:
                partition, offset = message.partition(), message.offset()
                assert partition is not None  # it was delivered
                assert offset is not None
                self.end[partition] = max(offset + 1, self.end.get(partition, 0))


def parsed(message: kafka.Message) -> Logged | Unreadable:
    """The event in a message, or what is wrong with it."""
    partition, offset, value = message.partition(), message.offset(), message.value()
    assert partition is not None  # it was read from there
    assert offset is not None
    try:
        said = json.loads(value or b"")
        if not isinstance(said, dict) or not isinstance(received_at := said.pop("receivedAt", None), int):
            raise ValueError("receivedAt is missing")
        return Logged(partition, offset, from_json(said), received_at)
    except (ValueError, RecursionError) as error:
        payload = (value if isinstance(value, bytes) else b"").decode("utf-8", "backslashreplace")
        return Unreadable(partition, offset, payload, f"no event: {str(error)[:200]}")
