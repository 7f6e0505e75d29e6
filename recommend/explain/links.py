"""Which links join played anchors to recommended tracks, as the bundle knows them: all of a page at once, one table.

A finder joins index arrays, so that a page costs a few array operations per kind of link, whatever its length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from gnn.catalogue import Sparse, entries
from recommend.explain import text
from recommend.types import ExplanationKind, NodeRef, TrackRef

RARE_SHARE = 0.02
"""A genre on more than this share of the tracks is no reason."""

Rows = NDArray[np.int64]
Next = tuple[Rows, Rows]
"""What some tracks are next to: place of the track, and row of what is next to it; int64 [k] each."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Ways from anchors to recommended tracks, one per entry.

    Attributes:
        target_at: int64 [k], place among the recommended tracks.
        anchor_at: int64 [k], place among the anchors.
        rarity: float32 [k], 0 to 1: how few other tracks the same link would lead to.
        between: rows of the nodes between anchor and track, int64 [k] for each.
    """

    target_at: Rows
    anchor_at: Rows
    rarity: NDArray[np.float32]
    between: tuple[Rows, ...] = ()


@dataclass(frozen=True, eq=False)
class Ends:
    """The tracks that links shall join, and what they are next to; finders look at the same things.

    Attributes:
        targets: int64 [m], rows of the recommended tracks.
        anchors: int64 [h], rows of the played tracks.
    """

    bundle: Bundle
    targets: Rows
    anchors: Rows

    @cached_property
    def target_artists(self) -> Next:
        """Credits of the recommended tracks."""
        return self._next(self.bundle.catalogue.performed_by, self.targets)

    @cached_property
    def by_anchor(self) -> Sorted:
        """The anchors themselves."""
        return Sorted(self.anchors)

    @cached_property
    def by_artist(self) -> Sorted:
        """The artists of the anchors."""
        at, artists = self._next(self.bundle.catalogue.performed_by, self.anchors)
        return Sorted(artists, at)

    @cached_property
    def target_genres(self) -> Next:
        """The rare genres of the recommended tracks."""
        return _rare_genres(self.bundle, self.targets)

    @cached_property
    def by_genre(self) -> Sorted:
        """The rare genres of the anchors."""
        at, genres = _rare_genres(self.bundle, self.anchors)
        return Sorted(genres, at)

    @cached_property
    def played_with(self) -> Next:
        """What is often played together with the recommended tracks."""
        return self._next(self.bundle.played_with, self.targets)

    @staticmethod
    def _next(edges: Sparse, rows: Rows) -> Next:
        return entries(edges, rows)[:2]


Finder = Callable[[Ends], Links]
"""The links of one kind between recommended tracks and anchors."""


@dataclass(frozen=True, slots=True)
class LinkKind:
    """One kind of link.

    Attributes:
        find: the links of a page.
        weight: how much it convinces a listener, compared with a common artist.
        kind: what it says.
        between: kinds of the nodes between anchor and track.
        relationships: one more than ``between``, from the anchor on.
        template: one of ``recommend.explain.text``.
    """

    find: Finder
    weight: float
    kind: ExplanationKind
    between: tuple[str, ...]
    relationships: tuple[str, ...]
    template: str


_LABEL = {kind: kind.capitalize() for kind in ("track", "artist", "genre", "playlist")}


def node(bundle: Bundle, kind: str, row: int) -> NodeRef:
    """A node of the catalogue by its row; kind is ``track``, ``artist``, ``genre`` or ``playlist``."""
    ids, names = bundle.catalogue.spelled[kind]
    return NodeRef(ids[row], _LABEL[kind], names[row])


def track_ref(bundle: Bundle, row: int, artists: Sequence[int] | None = None) -> TrackRef:
    """A track of the catalogue with its credited artists; these can be given as rows, filled up with nobody."""
    track, nobody = node(bundle, "track", row), len(bundle.catalogue.artists)
    artists = bundle.catalogue.artist_rows(row).tolist() if artists is None else artists
    credited = tuple(node(bundle, "artist", artist) for artist in artists if artist < nobody)
    return TrackRef(track.id, track.name, credited)


def rare_limit(bundle: Bundle) -> float:
    """The most tracks that a genre may have and still be a reason."""
    return max(RARE_SHARE * len(bundle.catalogue), 2.0)


# ---------- joins ----------


class Sorted:
    """Values that others are joined with, such as the artists of the anchors.

    Args:
        values: int64 [k].
        at: int64 [k], what has each; the values' own places by default.
    """

    def __init__(self, values: Rows, at: Rows | None = None) -> None:
        order = np.argsort(values, kind="stable")
        self._values, self._at = values[order], order if at is None else at[order]

    def join(self, left: Rows) -> tuple[Rows, Rows]:
        """All pairs of equal values: places in ``left``, and what has the value here; int64 [p] each."""
        first = np.searchsorted(self._values, left, "left")
        counts = np.searchsorted(self._values, left, "right") - first
        left_at = np.repeat(np.arange(len(left)), counts)
        right_at = np.arange(len(left_at)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
        return left_at, self._at[right_at]


def _certain(count: int) -> NDArray[np.float32]:
    return np.ones(count, np.float32)


def _rare_genres(bundle: Bundle, rows: Rows) -> Next:
    at, genres, _ = entries(bundle.catalogue.track_genre, rows)
    rare = bundle.catalogue.genre_size[genres] <= rare_limit(bundle)
    return at[rare], genres[rare]


# ---------- finders ----------


def same_artist(ends: Ends) -> Links:
    """Both are credited to one artist."""
    target_at, artists = ends.target_artists
    left, anchor_at = ends.by_artist.join(artists)
    return Links(target_at[left], anchor_at, _certain(len(left)), (artists[left],))


def _direct(ends: Ends, near: Next) -> Links:
    target_at, tracks = near
    left, anchor_at = ends.by_anchor.join(tracks)
    return Links(target_at[left], anchor_at, _certain(len(left)))


def played_together(ends: Ends) -> Links:
    """The graph holds PLAYED_WITH between them."""
    return _direct(ends, ends.played_with)


def sounds_alike(ends: Ends) -> Links:
    """The graph holds SOUNDS_LIKE between them."""
    return _direct(ends, entries(ends.bundle.sounds_like, ends.targets)[:2])


def shared_playlist(ends: Ends) -> Links:
    """Both are on one playlist, the shorter the better."""
    bundle = ends.bundle
    target_at, playlists, _ = entries(bundle.catalogue.in_playlist, ends.targets)
    at, others, _ = entries(bundle.catalogue.in_playlist, ends.anchors)
    left, anchor_at = Sorted(others, at).join(playlists)
    shared = playlists[left]
    rarity = np.minimum(1.0, 20.0 / np.maximum(bundle.playlist_length[shared], 1))
    return Links(target_at[left], anchor_at, rarity.astype(np.float32), (shared,))


def shared_genre(ends: Ends) -> Links:
    """Both are in one rare genre, the rarer the better."""
    target_at, genres = ends.target_genres
    left, anchor_at = ends.by_genre.join(genres)
    shared = genres[left]
    rarity = 1.0 - 0.5 * ends.bundle.catalogue.genre_size[shared] / rare_limit(ends.bundle)
    return Links(target_at[left], anchor_at, rarity.astype(np.float32), (shared,))


def together_with_artist(ends: Ends) -> Links:
    """Played together with another track by an artist of the anchor."""
    target_at, near = ends.played_with
    near_at, artists, _ = entries(ends.bundle.catalogue.performed_by, near)
    left, anchor_at = ends.by_artist.join(artists)
    middle = near_at[left]
    another = near[middle] != ends.anchors[anchor_at]
    left, anchor_at, middle = left[another], anchor_at[another], middle[another]
    return Links(target_at[middle], anchor_at, _certain(len(left)), (artists[left], near[middle]))


def artist_next_door(ends: Ends) -> Links:
    """The graph holds PLAYED_WITH between an artist of the anchor and one of the target."""
    target_at, artists = ends.target_artists
    artist_at, near, _ = entries(ends.bundle.artists_played_with, artists)
    left, anchor_at = ends.by_artist.join(near)
    middle = artist_at[left]
    return Links(target_at[middle], anchor_at, _certain(len(left)), (near[left], artists[middle]))


def genre_next_door(ends: Ends) -> Links:
    """A rare genre of the target is adjacent to a rare genre of the anchor."""
    strength = ends.bundle.genre_adjacency.strength
    target_at, genres = ends.target_genres
    genre_at, near, position = entries(strength, genres)
    left, anchor_at = ends.by_genre.join(near)
    middle = genre_at[left]
    rarity = strength.data[position[left]].astype(np.float32)
    return Links(target_at[middle], anchor_at, rarity, (near[left], genres[middle]))


_TOGETHER = ExplanationKind.PLAYED_TOGETHER
LINKS: tuple[LinkKind, ...] = (
    LinkKind(
        same_artist,
        1.0,
        ExplanationKind.ARTIST_LINK,
        ("artist",),
        ("PERFORMED_BY", "PERFORMED_BY"),
        text.SAME_ARTIST,
    ),
    LinkKind(played_together, 1.0, _TOGETHER, (), ("PLAYED_WITH",), text.PLAYED_TOGETHER),
    LinkKind(
        shared_playlist, 0.8, ExplanationKind.PLAYLIST_LINK, ("playlist",), ("CONTAINS", "CONTAINS"), text.PLAYLIST
    ),
    LinkKind(sounds_alike, 0.8, ExplanationKind.SOUNDS_LIKE, (), ("SOUNDS_LIKE",), text.SOUNDS_LIKE),
    LinkKind(
        together_with_artist,
        0.5,
        _TOGETHER,
        ("artist", "track"),
        ("PERFORMED_BY", "PERFORMED_BY", "PLAYED_WITH"),
        text.TOGETHER_WITH_ARTIST,
    ),
    LinkKind(
        artist_next_door,
        0.5,
        _TOGETHER,
        ("artist", "artist"),
        ("PERFORMED_BY", "PLAYED_WITH", "PERFORMED_BY"),
        text.ARTIST_NEXT_DOOR,
    ),
    LinkKind(shared_genre, 0.35, ExplanationKind.GENRE_LINK, ("genre",), ("IN_GENRE", "IN_GENRE"), text.GENRE),
    LinkKind(
        genre_next_door,
        0.1,
        ExplanationKind.GENRE_LINK,
        ("genre", "genre"),
        ("IN_GENRE", "ADJACENT_TO", "IN_GENRE"),
        text.GENRE_NEXT_DOOR,
    ),
)
"""All kinds, the most convincing first: where two links of one anchor are worth the same, the first is shown."""
