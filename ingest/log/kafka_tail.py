"""The end of a Kafka log in memory, by listener: what a process reads ahead of the graph."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ingest.events import Event
from ingest.log.event_log import Logged, Positions, Unreadable

if TYPE_CHECKING:
    import confluent_kafka as kafka

AT_ONCE = 1000
WAIT_S = 1.0
"""How long a reader waits for what this process has appended."""


class KafkaTail:
    """Reads along in a thread of its own, and forgets what the graph has.

    Args:
        consumer: assigned to all partitions; ended by ``close``.
        positions: where it begins.
        parse: makes an event of a message.
    """

    def __init__(
        self,
        consumer: kafka.Consumer,
        positions: Positions,
        parse: Callable[[kafka.Message], Logged | Unreadable],
    ) -> None:
        self._consumer, self._parse = consumer, parse
        self._reached, self._forgotten = dict(positions), dict(positions)
        self._events: dict[str, list[Logged]] = {}
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="kafka-tail", daemon=True)
        self._thread.start()

    def of(self, user_id: str, since: Positions, appended: Positions) -> list[Event]:
        """A listener's events from ``since`` on; those below ``appended`` are waited for."""
        until = time.monotonic() + WAIT_S
        with self._changed:
            while any(self._reached.get(partition, 0) < end for partition, end in appended.items()):
                if not self._changed.wait(until - time.monotonic()):
                    break
            self._forget(since)
            return [
                logged.event
                for logged in self._events.get(user_id, ())
                if logged.offset >= since.get(logged.partition, 0)
            ]

    def close(self) -> None:
        """End the thread and the consumer."""
        self._is_closed = True
        self._thread.join()
        self._consumer.close()

    def _forget(self, since: Positions) -> None:
        """Let go what the graph has, once that is a good deal more than before."""
        newer = {partition: offset for partition, offset in since.items() if offset > self._forgotten.get(partition, 0)}
        if sum(offset - self._forgotten.get(partition, 0) for partition, offset in newer.items()) < AT_ONCE:
            return
        self._forgotten |= newer
        for user_id in list(self._events):
            left = [one for one in self._events[user_id] if one.offset >= self._forgotten.get(one.partition, 0)]
            if left:
                self._events[user_id] = left
            else:
                del self._events[user_id]

    def _run(self) -> None:
        while not self._is_closed:
            first = self._consumer.poll(0.2)
            if first is None:
                continue
            messages = [first, *self._consumer.consume(AT_ONCE, 0)]
            with self._changed:
                for message in messages:
                    if message.error() is None:
                        record = self._parse(message)
                        self._reached[record.partition] = record.offset + 1
                        if isinstance(record, Logged):
                            self._events.setdefault(record.event.user_id, []).append(record)
                self._changed.notify_all()
