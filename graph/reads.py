"""What the core asks the graph while it answers: who is this listener, does this path hold, what is called that."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.edits import Edit, edit_of
from graph.errors import InvalidRequestError, NotFoundError
from graph.store import GraphStore

PROFILE_TIMEOUT_S = 2.0
VERIFY_TIMEOUT_S = 3.0
SEARCH_TIMEOUT_S = 2.0

SEARCHABLE = ("Track", "Artist", "Genre", "Playlist")
"""The labels of the full-text index ``names``."""

_LUCENE = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')
_OPERATORS = {"AND", "OR", "NOT"}
_WORDS = 12
LEAST_HITS, MOST_HITS = 100, 10_000
"""How many hits of the index a search looks through: at first, and at most."""

SHAPES: dict[tuple[str, str, str], str] = {
    ("User", "PLAYED", "Track"): "played",
    ("User", "FOLLOWS", "Artist"): "follows_artist",
    ("Track", "PERFORMED_BY", "Artist"): "performed_by",
    ("Track", "IN_GENRE", "Genre"): "track_genre",
    ("Playlist", "CONTAINS", "Track"): "contains",
    ("Track", "PLAYED_WITH", "Track"): "played_with",
    ("Artist", "PLAYED_WITH", "Artist"): "artist_played_with",
    ("Track", "SOUNDS_LIKE", "Track"): "sounds_like",
    ("Genre", "ADJACENT_TO", "Genre"): "adjacent_to",
}
"""Label, relationship type, label of the facts that can be verified -> their name in ``read/verify``.

The relations between equals (PLAYED_WITH, SOUNDS_LIKE, ADJACENT_TO) hold in either direction.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Plays:
    """What somebody else played: str [n], plays float32 [n] above 0, and unix seconds of the last play int64 [n]."""

    track_ids: NDArray[np.str_]
    counts: NDArray[np.float32]
    last_at: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """What the graph knows of one listener at a moment.

    Attributes:
        track_ids: str [n] of the played tracks, oldest first, ties by id.
        counts: float32 [n] plays of each; 0 for what was only ever skipped.
        last_at: int64 [n] unix seconds of the last play.
        skips: float32 [n].
        blocked: ids of blocked tracks, artists and genres, those whose time ran out left out.
        disliked: ids of disliked tracks.
        allow_explicit: whether explicit tracks may be shown.
        time_zone: IANA name, or None.
        applied: name of an event log -> how far it had been applied: the offset of the next event, by partition.
        followed: the last plays of those whom the listener follows, at most 50 of them: at most 20 plays of each, 200
            where the listener has played nothing.
        followed_artists: ids.
        edits: what they decided about their taste, none of it taken back, not yet worked into the rest.
        liked: ids of tracks that they said they like -> unix seconds.
        first_at: int64 [n] unix seconds of the first play; None where it was not asked for.
        country: its two letters or its name, as it was imported; or None.
    """

    user_id: str
    name: str | None
    track_ids: NDArray[np.str_]
    counts: NDArray[np.float32]
    last_at: NDArray[np.int64]
    skips: NDArray[np.float32]
    blocked: frozenset[str] = frozenset()
    disliked: frozenset[str] = frozenset()
    allow_explicit: bool = True
    time_zone: str | None = None
    applied: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    followed: tuple[Plays, ...] = ()
    followed_artists: frozenset[str] = frozenset()
    edits: tuple[Edit, ...] = ()
    liked: Mapping[str, int] = field(default_factory=dict)
    first_at: NDArray[np.int64] | None = None
    country: str | None = None

    @classmethod
    def empty(cls, user_id: str) -> Profile:
        """A listener of whom nothing is known."""
        return cls(
            user_id,
            None,
            np.empty(0, np.str_),
            np.empty(0, np.float32),
            np.empty(0, np.int64),
            np.empty(0, np.float32),
        )


class Step(NamedTuple):
    """One fact that a path claims: a relationship, in the direction in which the graph holds it."""

    from_label: str
    from_id: str
    type: str
    to_label: str
    to_id: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A node that a search found; scores of one search can be compared with each other."""

    label: str
    id: str
    name: str
    score: float


class GraphReads:
    """The reads of the core, typed; safe to share between threads."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store

    def profile(
        self, user_id: str, as_of: int, *, unpersonal: Container[str] = frozenset(), firsts: bool = False
    ) -> Profile:
        """What was known of a listener at ``as_of``, unix seconds; one statement.

        Of a track that was played both before and after, only its first play is known for certain: it counts once.

        Args:
            user_id: the graph's id, or an id of a source where only one user has it.
            as_of: nothing later is known.
            unpersonal: of these users nothing is read but what they decided.
            firsts: whether the first play of each track is wanted.

        Raises:
            NotFoundError: there is no such user, or a source's id is that of several.
            GraphError: Neo4j is absent, refuses, or takes too long.
        """
        row = self._profile_row(user_id, as_of, unpersonal, firsts)
        if row is None:
            row = self._profile_row(self._user_of_source(user_id), as_of, unpersonal, firsts)
        if row is None:
            raise NotFoundError(_no_user(user_id))
        return _profile(row)

    def unpersonal(self) -> frozenset[str]:
        """Ids of the users who want no personal answers."""
        return frozenset(str(row["user"]) for row in self._store.read("read/unpersonal", timeout_s=PROFILE_TIMEOUT_S))

    def verify(self, steps: Sequence[Step]) -> list[bool]:
        """Whether the graph holds each step; one statement, whatever their number.

        Raises:
            GraphError: Neo4j is absent, refuses, or takes too long.
        """
        asked = [
            [place, shape, from_id, to_id]
            for place, (from_label, from_id, type, to_label, to_id) in enumerate(steps)
            if (shape := SHAPES.get((from_label, type, to_label)))
        ]
        if not asked:
            return [False] * len(steps)
        held = set(self._store.read("read/verify", timeout_s=VERIFY_TIMEOUT_S, steps=asked)[0]["places"])
        return [place in held for place in range(len(steps))]

    def search(self, text: str, labels: Sequence[str] = SEARCHABLE, first: int = 20) -> list[Hit]:
        """Nodes by words of their names, best first: whole phrases, all words, beginnings, and near misses.

        Raises:
            InvalidRequestError: no word in the text, or a label that has no names.
            GraphError: Neo4j is absent, refuses, or takes too long.
        """
        unknown = sorted(set(labels) - set(SEARCHABLE))
        if unknown:
            raise InvalidRequestError(f"cannot search for {unknown[0]!r}: choose from {', '.join(SEARCHABLE)}")
        limit, query = max(first, LEAST_HITS), lucene(text)
        while True:
            row = self._store.read(
                "read/search", timeout_s=SEARCH_TIMEOUT_S, query=query, limit=limit, labels=list(labels), n=first
            )[0]
            if len(row["found"]) >= first or row["hits"] < limit or limit >= MOST_HITS:
                return [Hit(*hit) for hit in row["found"]]
            limit *= 10  # what was left out took the places of what was looked for

    def newest_event(self) -> int:
        """Unix seconds of the newest event that the graph has seen, 0 before the first."""
        rows = self._store.read("read/newest_event")
        return int(rows[0]["newestAt"]) if rows and rows[0]["newestAt"] is not None else 0

    def _profile_row(
        self, user_id: str, as_of: int, unpersonal: Container[str], firsts: bool
    ) -> dict[str, object] | None:
        if user_id in unpersonal:
            rows = self._store.read("read/decisions", timeout_s=PROFILE_TIMEOUT_S, user=user_id, asOf=as_of)
            return {**{name: [] for name in _OF_BEHAVIOUR}, **rows[0]} if rows else None
        rows = self._store.read("read/profile", timeout_s=PROFILE_TIMEOUT_S, user=user_id, asOf=as_of, firsts=firsts)
        return rows[0] if rows else None

    def _user_of_source(self, source_id: str) -> str:
        rows = self._store.read("read/user_by_source", sourceId=source_id)
        if not rows:
            raise NotFoundError(_no_user(source_id))
        if len(rows) > 1:
            raise NotFoundError(
                f"{source_id!r} is the id of several users: give one of {rows[0]['id']}, {rows[1]['id']}"
            )
        return str(rows[0]["id"])


def _no_user(user_id: str) -> str:
    return f"there is no user {user_id!r}: give the id of an imported user, such as lfm1m:user:2653"


_OF_BEHAVIOUR = ("track", "count", "lastAt", "skips", "disliked", "followed", "followedArtists", "firstAt", "liked")
"""The columns of ``read/profile`` that ``read/decisions`` lacks."""


def _profile(row: dict[str, object]) -> Profile:
    """A row of ``read/profile``, its plays put in order."""
    tracks = np.array(row["track"], np.str_)
    last_at = np.array(row["lastAt"], np.int64)
    order = np.lexsort((tracks, last_at)) if len(tracks) else np.empty(0, np.int64)
    first_at = np.array(row["firstAt"], np.int64)
    edits, liked = row["edits"], row["liked"]
    assert isinstance(edits, list)
    assert isinstance(liked, list)
    return Profile(
        user_id=str(row["id"]),
        name=None if row["name"] is None else str(row["name"]),
        track_ids=tracks[order],
        counts=np.array(row["count"], np.float32)[order],
        last_at=last_at[order],
        skips=np.array(row["skips"], np.float32)[order],
        blocked=_ids(row["blocked"]),
        disliked=_ids(row["disliked"]),
        allow_explicit=row["allowExplicit"] is not False,
        time_zone=None if row["timeZone"] is None else str(row["timeZone"]),
        country=None if row["country"] is None else str(row["country"]),
        applied=_applied(row["applied"]),
        followed=_followed(row["followed"]),
        followed_artists=_ids(row["followedArtists"]),
        edits=tuple(sorted(map(edit_of, edits), key=lambda edit: edit.number)),
        liked={str(track): int(at) for track, at in liked},
        first_at=first_at[order] if len(first_at) == len(tracks) else None,
    )


def _followed(several: object) -> tuple[Plays, ...]:
    assert isinstance(several, list)
    return tuple(
        Plays(
            np.array([play["track"] for play in plays], np.str_),
            np.array([play["count"] for play in plays], np.float32),
            np.array([play["lastAt"] for play in plays], np.int64),
        )
        for plays in several
    )


def _applied(logs: object) -> dict[str, dict[int, int]]:
    assert isinstance(logs, list)
    return {log["log"]: dict(enumerate(log["positions"] or ())) for log in logs}


def _ids(values: object) -> frozenset[str]:
    return frozenset(str(value) for value in values) if isinstance(values, list) else frozenset()


def lucene(text: str) -> str:
    """A listener's words as a Lucene query: the phrase first, then all words, the last one as a beginning, then any.

    Raises:
        InvalidRequestError: there is no word in it.
    """
    words = [word for word in text.split() if word not in _OPERATORS][:_WORDS]
    escaped = [_LUCENE.sub(r"\\\1", word) for word in words if re.search(r"\w", word)]
    if not escaped:
        raise InvalidRequestError(f"no word to search for in {text[:80]!r}: give a part of a name")
    phrase = " ".join(escaped)
    every = " ".join(f"+{word}" for word in [*escaped[:-1], f"({escaped[-1]} {escaped[-1]}*)"])
    near = " ".join(f"{word}~1" for word in escaped)
    return f'"{phrase}"^8 ({every})^4 ({near})'
