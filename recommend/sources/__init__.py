"""The candidate sources, as one table: adding one is a file and a line."""

from __future__ import annotations

from recommend.sources.als import AlsSource
from recommend.sources.artist_path import ArtistPathSource
from recommend.sources.audio import AudioSource
from recommend.sources.gnn import GnnSource
from recommend.sources.knn import KnnSource
from recommend.sources.playlist import PlaylistSource
from recommend.sources.popular import PopularSource
from recommend.sources.source import Source

SOURCES: tuple[Source, ...] = (
    GnnSource(),
    AlsSource(),
    KnnSource(),
    ArtistPathSource(),
    AudioSource(),
    PlaylistSource(),
    PopularSource(),
)
"""All of them; ``surfaces`` says how many tracks each may nominate."""

FEATURES = tuple(feature for source in SOURCES for feature in source.features)
"""The columns of the ranker's matrix."""

FAMILIES = tuple(source.name for source in SOURCES for _ in source.features)
"""The source of each column."""
