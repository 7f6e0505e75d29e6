"""What a client can look at: tracks, artists, genres, playlists, users. Names are at hand, the rest is loaded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

import strawberry

from api.graphql.audio import AudioFeatures, audio_of
from api.graphql.context import Info
from api.graphql.ids import global_id
from api.graphql.pages import Cursor, First, PageInfo, cursor_at, cut, page_info, page_size, place_after
from api.graphql.plain import READY
from graph.browse import (
    After,
    ArtistPage,
    GenreName,
    GenrePage,
    Heard,
    Listed,
    Named,
    PlaylistPage,
    TrackPage,
    UserPage,
    Weighted,
)

Strength = Annotated[float, strawberry.argument(description="Leave out weaker neighbours, 0 to 1.")]

T = TypeVar("T")


def instant(seconds: int | None) -> datetime | None:
    """Unix seconds as a time in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


@strawberry.interface(description="Anything with an id of its own.")
class Node:
    """See the schema."""

    id: strawberry.ID = strawberry.field(description="Opaque global id, for `node` and for every id argument.")
    graph_id: str = strawberry.field(
        description="The id in the graph, for Cypher; id arguments take it too, but for node and nodes."
    )
    name: str = strawberry.field(description="Its name; a user without one goes by the graph's id.")


@strawberry.type(description="One place of a list.")
class Edge(Generic[T]):
    """See the schema."""

    cursor: str = strawberry.field(description="This place, for `after`.")
    node: T = strawberry.field(description="What stands there.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """See the schema."""

    edges: list[Edge[T]] = strawberry.field(description="The places of this page, in order.")
    nodes: list[T] = strawberry.field(description="What stands in them.")
    page_info: PageInfo = strawberry.field(description="Whether the list goes on.")


@strawberry.type(description="A genre and how much something belongs to it.")
class GenreWeight:
    """See the schema."""

    genre: Genre = strawberry.field(description="The genre.")
    weight: float = strawberry.field(description="0 to 1.")


@strawberry.type(description="A track that is close to another in the live model.")
class SimilarTrackEdge:
    """See the schema."""

    cursor: str = strawberry.field(description="This place.")
    node: Track = strawberry.field(description="The track.")
    similarity: float = strawberry.field(description="Cosine of the two vectors, at most 1.")


@strawberry.type(description="Tracks close to another, the closest first.")
class SimilarTrackConnection:
    """See the schema."""

    edges: list[SimilarTrackEdge] = strawberry.field(description="The places, in order.")
    nodes: list[Track] = strawberry.field(description="The tracks.")
    page_info: PageInfo = strawberry.field(description="Whether the list goes on.")


@strawberry.type(description="A recording.")
class Track(Node):
    """See the schema."""

    credits: strawberry.Private[tuple[Artist, ...] | None] = None

    @strawberry.field(description="Everybody credited, in order.", metadata={READY: "credits"})
    async def artists(self, info: Info) -> list[Artist]:
        """Known where the track is a recommendation, else loaded."""
        if self.credits is not None:
            return list(self.credits)
        page = await self._page(info)
        return [artist_node(artist.id, artist.name) for artist in page.artists] if page else []

    @strawberry.field(description="Its genres, strongest first; at most 20 are known.")
    async def genres(self, info: Info, first: First = 5) -> list[GenreWeight]:
        """From the graph."""
        page = await self._page(info)
        return weighted(page.genres[: page_size(first)]) if page else []

    @strawberry.field(description="Milliseconds.")
    async def duration_ms(self, info: Info) -> int | None:
        """From the graph."""
        return await self._property(info, "durationMs", int)

    @strawberry.field(description="Whether it is marked as explicit.")
    async def explicit(self, info: Info) -> bool | None:
        """From the graph."""
        return await self._property(info, "explicit", bool)

    @strawberry.field(description="0 to 100, as its source says.")
    async def popularity(self, info: Info) -> int | None:
        """From the graph."""
        return await self._property(info, "popularity", int)

    @strawberry.field(description="Plays by all users.")
    async def play_count(self, info: Info) -> int | None:
        """From the graph."""
        return await self._property(info, "playCount", int)

    @strawberry.field(description="Users who played it.")
    async def listener_count(self, info: Info) -> int | None:
        """From the graph."""
        return await self._property(info, "listenerCount", int)

    @strawberry.field(description="International code of the recording.")
    async def isrc(self, info: Info) -> str | None:
        """From the graph."""
        return await self._property(info, "isrc", str)

    @strawberry.field(description="The album's name.")
    async def album(self, info: Info) -> str | None:
        """From the graph."""
        return await self._property(info, "album", str)

    @strawberry.field(description="When it came out: a date, or only a year.")
    async def release_date(self, info: Info) -> str | None:
        """From the graph."""
        return await self._property(info, "releaseDate", str)

    @strawberry.field(description="What its sources call it.")
    async def source_ids(self, info: Info) -> list[str]:
        """From the graph."""
        page = await self._page(info)
        return list(page.source_ids) if page else []

    @strawberry.field(description="What can be heard in it; null where nothing is known.")
    async def audio(self, info: Info) -> AudioFeatures | None:
        """From the graph."""
        page = await self._page(info)
        return audio_of(page.properties) if page else None

    @strawberry.field(description="Tracks close to it; null without a live model, or where that does not know it.")
    async def similar(self, info: Info, first: First = 20) -> SimilarTrackConnection | None:
        """From the model."""
        found = await info.context.threads.call(info.context.service.similar_tracks, self.graph_id, page_size(first))
        if found is None:
            return None
        edges = [
            SimilarTrackEdge(cursor=cursor_at(at, id), node=track_node(id, name), similarity=similarity)
            for at, (id, name, similarity) in enumerate(found)
        ]
        info_ = page_info([edge.cursor for edge in edges], more=False, after=None)
        return SimilarTrackConnection(edges=edges, nodes=[edge.node for edge in edges], page_info=info_)

    async def _page(self, info: Info) -> TrackPage | None:
        return await info.context.tracks.load(self.graph_id)

    async def _property(self, info: Info, name: str, kind: type[T]) -> T | None:
        page = await self._page(info)
        value = page.properties.get(name) if page else None
        return value if isinstance(value, kind) else None


@strawberry.type(description="A person or a group that performs.")
class Artist(Node):
    """See the schema."""

    @strawberry.field(description="Where they come from.")
    async def country(self, info: Info) -> str | None:
        """From the graph."""
        page = await self._page(info)
        return page.country if page else None

    @strawberry.field(description="Users who listen to them.")
    async def listener_count(self, info: Info) -> int | None:
        """From the graph."""
        page = await self._page(info)
        return page.listener_count if page else None

    @strawberry.field(description="Tracks they are credited on.")
    async def track_count(self, info: Info) -> int | None:
        """From the graph."""
        page = await self._page(info)
        return page.track_count if page else None

    @strawberry.field(description="Their genres, strongest first; at most 20 are known.")
    async def genres(self, info: Info, first: First = 5) -> list[GenreWeight]:
        """From the graph."""
        page = await self._page(info)
        return weighted(page.genres[: page_size(first)]) if page else []

    @strawberry.field(description="Their tracks, the most played first.")
    async def top_tracks(self, info: Info, first: First = 10, after: Cursor = None) -> Connection[Track]:
        """From the graph."""
        return await track_page(info, info.context.service.browse.artist_tracks, self.graph_id, first, after)

    async def _page(self, info: Info) -> ArtistPage | None:
        return await info.context.artists.load(self.graph_id)


@strawberry.type(description="One piece of evidence that two genres are neighbours.")
class AdjacencyEvidence:
    """See the schema."""

    kind: str = strawberry.field(description="CO_LISTEN, SHARED_ARTISTS or TAXONOMY.")
    value: float = strawberry.field(description="How strong, 0 to 1.")
    sample_size: int = strawberry.field(description="Listeners that both genres have.")


@strawberry.type(description="A neighbour of a genre, and why.")
class GenreAdjacencyEdge:
    """See the schema."""

    cursor: str = strawberry.field(description="This place.")
    node: Genre = strawberry.field(description="The neighbour.")
    strength: float = strawberry.field(description="How close, 0 to 1; the same in both directions.")
    evidence: list[AdjacencyEvidence] = strawberry.field(description="Each piece apart; those that say nothing too.")


@strawberry.type(description="Neighbours of a genre, the closest first.")
class GenreAdjacencyConnection:
    """See the schema."""

    edges: list[GenreAdjacencyEdge] = strawberry.field(description="The places, in order.")
    nodes: list[Genre] = strawberry.field(description="The neighbours.")
    page_info: PageInfo = strawberry.field(description="Whether the list goes on.")


@strawberry.type(description="A genre.")
class Genre(Node):
    """See the schema."""

    slug: str | None = strawberry.field(description="Its name for addresses.")

    @strawberry.field(description="Tracks in it.")
    async def track_count(self, info: Info) -> int | None:
        """From the graph."""
        page = await self._page(info)
        return page.track_count if page else None

    @strawberry.field(description="The genres it is part of.")
    async def parents(self, info: Info) -> list[Genre]:
        """From the graph."""
        page = await self._page(info)
        return [genre_node(genre) for genre in page.parents] if page else []

    @strawberry.field(description="The genres that are part of it.")
    async def children(self, info: Info) -> list[Genre]:
        """From the graph."""
        page = await self._page(info)
        return [genre_node(genre) for genre in page.children] if page else []

    @strawberry.field(description="Its neighbours and why; null without a live model, or where that does not know it.")
    async def adjacent(
        self, info: Info, first: First = 20, min_strength: Strength = 0.0
    ) -> GenreAdjacencyConnection | None:
        """From the model."""
        service = info.context.service
        found = await info.context.threads.call(service.adjacent_genres, self.graph_id)
        if found is None:
            return None
        found = [neighbour for neighbour in found if neighbour.strength >= min_strength]
        shown, more = cut(found, page_size(first))
        edges = [
            GenreAdjacencyEdge(
                cursor=cursor_at(at, near.id),
                node=genre_node(GenreName(near.id, near.name)),
                strength=near.strength,
                evidence=[
                    AdjacencyEvidence(kind=kind.upper(), value=value, sample_size=near.listeners)
                    for kind, value in near.evidence.items()
                ],
            )
            for at, near in enumerate(shown)
        ]
        info_ = page_info([edge.cursor for edge in edges], more=more, after=None)
        return GenreAdjacencyConnection(edges=edges, nodes=[edge.node for edge in edges], page_info=info_)

    @strawberry.field(description="Its tracks, the most played first.")
    async def tracks(self, info: Info, first: First = 20, after: Cursor = None) -> Connection[Track]:
        """From the graph."""
        return await track_page(info, info.context.service.browse.genre_tracks, self.graph_id, first, after)

    async def _page(self, info: Info) -> GenrePage | None:
        return await info.context.genres.load(self.graph_id)


@strawberry.type(description="A list of tracks that somebody made, or that was made for somebody.")
class Playlist(Node):
    """See the schema."""

    @strawberry.field(description="USER, EDITORIAL, DISCOVER_WEEKLY and so on.")
    async def kind(self, info: Info) -> str | None:
        """From the graph."""
        page = await self._page(info)
        return page.kind if page else None

    @strawberry.field(description="What its maker says of it.")
    async def description(self, info: Info) -> str | None:
        """From the graph."""
        page = await self._page(info)
        return page.description if page else None

    @strawberry.field(description="When it was made.")
    async def created_at(self, info: Info) -> datetime | None:
        """From the graph."""
        page = await self._page(info)
        return instant(page.created_at) if page else None

    @strawberry.field(description="Tracks on it.")
    async def track_count(self, info: Info) -> int | None:
        """From the graph."""
        page = await self._page(info)
        return page.track_count if page else None

    @strawberry.field(description="Its tracks, in order.")
    async def tracks(self, info: Info, first: First = 50, after: Cursor = None) -> Connection[Track]:
        """From the graph."""
        return await track_page(info, info.context.service.browse.playlist_tracks, self.graph_id, first, after)

    async def _page(self, info: Info) -> PlaylistPage | None:
        return await info.context.playlists.load(self.graph_id)


@strawberry.type(description="A track in somebody's history.")
class PlayEdge:
    """See the schema."""

    cursor: str = strawberry.field(description="This place, for `after`.")
    node: Track = strawberry.field(description="The track.")
    count: int = strawberry.field(description="How often it was played.")
    skips: int = strawberry.field(description="How often it was skipped.")
    first_at: datetime = strawberry.field(description="The first time.")
    last_at: datetime = strawberry.field(description="The last time.")


@strawberry.type(description="A page of somebody's history, the last played first.")
class PlayConnection:
    """See the schema."""

    edges: list[PlayEdge] = strawberry.field(description="The places of this page, in order.")
    page_info: PageInfo = strawberry.field(description="Whether the list goes on.")


@strawberry.type(description="A listener.")
class User(Node):
    """See the schema."""

    @strawberry.field(description="When they came.")
    async def created_at(self, info: Info) -> datetime | None:
        """From the graph."""
        page = await self._page(info)
        return instant(page.created_at) if page else None

    @strawberry.field(description="Where they live.")
    async def country(self, info: Info) -> str | None:
        """From the graph."""
        page = await self._page(info)
        return page.country if page else None

    @strawberry.field(description="IANA name of their time zone.")
    async def time_zone(self, info: Info) -> str | None:
        """From the graph."""
        page = await self._page(info)
        return page.time_zone if page else None

    @strawberry.field(description="Whether explicit tracks may be shown; null where they never said.")
    async def allow_explicit(self, info: Info) -> bool | None:
        """From the graph."""
        page = await self._page(info)
        return page.allow_explicit if page else None

    @strawberry.field(description="What they played, the last played first.")
    async def history(self, info: Info, first: First = 50, after: Cursor = None) -> PlayConnection:
        """From the graph."""
        size, place = page_size(first), place_after(after)
        browse = info.context.service.browse
        heard = await info.context.browse(browse.history, self.graph_id, size + 1, place)
        shown, more = cut(heard, size)
        edges = [_play_edge(play) for play in shown]
        return PlayConnection(edges=edges, page_info=page_info([edge.cursor for edge in edges], more=more, after=after))

    async def _page(self, info: Info) -> UserPage | None:
        return await info.context.users.load(self.graph_id)


def _play_edge(play: Heard) -> PlayEdge:
    return PlayEdge(
        cursor=cursor_at(play.last_at, play.id),
        node=track_node(play.id, play.name),
        count=play.count,
        skips=play.skips,
        first_at=datetime.fromtimestamp(play.first_at, UTC),
        last_at=datetime.fromtimestamp(play.last_at, UTC),
    )


async def track_page(
    info: Info, read: Callable[[str, int, After], list[Listed]], id: str, first: int, after: str | None
) -> Connection[Track]:
    """A page of a list of tracks."""
    size, place = page_size(first), place_after(after)
    shown, more = cut(await info.context.browse(read, id, size + 1, place), size)
    edges = [Edge(cursor=cursor_at(track.order, track.id), node=track_node(track.id, track.name)) for track in shown]
    cursors = [edge.cursor for edge in edges]
    return Connection(
        edges=edges, nodes=[edge.node for edge in edges], page_info=page_info(cursors, more=more, after=after)
    )


def track_node(id: str, name: str, credits: tuple[Named, ...] | None = None) -> Track:
    """A track of which the name is known, and the credits where they are given."""
    artists = None if credits is None else tuple(artist_node(artist.id, artist.name) for artist in credits)
    return Track(id=strawberry.ID(global_id("Track", id)), graph_id=id, name=name, credits=artists)


def artist_node(id: str, name: str) -> Artist:
    """An artist of whom the name is known."""
    return Artist(id=strawberry.ID(global_id("Artist", id)), graph_id=id, name=name)


def genre_node(genre: GenreName) -> Genre:
    """A genre of which the name is known."""
    return Genre(id=strawberry.ID(global_id("Genre", genre.id)), graph_id=genre.id, name=genre.name, slug=genre.slug)


def playlist_node(id: str, name: str) -> Playlist:
    """A playlist of which the name is known."""
    return Playlist(id=strawberry.ID(global_id("Playlist", id)), graph_id=id, name=name)


def user_node(id: str, name: str | None) -> User:
    """A user; without a name they go by their id."""
    return User(id=strawberry.ID(global_id("User", id)), graph_id=id, name=name or id)


def named_node(label: str, id: str, name: str) -> Node:
    """A node of any label of which the name is known."""
    if label == "Genre":
        return genre_node(GenreName(id, name))
    makers: dict[str, Callable[[str, str], Node]] = {
        "Track": track_node,
        "Artist": artist_node,
        "Playlist": playlist_node,
        "User": user_node,
    }
    return makers[label](id, name)


def weighted(genres: tuple[Weighted, ...]) -> list[GenreWeight]:
    """Genres with their weights."""
    return [GenreWeight(genre=genre_node(entry.genre), weight=entry.weight) for entry in genres]
