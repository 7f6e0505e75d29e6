"""How an event gets into the log: judged, made durable, then acknowledged.

An event that is impossible by itself is refused at once, and where the graph answers also one that it has no place for.
While the graph is away such an event is kept, and becomes a dead letter when it is applied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from graph.errors import GraphError
from ingest.apply import End, misfit
from ingest.events import Event, problem
from ingest.log.event_log import EventLog

LookUp = Callable[[Sequence[Event]], Mapping[str, End]]
"""Finds the nodes that events name, see ``ingest.apply.ends_of``."""


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """An event that was not kept: its position in what was sent, and why."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class EventReceipt:
    """What became of the events: ``accepted + duplicates + len(rejected)`` is how many were sent."""

    accepted: int
    duplicates: int
    rejected: tuple[RejectedEvent, ...] = ()


def record(log: EventLog, events: Sequence[Event], now: int, look_up: LookUp | None = None) -> EventReceipt:
    """Keep the good ones of ``events``; they are durable when this returns.

    Args:
        log: where.
        events: in any order.
        now: unix seconds; what is more than a day later is rejected.
        look_up: asks the graph; without, or while it is away, only what is impossible by itself is rejected.

    Raises:
        EventLogError: nothing was kept; the same events can be sent again.
    """
    reasons = [problem(event, now) for event in events]
    possible = [event for event, reason in zip(events, reasons, strict=True) if reason is None]
    ends = _ends(possible, look_up)
    if ends is not None:
        reasons = [
            misfit(event, ends) if reason is None else reason for event, reason in zip(events, reasons, strict=True)
        ]
    good = [event for event, reason in zip(events, reasons, strict=True) if reason is None]
    rejected = tuple(RejectedEvent(index, reason) for index, reason in enumerate(reasons) if reason is not None)
    if not good:
        return EventReceipt(0, 0, rejected)
    appended = log.append(good, now)
    return EventReceipt(appended.accepted, appended.duplicates, rejected)


def _ends(events: Sequence[Event], look_up: LookUp | None) -> Mapping[str, End] | None:
    if look_up is None or not events:
        return None
    try:
        return look_up(events)
    except GraphError:
        return None
