"""How what listeners do reaches the graph: each event once, whatever is sent twice, in any order.

PLAY, SKIP, REPEAT, SAVE, UNSAVE, LIKE and ADD_TO_PLAYLIST move ``PLAYED`` (and ``SAVED``, ``LIKED``); DISLIKE, HATE,
BLOCK and FOLLOW write relationships of their own. IMPRESSION, SEARCH, DISMISS and BAD_RECOMMENDATION are only recorded
so far.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graph import weights
from graph.store import GraphStore
from ingest.load import E_FOLDING_S, remember_newest_event

ON_TRACKS = ("PLAY", "SKIP", "REPEAT", "SAVE", "UNSAVE", "LIKE", "ADD_TO_PLAYLIST")
RECORDED = ("IMPRESSION", "SEARCH", "DISMISS", "BAD_RECOMMENDATION")
RELATIONS = {"DISLIKE": "dislike", "HATE": "dislike", "BLOCK": "block", "FOLLOW": "follow"}
TARGETS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(ON_TRACKS, ("Track",)),
    **dict.fromkeys(("DISLIKE", "HATE", "BLOCK"), ("Track", "Artist", "Genre")),
    "FOLLOW": ("User", "Artist", "Playlist"),
    **dict.fromkeys(RECORDED, ()),
}
"""Kind of event -> labels that it may be about; none: anything, or nothing."""
FUTURE_S = 86_400
"""How far a client's clock may run ahead."""
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """Something a listener did.

    Attributes:
        client_event_id: the client's own name for it, unique per user; sent twice, it counts once.
        kind: a key of ``TARGETS``.
        user_id: who.
        target_id: about what: a track's id, for BLOCK and DISLIKE an artist's or genre's too; empty for SEARCH.
        at: unix seconds.
        listened_ms: how long a PLAY or SKIP sounded, None where unknown.
        until: when a BLOCK ends, unix seconds; None for never.
    """

    client_event_id: str
    kind: str
    user_id: str
    target_id: str
    at: int
    listened_ms: int | None = None
    until: int | None = None

    @property
    def id(self) -> str:
        """The event's id in the graph."""
        return f"{self.user_id}|{self.client_event_id}"


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """An event that was not applied: its position in what was sent, and why."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class EventReceipt:
    """What became of the events: ``accepted + duplicates + len(rejected)`` is how many were sent."""

    accepted: int
    duplicates: int
    rejected: tuple[RejectedEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class _End:
    """A node that an event names; the label is None where nothing has the id."""

    label: str | None
    duration_ms: int


def apply(store: GraphStore, events: Sequence[Event], now: int) -> EventReceipt:
    """Apply ``events`` to the graph, one round trip for each group of kinds and batch of 1000.

    An event and what it changes are one transaction; after an error the same events can be sent again.

    Args:
        store: the graph.
        events: in any order.
        now: unix seconds; what is more than a day later is rejected.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    ends = _ends(store, events)
    reasons = [_reason(event, ends, now) for event in events]
    rejected = tuple(RejectedEvent(index, reason) for index, reason in enumerate(reasons) if reason)
    good = {event.id: event for event, reason in zip(events, reasons, strict=True) if reason is None}
    groups: dict[str, list[Event]] = {}
    for event in good.values():
        groups.setdefault(_statement(event, ends), []).append(event)
    applied = {id for name in sorted(groups) for id in _apply_group(store, name, groups[name], ends)}
    if applied:
        remember_newest_event(store, min(now, max(good[id].at for id in applied)))
    return EventReceipt(len(applied), len(events) - len(rejected) - len(applied), rejected)


def create_user(store: GraphStore, user_id: str, *, name: str | None = None, created_at: int | None = None) -> bool:
    """Make sure that a user exists; whether it is new."""
    absent = dict.fromkeys(("sourceIds", "country", "timeZone", "allowExplicit"))
    columns: dict[str, Any] = {"id": [user_id], "name": [name], "createdAt": [created_at], **absent}
    return store.write("write/user", **columns).nodes_created > 0


def _ends(store: GraphStore, events: Iterable[Event]) -> dict[str, _End]:
    """Every node that the events name."""
    ids = sorted({id for event in events for id in (event.user_id, event.target_id) if id})
    rows = [
        row
        for start in range(0, len(ids), BATCH)
        for row in store.read("read/event_ends", ids=ids[start : start + BATCH])
    ]
    return {row["id"]: _End(row["label"], row["durationMs"] or weights.UNKNOWN_MS) for row in rows}


def _reason(event: Event, ends: dict[str, _End], now: int) -> str | None:
    """Why an event cannot be applied, None where it can."""
    if event.kind not in TARGETS:
        return f"unknown kind {event.kind!r}: use one of {', '.join(TARGETS)}"
    if not event.client_event_id:
        return "clientEventId is empty: give every event an id of its own"
    if not 0 < event.at <= now + FUTURE_S:
        return f"at {event.at} is no time up to a day from now ({now}): send unix seconds"
    if event.listened_ms is not None and event.listened_ms < 0:
        return f"listenedMs {event.listened_ms} is negative"
    if event.until is not None and event.until <= event.at:
        return f"until {event.until} is not after at {event.at}"
    if event.user_id not in ends or ends[event.user_id].label != "User":
        return f"unknown user {event.user_id!r}"
    allowed = TARGETS[event.kind]
    label = ends[event.target_id].label if event.target_id in ends else None
    if allowed and label is None:
        return f"unknown target {event.target_id!r}"
    if allowed and label not in allowed:
        return f"{event.kind} is about {' or '.join(allowed)}, {event.target_id!r} is a {label}"
    return None


def _statement(event: Event, ends: dict[str, _End]) -> str:
    """The statement that applies an event."""
    if event.kind in ON_TRACKS:
        return "write/events_on_tracks"
    if event.kind in RECORDED:
        return "write/events_recorded"
    return f"write/events_{RELATIONS[event.kind]}_{str(ends[event.target_id].label).lower()}"


def _apply_group(store: GraphStore, name: str, events: list[Event], ends: dict[str, _End]) -> list[str]:
    """Send the events of one statement; the ids of those that were new."""
    is_weighed = name == "write/events_on_tracks"
    constants = {"save": weights.DEFAULT.save, "eFoldingS": E_FOLDING_S} if is_weighed else {}
    applied: list[str] = []
    for start in range(0, len(events), BATCH):
        batch = events[start : start + BATCH]
        rows = _weighed(batch, ends) if is_weighed else [_row(event) for event in batch]
        applied += store.write(name, events=rows, **constants).rows[0]["applied"]
    return applied


def _row(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "kind": event.kind,
        "user": event.user_id,
        "target": event.target_id,
        "at": event.at,
        "listenedMs": event.listened_ms,
        "until": event.until,
    }


def _weighed(events: list[Event], ends: dict[str, _End]) -> list[dict[str, Any]]:
    """Events with their undecayed weight and what they count; a SAVE's weight is left to the statement."""
    kinds = [event.kind for event in events]
    listened = [weights.UNKNOWN_MS if event.listened_ms is None else event.listened_ms for event in events]
    durations = [ends[event.target_id].duration_ms for event in events]
    part = weights.fractions(kinds, listened, durations)
    values = weights.values(kinds, part)
    return [
        {
            **_row(event),
            "value": 0.0 if event.kind == "SAVE" else float(value),
            "plays": int(event.kind == "PLAY"),
            "completed": int(event.kind == "PLAY" and heard >= 1 and event.listened_ms is not None and duration > 0),
            "skips": int(event.kind == "SKIP"),
        }
        for event, value, heard, duration in zip(events, values.tolist(), part.tolist(), durations, strict=True)
    ]
