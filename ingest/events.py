"""What listeners do, event by event: the kinds, what each may be about, and what makes one impossible.

``ingest.log`` keeps events durably, ``ingest.apply`` moves them into the graph.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

ON_TRACKS = ("PLAY", "SKIP", "REPEAT", "SAVE", "UNSAVE", "LIKE", "ADD_TO_PLAYLIST")
"""They move ``PLAYED``, and ``SAVED`` or ``LIKED``."""
RECORDED = ("IMPRESSION", "SEARCH", "DISMISS", "BAD_RECOMMENDATION")
"""They are kept, and change nothing in the graph so far."""
TARGETS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(ON_TRACKS, ("Track",)),
    **dict.fromkeys(("DISLIKE", "HATE", "BLOCK"), ("Track", "Artist", "Genre")),
    "FOLLOW": ("User", "Artist", "Playlist"),
    **dict.fromkeys(RECORDED, ()),
}
"""Kind of event -> labels that it may be about; none: anything, or nothing."""
FUTURE_S = 86_400
"""How far a client's clock may run ahead."""
LONGEST_TEXT = 500
"""Characters of an id: more is a mistake, and would be kept for ever."""
LONGEST_WORD = 40
"""Characters of a device or an activity: a kind, not a description."""
OFFSETS_MIN = (-720, 840)
"""Minutes that a clock on Earth is ahead of UTC, from Baker Island to Kiribati."""
_GREATEST = 2**53
"""Whole numbers up to here survive JSON everywhere."""
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_TEXTS = {"client_event_id": "clientEventId", "kind": "kind", "user_id": "userId", "target_id": "targetId"}
_NUMBERS = {"at": "at", "listened_ms": "listenedMs", "until": "until", "utc_offset_min": "utcOffsetMinutes"}
_WORDS = {"device": "device", "activity": "activity"}
FIELDS = {**_TEXTS, **_NUMBERS, **_WORDS}
"""Attribute -> the name it has in JSON, in Parquet and in GraphQL."""


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
        utc_offset_min: minutes that the listener's clock was ahead of UTC; None where unknown.
        device: what it was heard on, such as ``phone``; None where unknown.
        activity: what the listener was doing, such as ``commute``; None where unknown.
    """

    client_event_id: str
    kind: str
    user_id: str
    target_id: str
    at: int
    listened_ms: int | None = None
    until: int | None = None
    utc_offset_min: int | None = None
    device: str | None = None
    activity: str | None = None

    @property
    def knows_moment(self) -> bool:
        """Whether anything but the time is known of the moment."""
        return self.utc_offset_min is not None or bool(self.device or self.activity)

    @property
    def id(self) -> str:
        """The event's own id: whose it is, and the client's name for it."""
        return f"{self.user_id}|{self.client_event_id}"


assert set(FIELDS) == {field.name for field in fields(Event)}


def problem(event: Event, now: int) -> str | None:
    """Why an event is impossible, judged by itself alone; None for a good one.

    Args:
        event: as it came.
        now: unix seconds; what is more than a day later is impossible.
    """
    if event.kind not in TARGETS:
        return f"unknown kind {event.kind[:80]!r}: use one of {', '.join(TARGETS)}"
    if not event.client_event_id:
        return "clientEventId is empty: give every event an id of its own"
    for name, text in ((_TEXTS[name], getattr(event, name)) for name in _TEXTS):
        if len(text) > LONGEST_TEXT:
            return f"{name} has {len(text)} characters: at most {LONGEST_TEXT} are kept"
        if _UNSTORABLE.search(text):
            return f"{name} {text[:80]!r} has control signs"
    if not 0 < event.at <= now + FUTURE_S:
        return f"at {event.at} is no time up to a day from now ({now}): send unix seconds"
    if event.listened_ms is not None and not 0 <= event.listened_ms <= _GREATEST:
        return f"listenedMs {event.listened_ms} is {'negative' if event.listened_ms < 0 else 'too great'}"
    if event.until is not None and not event.at < event.until <= _GREATEST:
        return f"until {event.until} is not after at {event.at}"
    if TARGETS[event.kind] and not event.target_id:
        return f"targetId is empty: {event.kind} is about {' or '.join(TARGETS[event.kind])}"
    return _problem_of_moment(event)


def _problem_of_moment(event: Event) -> str | None:
    if event.utc_offset_min is not None and not OFFSETS_MIN[0] <= event.utc_offset_min <= OFFSETS_MIN[1]:
        return f"utcOffsetMinutes {event.utc_offset_min} is on no clock: send {OFFSETS_MIN[0]} to {OFFSETS_MIN[1]}"
    for name, word in ((_WORDS[name], getattr(event, name) or "") for name in _WORDS):
        if len(word) > LONGEST_WORD:
            return f"{name} has {len(word)} characters: say a kind, such as phone or commute, in {LONGEST_WORD} at most"
        if _UNSTORABLE.search(word):
            return f"{name} {word!r} has control signs"
    return None


def as_json(event: Event) -> dict[str, Any]:
    """An event as a JSON object, absent values left out."""
    values = ((name, getattr(event, attribute)) for attribute, name in FIELDS.items())
    return {name: value for name, value in values if value is not None}


def from_json(said: object) -> Event:
    """Read a JSON object as ``as_json`` writes it.

    Raises:
        ValueError: it is no such object; the message is one line for whoever sent it.
    """
    if not isinstance(said, Mapping):
        raise ValueError(f"{str(said)[:80]!r} is no JSON object")
    unknown = sorted(str(name) for name in set(said) - set(FIELDS.values()))
    if unknown:
        raise ValueError(f"unknown field {unknown[0][:80]!r}: use {', '.join(FIELDS.values())}")
    values: dict[str, Any] = {}
    for attribute, name in _TEXTS.items():
        text = said.get(name, "" if attribute == "target_id" else None)
        if not isinstance(text, str):
            raise ValueError(f"{name} is missing" if text is None else f"{name} {str(text)[:80]!r} is no text")
        values[attribute] = text
    for attribute, name in _NUMBERS.items():
        number = said.get(name)
        if number is None and attribute != "at":
            continue
        if not isinstance(number, int) or isinstance(number, bool):
            raise ValueError(f"{name} is missing" if number is None else f"{name} {str(number)[:80]!r} is no number")
        values[attribute] = number
    for attribute, name in _WORDS.items():
        word = said.get(name)
        if word is not None and not isinstance(word, str):
            raise ValueError(f"{name} {str(word)[:80]!r} is no text")
        values[attribute] = word
    return Event(**values)
