"""Pages about one thing: tracks, artists, genres, playlists and users by id, and the lists that belong to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.store import GraphStore


@dataclass(frozen=True, slots=True)
class Named:
    """A node in passing: an id and a name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class GenreName:
    """A genre in passing."""

    id: str
    name: str
    slug: str | None = None


@dataclass(frozen=True, slots=True)
class Weighted:
    """A genre with how much something belongs to it, 0 to 1."""

    genre: GenreName
    weight: float


@dataclass(frozen=True, slots=True)
class TrackPage:
    """A track with everything a page about it shows.

    Attributes:
        properties: as named in ``graph.kinds``; None where unknown.
        artists: in order of credit.
        genres: at most 20, by weight.
    """

    id: str
    name: str
    source_ids: tuple[str, ...]
    properties: Mapping[str, Any]
    artists: tuple[Named, ...]
    genres: tuple[Weighted, ...]


@dataclass(frozen=True, slots=True)
class ArtistPage:
    """An artist; ``genres`` at most 20, by weight."""

    id: str
    name: str
    country: str | None
    listener_count: int | None
    track_count: int
    genres: tuple[Weighted, ...]


@dataclass(frozen=True, slots=True)
class GenrePage:
    """A genre in its taxonomy."""

    id: str
    name: str
    slug: str | None
    track_count: int
    parents: tuple[GenreName, ...]
    children: tuple[GenreName, ...]


@dataclass(frozen=True, slots=True)
class PlaylistPage:
    """A playlist."""

    id: str
    name: str
    kind: str | None
    description: str | None
    created_at: int | None
    track_count: int


@dataclass(frozen=True, slots=True)
class UserPage:
    """A user."""

    id: str
    name: str | None
    created_at: int | None
    country: str | None
    time_zone: str | None
    allow_explicit: bool | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One place of a list: the node, and the number the list is ordered by (plays, tracks, position)."""

    id: str
    name: str
    order: int


@dataclass(frozen=True, slots=True)
class ListedGenre:
    """One genre of the list of all."""

    genre: GenreName
    track_count: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A track in somebody's history; times in unix seconds."""

    id: str
    name: str
    count: int
    skips: int
    first_at: int
    last_at: int


After = tuple[int, str] | None
"""Where the next page begins: the order number and the id of the last node of the page before."""


class GraphBrowse:
    """The reads behind pages; ids that nothing has are absent from the answers. All raise GraphError.

    The id of a record that was merged into a node brings the page of that node.
    """

    def __init__(self, store: GraphStore) -> None:
        self._store = store

    def tracks(self, ids: Sequence[str]) -> dict[str, TrackPage]:
        """Tracks by id."""
        return {
            id: TrackPage(
                row["id"],
                row["name"],
                tuple(row["sourceIds"]),
                row["properties"],
                tuple(Named(*artist) for artist in row["artists"]),
                _weighted(row["genres"]),
            )
            for id, row in self._rows("read/track", "Track", ids).items()
        }

    def artists(self, ids: Sequence[str]) -> dict[str, ArtistPage]:
        """Artists by id."""
        return {
            id: ArtistPage(
                row["id"],
                row["name"],
                row["country"],
                row["listenerCount"],
                row["trackCount"],
                _weighted(row["genres"]),
            )
            for id, row in self._rows("read/artist", "Artist", ids).items()
        }

    def genres(self, ids: Sequence[str]) -> dict[str, GenrePage]:
        """Genres by id."""
        return {
            id: GenrePage(
                row["id"],
                row["name"],
                row["slug"],
                row["trackCount"],
                tuple(GenreName(*genre) for genre in row["parents"]),
                tuple(GenreName(*genre) for genre in row["children"]),
            )
            for id, row in self._rows("read/genre", "Genre", ids).items()
        }

    def playlists(self, ids: Sequence[str]) -> dict[str, PlaylistPage]:
        """Playlists by id."""
        return {
            row["id"]: PlaylistPage(
                row["id"], row["name"], row["kind"], row["description"], row["createdAt"], row["trackCount"]
            )
            for row in self._store.read("read/playlist", ids=list(ids))
        }

    def users(self, ids: Sequence[str]) -> dict[str, UserPage]:
        """Users by id."""
        return {
            row["id"]: UserPage(
                row["id"], row["name"], row["createdAt"], row["country"], row["timeZone"], row["allowExplicit"]
            )
            for row in self._store.read("read/user", ids=list(ids))
        }

    def survivors(self, label: str, records: Sequence[str]) -> dict[str, str]:
        """The nodes that records were merged into, by the id of the record; others are absent."""
        rows = self._store.read("read/identity_survivors", ids=[f"{label}|{id}" for id in records])
        return {row["record"]: row["survivor"] for row in rows}

    def track_of_isrc(self, isrc: str) -> str | None:
        """The id of the track of a recording code, or None."""
        rows = self._store.read("read/track_by_isrc", isrc=isrc)
        return rows[0]["id"] if rows else None

    def genre_called(self, wanted: str) -> str | None:
        """The id of the genre that an id, a slug or a name means, or None."""
        rows = self._store.read("read/genre_by_name", wanted=wanted)
        return rows[0]["id"] if rows else None

    def all_genres(self, first: int, after: After = None) -> list[ListedGenre]:
        """Genres, those with most tracks first, ties by id."""
        at, id = after or (0, None)
        rows = self._store.read("read/genre_list", afterTracks=at, afterId=id, n=first)
        return [ListedGenre(GenreName(row["id"], row["name"], row["slug"]), row["trackCount"]) for row in rows]

    def artist_tracks(self, id: str, first: int, after: After = None) -> list[Listed]:
        """An artist's tracks, the most played first, ties by id."""
        return self._most_played("read/artist_tracks", id, first, after)

    def genre_tracks(self, id: str, first: int, after: After = None) -> list[Listed]:
        """A genre's tracks, the most played first, ties by id."""
        return self._most_played("read/genre_tracks", id, first, after)

    def playlist_tracks(self, id: str, first: int, after: After = None) -> list[Listed]:
        """A playlist's tracks in order."""
        at, after_id = after or (0, None)
        rows = self._store.read("read/playlist_tracks", id=id, afterPosition=at, afterId=after_id, n=first)
        return [Listed(row["id"], row["name"], row["position"]) for row in rows]

    def some_listeners(self, first: int) -> list[str]:
        """Ids of users who have played anything, ascending."""
        return [str(row["id"]) for row in self._store.read("read/some_listeners", n=first)]

    def history(self, id: str, first: int, after: After = None) -> list[Heard]:
        """What a user played, the last played first, ties by track id."""
        at, after_id = after or (0, None)
        rows = self._store.read("read/user_history", id=id, afterAt=at, afterId=after_id, n=first)
        return [
            Heard(row["id"], row["name"], row["count"], row["skips"], row["firstAt"], row["lastAt"]) for row in rows
        ]

    def _rows(self, name: str, label: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The rows of a page statement by the ids that were asked for; a second look for what was merged away."""
        found = {row["id"]: row for row in self._store.read(name, ids=list(ids))}
        missing = [id for id in ids if id not in found]
        node_of = self.survivors(label, missing) if missing else {}
        if node_of:
            nodes = {row["id"]: row for row in self._store.read(name, ids=sorted(set(node_of.values())))}
            found |= {id: nodes[node] for id, node in node_of.items() if node in nodes}
        return found

    def _most_played(self, name: str, id: str, first: int, after: After) -> list[Listed]:
        at, after_id = after or (0, None)
        rows = self._store.read(name, id=id, afterPlays=at, afterId=after_id, n=first)
        return [Listed(row["id"], row["name"], row["plays"]) for row in rows]


def _weighted(rows: Sequence[Sequence[Any]]) -> tuple[Weighted, ...]:
    return tuple(Weighted(GenreName(id, name, slug), float(weight)) for id, name, slug, weight in rows)
