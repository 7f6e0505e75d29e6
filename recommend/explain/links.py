"""Which links join a played anchor to a recommended track, as the bundle knows them; one finder per kind, one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gnn.bundle import Bundle
from gnn.catalogue import Sparse
from recommend.explain import text
from recommend.types import ExplanationKind, NodeRef

RARE_SHARE = 0.02
"""A genre on more than this share of the tracks is no reason."""


@dataclass(frozen=True, slots=True)
class Link:
    """A way from an anchor to the recommended track.

    Attributes:
        kind: what it says.
        anchor_row: the played track.
        between: the nodes between anchor and track, each its kind and row; named only if the link is shown.
        relationships: one more than ``between``.
        rarity: 0 to 1: how few other tracks the same link would lead to.
        template: one of ``recommend.explain.text``.
    """

    kind: ExplanationKind
    anchor_row: int
    between: tuple[tuple[str, int], ...]
    relationships: tuple[str, ...]
    rarity: float
    template: str


def _entries(values: Sparse, row: int) -> list[int]:
    found: list[int] = values.indices[values.indptr[row] : values.indptr[row + 1]].tolist()
    return found


def node(bundle: Bundle, kind: str, row: int) -> NodeRef:
    """A node of the catalogue by its row; kind is ``track``, ``artist``, ``genre`` or ``playlist``."""
    return NodeRef(
        str(bundle.catalogue.ids[kind].values[row]), kind.capitalize(), str(bundle.catalogue.names[kind][row])
    )


def rare_limit(bundle: Bundle) -> float:
    """The most tracks that a genre may have and still be a reason."""
    return max(RARE_SHARE * len(bundle.catalogue), 2.0)


def same_artist(bundle: Bundle, target: int, anchors: list[int]) -> Iterator[Link]:
    """Both are credited to one artist."""
    artists = set(_entries(bundle.catalogue.performed_by, target))
    for anchor in anchors:
        for artist in sorted(artists & set(_entries(bundle.catalogue.performed_by, anchor))):
            between = (("artist", artist),)
            yield Link(
                ExplanationKind.ARTIST_LINK, anchor, between, ("PERFORMED_BY", "PERFORMED_BY"), 1.0, text.SAME_ARTIST
            )


def played_together(bundle: Bundle, target: int, anchors: list[int]) -> Iterator[Link]:
    """The graph holds PLAYED_WITH between them."""
    near = set(_entries(bundle.played_with, target))
    for anchor in anchors:
        if anchor in near:
            yield Link(ExplanationKind.PLAYED_TOGETHER, anchor, (), ("PLAYED_WITH",), 1.0, text.PLAYED_TOGETHER)


def sounds_alike(bundle: Bundle, target: int, anchors: list[int]) -> Iterator[Link]:
    """The graph holds SOUNDS_LIKE between them."""
    near = set(_entries(bundle.sounds_like, target))
    for anchor in anchors:
        if anchor in near:
            yield Link(ExplanationKind.SOUNDS_LIKE, anchor, (), ("SOUNDS_LIKE",), 1.0, text.SOUNDS_LIKE)


def shared_playlist(bundle: Bundle, target: int, anchors: list[int]) -> Iterator[Link]:
    """Both are on one playlist, the shorter the better."""
    playlists = set(_entries(bundle.catalogue.in_playlist, target))
    length = bundle.playlist_length
    for anchor in anchors:
        shared = playlists & set(_entries(bundle.catalogue.in_playlist, anchor))
        if shared:
            best = min(shared, key=lambda playlist: (length[playlist], playlist))
            rarity = min(1.0, 20.0 / float(length[best]))
            between = (("playlist", best),)
            yield Link(ExplanationKind.PLAYLIST_LINK, anchor, between, ("CONTAINS", "CONTAINS"), rarity, text.PLAYLIST)


def shared_genre(bundle: Bundle, target: int, anchors: list[int]) -> Iterator[Link]:
    """Both are in one rare genre, the rarer the better."""
    limit = rare_limit(bundle)
    size = bundle.catalogue.genre_size
    genres = {genre for genre in _entries(bundle.catalogue.track_genre, target) if size[genre] <= limit}
    for anchor in anchors if genres else ():
        shared = genres & set(_entries(bundle.catalogue.track_genre, anchor))
        if shared:
            best = min(shared, key=lambda genre: (size[genre], genre))
            between = (("genre", best),)
            rarity = 1.0 - 0.5 * float(size[best]) / limit
            yield Link(ExplanationKind.GENRE_LINK, anchor, between, ("IN_GENRE", "IN_GENRE"), rarity, text.GENRE)


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
                between = (("artist", artist), ("track", near))
                relationships = ("PERFORMED_BY", "PERFORMED_BY", "PLAYED_WITH")
                yield Link(
                    ExplanationKind.PLAYED_TOGETHER, anchor, between, relationships, 1.0, text.TOGETHER_WITH_ARTIST
                )


def artist_next_door(bundle: Bundle, target: int, anchors: list[int]) -> Iterator[Link]:
    """The graph holds PLAYED_WITH between an artist of the anchor and one of the target."""
    credits, together = bundle.catalogue.performed_by, bundle.artists_played_with
    near: dict[int, int] = {}  # neighbouring artist -> artist of the target
    for artist in _entries(credits, target):
        for neighbour in _entries(together, artist):
            near.setdefault(neighbour, artist)
    for anchor in anchors if near else ():
        for artist in _entries(credits, anchor):
            if artist in near:
                between = (("artist", artist), ("artist", near[artist]))
                relationships = ("PERFORMED_BY", "PLAYED_WITH", "PERFORMED_BY")
                kind = ExplanationKind.PLAYED_TOGETHER
                yield Link(kind, anchor, between, relationships, 1.0, text.ARTIST_NEXT_DOOR)


def genre_next_door(bundle: Bundle, target: int, anchors: list[int]) -> Iterator[Link]:
    """A rare genre of the target is adjacent to a rare genre of the anchor."""
    catalogue, adjacency = bundle.catalogue, bundle.genre_adjacency
    limit, size = rare_limit(bundle), bundle.catalogue.genre_size
    near: dict[int, tuple[float, int]] = {}  # neighbour -> strength, genre of the target
    for genre in _entries(catalogue.track_genre, target):
        if size[genre] <= limit:
            start, end = adjacency.strength.indptr[genre], adjacency.strength.indptr[genre + 1]
            for other, strength in zip(
                adjacency.strength.indices[start:end].tolist(), adjacency.strength.data[start:end].tolist(), strict=True
            ):
                if size[other] <= limit and (strength, -genre) > near.get(other, (0.0, 0)):
                    near[other] = (strength, genre)
    for anchor in anchors if near else ():
        for genre in _entries(catalogue.track_genre, anchor):
            if genre in near:
                between = (("genre", genre), ("genre", near[genre][1]))
                relationships = ("IN_GENRE", "ADJACENT_TO", "IN_GENRE")
                kind = ExplanationKind.GENRE_LINK
                yield Link(kind, anchor, between, relationships, near[genre][0], text.GENRE_NEXT_DOOR)


Finder = Callable[[Bundle, int, list[int]], Iterator[Link]]

FINDERS: tuple[tuple[Finder, float], ...] = (
    (same_artist, 1.0),
    (played_together, 1.0),
    (shared_playlist, 0.8),
    (sounds_alike, 0.8),
    (together_with_artist, 0.5),
    (artist_next_door, 0.5),
    (shared_genre, 0.35),
    (genre_next_door, 0.1),
)
"""Each kind of link with how much it convinces a listener, compared with a common artist; the most convincing first."""
