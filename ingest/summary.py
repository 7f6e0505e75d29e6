"""What a data set that was read says of listening, in one line of numbers: who, how much, from when to when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.assemble import Column
from ingest.records import Records
from ingest.source import EVENT


@dataclass(frozen=True, slots=True)
class Summary:
    """Aggregates of a data set.

    Attributes:
        users, tracks, artists, playlists: nodes.
        plays: how often something was played; a skip is no play.
        skips: how often something was skipped.
        first_at, last_at: unix seconds of the earliest and latest event; None without any.
    """

    users: int
    tracks: int
    artists: int
    playlists: int
    plays: int
    skips: int
    first_at: int | None
    last_at: int | None


def summary(records: dict[str, Records]) -> Summary:
    """Count what was read."""
    nodes = {name: len(records[name]) if name in records else 0 for name in ("user", "track", "artist", "playlist")}
    events, played = _columns(records, EVENT), _columns(records, "played")
    kinds = events.get("kind", np.zeros(0, np.str_))
    times = [found[name] for found, name in _times(events, played) if len(found[name])]
    return Summary(
        nodes["user"],
        nodes["track"],
        nodes["artist"],
        nodes["playlist"],
        plays=int((kinds == "PLAY").sum()) + _total(played, "count"),
        skips=int((kinds == "SKIP").sum()) + _total(played, "skips"),
        first_at=min((int(column.min()) for column in times), default=None),
        last_at=max((int(column.max()) for column in times), default=None),
    )


def _times(events: dict[str, Column], played: dict[str, Column]) -> list[tuple[dict[str, Column], str]]:
    pairs = ((events, "at"), (played, "firstAt"), (played, "lastAt"))
    return [(found, name) for found, name in pairs if name in found]


def _columns(records: dict[str, Records], kind: str) -> dict[str, Column]:
    return records[kind].columns if kind in records else {}


def _total(columns: dict[str, Column], name: str) -> int:
    return int(np.maximum(columns[name], 0).sum()) if name in columns else 0
