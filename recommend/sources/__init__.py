"""The candidate sources, as one table: adding one is a file and a line."""

from __future__ import annotations

from collections.abc import Mapping

from gnn.bundle import Bundle
from recommend.per_bundle import per_bundle
from recommend.sources.adjacent_artist import AdjacentArtistSource
from recommend.sources.adjacent_genre import AdjacentGenreSource
from recommend.sources.als import AlsSource
from recommend.sources.artist_path import ArtistPathSource
from recommend.sources.audio import AudioSource
from recommend.sources.boosted import BoostedSource
from recommend.sources.breaking import BreakingSource
from recommend.sources.context import ContextSource
from recommend.sources.cultural import CulturalSource
from recommend.sources.favourites import FavouritesSource
from recommend.sources.genre import GenreSource
from recommend.sources.gnn import GnnSource
from recommend.sources.knn import KnnSource
from recommend.sources.playlist import PlaylistSource
from recommend.sources.popular import PopularSource
from recommend.sources.releases import ReleasesSource
from recommend.sources.sequence import SequenceSource
from recommend.sources.social import SocialSource
from recommend.sources.source import Source

SOURCES: tuple[Source, ...] = (
    GnnSource(),
    AlsSource(),
    KnnSource(),
    ArtistPathSource(),
    GenreSource(),
    AudioSource(),
    PlaylistSource(),
    SequenceSource(),
    CulturalSource(),
    PopularSource(),
    AdjacentArtistSource(),
    AdjacentGenreSource(),
    BreakingSource(),
    SocialSource(),
    ReleasesSource(),
    ContextSource(),
    BoostedSource(),
    FavouritesSource(),
)
"""All of them; ``surfaces`` says how many tracks each may nominate."""

SCORERS: tuple[Source, ...] = tuple(source for source in SOURCES if source.features)
"""Those that score as well, whoever nominated."""


@per_bundle
def unavailable(bundle: Bundle) -> Mapping[str, str | None]:
    """Source name -> why it can say nothing with this bundle, or None; asked once for each bundle."""
    return {source.name: source.unavailable(bundle) for source in SOURCES}
