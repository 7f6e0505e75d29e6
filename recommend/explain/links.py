"""Which links join played anchors to recommended tracks, as the bundle knows them: all of a page at once, one table.

A finder joins index arrays, so that a page costs a few array operations per kind of link, whatever its length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from gnn.catalogue import Sparse, entries
from recommend.explain import text
from recommend.types import ExplanationKind, NodeRef

RARE_SHARE = 0.02
"""A genre on more than this share of the tracks is no reason."""

Rows = NDArray[np.int64]


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


Finder = Callable[[Bundle, Rows, Rows], Links]
"""From the rows of the recommended tracks, int64 [m], and of the anchors, int64 [h], to the links between them."""


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


def node(bundle: Bundle, kind: str, row: int) -> NodeRef:
    """A node of the catalogue by its row; kind is ``track``, ``artist``, ``genre`` or ``playlist``."""
    ids, names = bundle.catalogue.spelled[kind]
    return NodeRef(ids[row], kind.capitalize(), names[row])


def rare_limit(bundle: Bundle) -> float:
    """The most tracks that a genre may have and still be a reason."""
    return max(RARE_SHARE * len(bundle.catalogue), 2.0)


# ---------- joins ----------


def _joined(left: Rows, right: Rows) -> tuple[Rows, Rows]:
    """All pairs of places whose values are equal: places in ``left`` and in ``right``, int64 [k] each."""
    order = np.argsort(right, kind="stable")
    ordered = right[order]
    first = np.searchsorted(ordered, left, "left")
    counts = np.searchsorted(ordered, left, "right") - first
    left_at = np.repeat(np.arange(len(left)), counts)
    right_at = np.arange(len(left_at)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
    return left_at, order[right_at]


def _certain(count: int) -> NDArray[np.float32]:
    return np.ones(count, np.float32)


# ---------- finders ----------


def same_artist(bundle: Bundle, targets: Rows, anchors: Rows) -> Links:
    """Both are credited to one artist."""
    credits = bundle.catalogue.performed_by
    target_at, artists, _ = entries(credits, targets)
    anchor_at, others, _ = entries(credits, anchors)
    left, right = _joined(artists, others)
    return Links(target_at[left], anchor_at[right], _certain(len(left)), (artists[left],))


def _direct(edges: Sparse, targets: Rows, anchors: Rows) -> Links:
    target_at, near, _ = entries(edges, targets)
    left, right = _joined(near, anchors)
    return Links(target_at[left], right, _certain(len(left)))


def played_together(bundle: Bundle, targets: Rows, anchors: Rows) -> Links:
    """The graph holds PLAYED_WITH between them."""
    return _direct(bundle.played_with, targets, anchors)


def sounds_alike(bundle: Bundle, targets: Rows, anchors: Rows) -> Links:
    """The graph holds SOUNDS_LIKE between them."""
    return _direct(bundle.sounds_like, targets, anchors)


def shared_playlist(bundle: Bundle, targets: Rows, anchors: Rows) -> Links:
    """Both are on one playlist, the shorter the better."""
    target_at, playlists, _ = entries(bundle.catalogue.in_playlist, targets)
    anchor_at, others, _ = entries(bundle.catalogue.in_playlist, anchors)
    left, right = _joined(playlists, others)
    shared = playlists[left]
    rarity = np.minimum(1.0, 20.0 / np.maximum(bundle.playlist_length[shared], 1))
    return Links(target_at[left], anchor_at[right], rarity.astype(np.float32), (shared,))


def _rare_genres(bundle: Bundle, rows: Rows) -> tuple[Rows, Rows]:
    at, genres, _ = entries(bundle.catalogue.track_genre, rows)
    rare = bundle.catalogue.genre_size[genres] <= rare_limit(bundle)
    return at[rare], genres[rare]


def shared_genre(bundle: Bundle, targets: Rows, anchors: Rows) -> Links:
    """Both are in one rare genre, the rarer the better."""
    target_at, genres = _rare_genres(bundle, targets)
    anchor_at, others = _rare_genres(bundle, anchors)
    left, right = _joined(genres, others)
    shared = genres[left]
    rarity = 1.0 - 0.5 * bundle.catalogue.genre_size[shared] / rare_limit(bundle)
    return Links(target_at[left], anchor_at[right], rarity.astype(np.float32), (shared,))


def together_with_artist(bundle: Bundle, targets: Rows, anchors: Rows) -> Links:
    """Played together with another track by an artist of the anchor."""
    credits = bundle.catalogue.performed_by
    target_at, near, _ = entries(bundle.played_with, targets)
    near_at, artists, _ = entries(credits, near)
    anchor_at, others, _ = entries(credits, anchors)
    left, right = _joined(artists, others)
    middle = near_at[left]
    another = near[middle] != anchors[anchor_at[right]]
    left, right, middle = left[another], right[another], middle[another]
    return Links(target_at[middle], anchor_at[right], _certain(len(left)), (artists[left], near[middle]))


def artist_next_door(bundle: Bundle, targets: Rows, anchors: Rows) -> Links:
    """The graph holds PLAYED_WITH between an artist of the anchor and one of the target."""
    credits = bundle.catalogue.performed_by
    target_at, artists, _ = entries(credits, targets)
    artist_at, near, _ = entries(bundle.artists_played_with, artists)
    anchor_at, others, _ = entries(credits, anchors)
    left, right = _joined(near, others)
    middle = artist_at[left]
    return Links(target_at[middle], anchor_at[right], _certain(len(left)), (near[left], artists[middle]))


def genre_next_door(bundle: Bundle, targets: Rows, anchors: Rows) -> Links:
    """A rare genre of the target is adjacent to a rare genre of the anchor."""
    strength = bundle.genre_adjacency.strength
    target_at, genres = _rare_genres(bundle, targets)
    genre_at, near, position = entries(strength, genres)
    anchor_at, others = _rare_genres(bundle, anchors)
    left, right = _joined(near, others)
    middle = genre_at[left]
    rarity = strength.data[position[left]].astype(np.float32)
    return Links(target_at[middle], anchor_at[right], rarity, (near[left], genres[middle]))


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
