"""What a client can look at: tracks, artists, genres, playlists, users. Names are at hand, the rest is loaded when asked."""

from __future__ import annotations

from datetime import UTC, datetime

import strawberry

from api.graphql import listing
from api.graphql.context import Info
from api.graphql.ids import global_id
from api.graphql.pages import PageInfo
from graph.browse import ArtistPage, GenrePage, Named, PlaylistPage, TrackPage, UserPage, Weighted
from graph.kinds import AUDIO
from graph.reads import Profile
from recommend.types import TrackRef

FIRST = "How many, 1 to 100."
AFTER = "The endCursor of the page before."
CAMELOT = {
    1: ("8B", "3B", "10B", "5B", "12B", "7B", "2B", "9B", "4B", "11B", "6B", "1B"),
    0: ("5A", "12A", "7A", "2A", "9A", "4A", "11A", "6A", "1A", "8A", "3A", "10A"),
}
"""Mode (1 major, 0 minor) -> place on the Camelot wheel for each key from C upwards."""

First = strawberry.argument(description=FIRST)
After = strawberry.argument(description=AFTER)


def instant(seconds: int | None) -> datetime | None:
    """Unix seconds as a time in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


@strawberry.interface(description="Anything with an id of its own.")
class Node:
    """See the schema; ``key`` is the graph's id."""

    id: strawberry.ID = strawberry.field(description="Opaque global id, for `node` and for every id argument.")
    graph_id: str = strawberry.field(description="The id in the graph, for Cypher; every id argument takes it too.")
    name: str = strawberry.field(description="Its name; a user without one is called by the graph's id.")


@strawberry.type(description="A genre and how much something belongs to it.")
class GenreWeight:
    """See the schema."""

    genre: Genre = strawberry.field(description="The genre.")
    weight: float = strawberry.field(description="0 to 1.")


@strawberry.type(description="What can be heard in a track; each value null where it is unknown.")
class AudioFeatures:
    """See the schema."""

    tempo: float | None = strawberry.field(description="Beats per minute.")
    tempo_alt: float | None = strawberry.field(description="The second candidate, often half or double.")
    tempo_confidence: float | None = strawberry.field(description="How sure the tempo is, 0 to 1.")
    key: int | None = strawberry.field(description="0 to 11, C is 0.")
    mode: int | None = strawberry.field(description="1 major, 0 minor.")
    camelot: str | None = strawberry.field(description="Key and mode on the Camelot wheel, such as 8B for C major.")
    time_signature: int | None = strawberry.field(description="Beats per bar.")
    loudness: float | None = strawberry.field(description="Decibels relative to full scale.")
    energy: float | None = strawberry.field(description="0 to 1.")
    danceability: float | None = strawberry.field(description="0 to 1.")
    valence: float | None = strawberry.field(description="How bright it sounds, 0 to 1.")
    acousticness: float | None = strawberry.field(description="0 to 1.")
    instrumentalness: float | None = strawberry.field(description="0 to 1.")
    speechiness: float | None = strawberry.field(description="0 to 1.")
    liveness: float | None = strawberry.field(description="0 to 1.")
    source: str | None = strawberry.field(description="measured, estimated or imported.")
    extractor_version: str | None = strawberry.field(description="The program that measured it.")


@strawberry.type(description="A recording.")
class Track(Node):
    """See the schema."""

    ref: strawberry.Private[TrackRef | None] = None

    @strawberry.field(description="Everybody credited, in order.")
    async def artists(self, info: Info) -> list[Artist]:
        """Known where the track comes from a recommendation, else loaded."""
        if self.ref is not None:
            return [artist_node(artist.id, artist.name) for artist in self.ref.artists]
        page = await self._page(info)
        return [artist_node(artist.id, artist.name) for artist in page.artists] if page else []

    @strawberry.field(description="Its genres, those it belongs to most first.")
    async def genres(self, info: Info, first: int = 5) -> list[GenreWeight]:
        """At most 20 are known."""
        page = await self._page(info)
        return weighted(page.genres[: listing.page_size(first)]) if page else []

    @strawberry.field(description="Milliseconds.")
    async def duration_ms(self, info: Info) -> int | None:
        """From the graph."""
        return await self._property(info, "durationMs")

    @strawberry.field(description="Whether it is marked as explicit.")
    async def explicit(self, info: Info) -> bool | None:
        """From the graph."""
        return await self._property(info, "explicit")

    @strawberry.field(description="0 to 100, as its source says.")
    async def popularity(self, info: Info) -> int | None:
        """From the graph."""
        return await self._property(info, "popularity")

    @strawberry.field(description="Plays by all users.")
    async def play_count(self, info: Info) -> int | None:
        """From the graph."""
        return await self._property(info, "playCount")

    @strawberry.field(description="Users who played it.")
    async def listener_count(self, info: Info) -> int | None:
        """From the graph."""
        return await self._property(info, "listenerCount")

    @strawberry.field(description="International code of the recording.")
    async def isrc(self, info: Info) -> str | None:
        """From the graph."""
        return await self._property(info, "isrc")

    @strawberry.field(description="The album's name.")
    async def album(self, info: Info) -> str | None:
        """From the graph."""
        return await self._property(info, "album")

    @strawberry.field(description="When it came out: a date, or only a year.")
    async def release_date(self, info: Info) -> str | None:
        """From the graph."""
        return await self._property(info, "releaseDate")

    @strawberry.field(description="What the sources call it.")
    async def source_ids(self, info: Info) -> list[str]:
        """From the graph."""
        page = await self._page(info)
        return list(page.source_ids) if page else []

    @strawberry.field(description="What can be heard; null where nothing was measured.")
    async def audio(self, info: Info) -> AudioFeatures | None:
        """From the graph."""
        page = await self._page(info)
        return audio_of(page) if page else None

    @strawberry.field(description="Tracks close to it in the live model; null where there is none or it is not in it.")
    async def similar(self, info: Info, first: int = 20) -> SimilarTrackConnection | None:
        """Nearest by the model's vectors."""
        return await listing.similar_tracks(info.context, self.graph_id, first)

    async def _page(self, info: Info) -> TrackPage | None:
        return await info.context.tracks.load(self.graph_id)

    async def _property(self, info: Info, name: str) -> object:
        page = await self._page(info)
        return page.properties.get(name) if page else None
