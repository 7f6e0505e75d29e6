"""Which links join a played anchor to a recommended track, as the bundle knows them; one finder per kind, one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gnn.bundle import Bundle
from gnn.catalogue import Sparse
from recommend.types import ExplanationKind, NodeRef

RARE_SHARE = 0.02
"""A genre on more than this share of the tracks is no reason."""


@dataclass(frozen=True, slots=True)
class Link:
    """A way from an anchor to the recommended track.

    Attributes:
        kind: what it says.
        anchor_row: the played track.
        between: the nodes between anchor and track.
        relationships: one more than ``between``.
        rarity: 0 to 1: how few other tracks the same link would lead to.
    """

    kind: ExplanationKind
    anchor_row: int
    between: tuple[NodeRef, ...]
    relationships: tuple[str, ...]
    rarity: float


def _entries(values: Sparse, row: int) -> list[int]:
    found: list[int] = values.indices[values.indptr[row] : values.indptr[row + 1]].tolist()
    return found


def node(bundle: Bundle, kind: str, row: int) -> NodeRef:
    """A node of the catalogue by its row; kind is ``track``, ``artist``, ``genre`` or ``playlist``."""
    return NodeRef(
        str(bundle.catalogue.ids[kind].values[row]), kind.capitalize(), str(bundle.catalogue.names[kind][row])
    )


def same_artist(bundle: Bundle, target: int, anchors: list[int]) -> Iterator[Link]:
    """Both are credited to one artist."""
    artists = set(_entries(bundle.catalogue.performed_by, target))
    for anchor in anchors:
        for artist in sorted(artists & set(_entries(bundle.catalogue.performed_by, anchor))):
            between = (node(bundle, "artist", artist),)
            yield Link(ExplanationKind.ARTIST_LINK, anchor, between, ("PERFORMED_BY", "PERFORMED_BY"), 1.0)


def played_together(bundle: Bundle, target: int, anchors: list[int]) -> Iterator[Link]:
    """The graph holds PLAYED_WITH between them."""
    near = set(_entries(bundle.played_with, target))
    for anchor in anchors:
        if anchor in near:
            yield Link(ExplanationKind.PLAYED_TOGETHER, anchor, (), ("PLAYED_WITH",), 1.0)


def sounds_alike(bundle: Bundle, target: int, anchors: list[int]) -> Iterator[Link]:
    """The graph holds SOUNDS_LIKE between them."""
    near = set(_entries(bundle.sounds_like, target))
    for anchor in anchors:
        if anchor in near:
            yield Link(ExplanationKind.SOUNDS_LIKE, anchor, (), ("SOUNDS_LIKE",), 1.0)


def shared_playlist(bundle: Bundle, target: int, anchors: list[int]) -> Iterator[Link]:
    """Both are on one playlist, the shorter the better."""
    playlists = set(_entries(bundle.catalogue.in_playlist, target))
    length = bundle.playlist_length
    for anchor in anchors:
        shared = playlists & set(_entries(bundle.catalogue.in_playlist, anchor))
        if shared:
            best = min(shared, key=lambda playlist: (length[playlist], playlist))
            rarity = min(1.0, 20.0 / float(length[best]))
            between = (node(bundle, "playlist", best),)
            yield Link(ExplanationKind.PLAYLIST_LINK, anchor, between, ("CONTAINS", "CONTAINS"), rarity)


def shared_genre(bundle: Bundle, target: int, anchors: list[int]) -> Iterator[Link]:
    """Both are in one rare genre, the rarer the better."""
    limit = max(RARE_SHARE * len(bundle.catalogue), 2.0)
    size = bundle.catalogue.genre_size
    genres = {genre for genre in _entries(bundle.catalogue.track_genre, target) if size[genre] <= limit}
    for anchor in anchors if genres else ():
        shared = genres & set(_entries(bundle.catalogue.track_genre, anchor))
        if shared:
            best = min(shared, key=lambda genre: (size[genre], genre))
            between = (node(bundle, "genre", best),)
            rarity = 1.0 - 0.5 * float(size[best]) / limit
            yield Link(ExplanationKind.GENRE_LINK, anchor, between, ("IN_GENRE", "IN_GENRE"), rarity)


def together_with_artist(bundle: Bundle, target: int, anchors: list[int]) -> Iterator[Link]:
    """Played together with another track by an artist of the anchor."""
    credits = bundle.catalogue.performed_by
    by_artist: dict[int, int] = {}
    for near in _entries(bundle.played_with, target):
        for artist in _entries(credits, near):
            by_artist.setdefault(artist, near)
    for anchor in anchors:
        for artist in _entries(credits, anchor):
            near = by_artist.get(artist, anchor)
            if near != anchor:
                between = (node(bundle, "artist", artist), node(bundle, "track", near))
                relationships = ("PERFORMED_BY", "PERFORMED_BY", "PLAYED_WITH")
                yield Link(ExplanationKind.PLAYED_TOGETHER, anchor, between, relationships, 1.0)


Finder = Callable[[Bundle, int, list[int]], Iterator[Link]]

FINDERS: tuple[tuple[Finder, float], ...] = (
    (same_artist, 1.0),
    (played_together, 1.0),
    (shared_playlist, 0.8),
    (sounds_alike, 0.8),
    (together_with_artist, 0.5),
    (shared_genre, 0.35),
)
"""Each kind of link with how much it convinces a listener, compared with a common artist."""


def find_links(bundle: Bundle, target: int, anchors: list[int]) -> list[tuple[float, Link]]:
    """Every link from the anchors to the track, each with how much it convinces, 0 to 1."""
    return [(weight * link.rarity, link) for finder, weight in FINDERS for link in finder(bundle, target, anchors)]
