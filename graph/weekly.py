"""Discover Weekly in the graph: one Playlist node per listener and ISO week, with its tracks and its whole answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from graph.store import GraphStore


class _Place(Protocol):
    """One place of a list."""

    @property
    def track_id(self) -> str: ...
    @property
    def position(self) -> int: ...
    @property
    def score(self) -> float: ...
    @property
    def source(self) -> str: ...
    @property
    def reason(self) -> str: ...


class _List(Protocol):
    """One list that is kept."""

    @property
    def user_id(self) -> str: ...
    @property
    def week(self) -> str: ...
    @property
    def answer(self) -> str: ...
    @property
    def tracks(self) -> Sequence[_Place]: ...


TOGETHER = 50
"""Lists in one transaction."""


class WeeklyPlaylists:
    """Keeps the lists in Neo4j, so that analysts and curators see what listeners got."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store

    def stored(self, user_id: str, week: str) -> str | None:
        """The answer kept for this user and week, or None."""
        rows = self._store.read("read/weekly", id=playlist_id(user_id, week))
        return str(rows[0]["answer"]) if rows else None

    def earlier_tracks(self, user_id: str, weeks: Sequence[str]) -> frozenset[str]:
        """Ids of the tracks on the lists of these weeks."""
        return self.earlier_of([user_id], weeks)[user_id]

    def earlier_of(self, user_ids: Sequence[str], weeks: Sequence[str]) -> dict[str, frozenset[str]]:
        """The same of many users, in one statement."""
        owner = {playlist_id(user_id, week): user_id for user_id in user_ids for week in weeks}
        found: dict[str, set[str]] = {user_id: set() for user_id in user_ids}
        for row in self._store.read("read/weekly_tracks", ids=list(owner)):
            found[owner[row["id"]]].update(row["tracks"])
        return {user_id: frozenset(tracks) for user_id, tracks in found.items()}

    def keep(
        self, user_id: str, week: str, answer: str, tracks: Sequence[_Place], *, created_at: int, replace: bool
    ) -> str:
        """Keep an answer, in one transaction, unless there is one already and ``replace`` is False.

        Returns:
            The kept answer: of two processes that make the same list the first one's wins.
        """
        self._write([_row(user_id, week, answer, tracks)], created_at, replace)
        kept = self.stored(user_id, week)
        return answer if kept is None else kept

    def keep_all(self, lists: Sequence[_List], *, created_at: int, replace: bool) -> None:
        """Keep many answers, each whole or not at all, as ``keep`` keeps one."""
        for start in range(0, len(lists), TOGETHER):
            part = [_row(one.user_id, one.week, one.answer, one.tracks) for one in lists[start : start + TOGETHER]]
            self._write(part, created_at, replace)

    def _write(self, rows: Sequence[dict[str, Any]], created_at: int, replace: bool) -> None:
        self._store.write("write/weekly", lists=list(rows), createdAt=created_at, replace=replace)


def _row(user_id: str, week: str, answer: str, tracks: Sequence[_Place]) -> dict[str, Any]:
    return {
        "id": playlist_id(user_id, week),
        "user": user_id,
        "week": week,
        "answer": answer,
        "track": [place.track_id for place in tracks],
        "position": [place.position for place in tracks],
        "score": [place.score for place in tracks],
        "source": [place.source for place in tracks],
        "reason": [place.reason for place in tracks],
    }


def playlist_id(user_id: str, week: str) -> str:
    """The id of the Playlist node of a listener's week."""
    return f"weekly:{user_id}:{week}"
