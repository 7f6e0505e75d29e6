"""The models that a bundle may lack: trained where the data allow it, kept where they add."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from gnn.als import AlsModel
from gnn.context import ContextModel, LoggedContext, context_model
from gnn.cultural import CulturalModel, cultural_model
from gnn.data import TrainingData
from gnn.playlist_vectors import playlist_vectors
from gnn.sequence import SequenceConfig, SequenceModel
from gnn.text_terms import documents_of
from graph.arrays import GraphArrays
from graph.progress import NoProgress, Progress

NAMES = ("sequence", "cultural", "context")
LEAST_PLAYS = 5
"""Plays per listener, in the mean, below which no order can be learned."""


@dataclass(frozen=True, slots=True, eq=False)
class OptionalModels:
    """What could be trained, and was asked for.

    Attributes:
        sequence: None where play times are missing or too few.
        cultural: None where nothing is written about the tracks.
        context: None where nothing was logged of the moments of plays.
    """

    sequence: SequenceModel | None = None
    cultural: CulturalModel | None = None
    context: ContextModel | None = None


@dataclass(frozen=True, slots=True)
class OptionalConfig:
    """How they are trained."""

    sequence: SequenceConfig = field(default_factory=SequenceConfig)
    playlist_components: int = 64


def fit_optional(
    arrays: GraphArrays,
    data: TrainingData,
    als: AlsModel,
    *,
    names: Collection[str] = NAMES,
    config: OptionalConfig | None = None,
    progress: Progress | None = None,
) -> OptionalModels:
    """Train the named models on what may be seen.

    Args:
        arrays: the graph, for its texts and playlists.
        data: the plays of the same tracks.
        als: fitted on ``data``.
        names: out of ``NAMES``.
        config: how.
        progress: told of the steps.
    """
    config, progress = config or OptionalConfig(), progress or NoProgress()
    sequence = cultural = None
    if "sequence" in names and data.has_times and len(data) >= LEAST_PLAYS * len(np.unique(data.user_row)):
        from gnn import sequence_training  # PyTorch takes seconds to import: only when it is needed

        sequence = sequence_training.fit(data, als, config.sequence, progress=progress)
    if "cultural" in names:
        progress.stage("Reading what is written about tracks", 1)
        cultural = fit_cultural(arrays, config.playlist_components)
        progress.advance()
    context = fit_context(arrays) if "context" in names else None
    return OptionalModels(sequence, cultural, context)


def fit_cultural(arrays: GraphArrays, components: int = 64) -> CulturalModel | None:
    """Vectors of the texts and playlists; None where there is neither."""
    documents = documents_of(arrays)
    if not len(documents.words) and not len(arrays.contains):
        return None
    playlists = playlist_vectors(arrays.contains, len(arrays.tracks), components)
    return cultural_model(documents, playlists, len(arrays.tracks))


def fit_context(arrays: GraphArrays) -> ContextModel | None:
    """What is heard when; None where nobody says when, on what and while doing what tracks were heard."""
    if not len(arrays.heard):
        return None
    return context_model(LoggedContext.of_plays(arrays.heard), genres_and_artists(arrays))


def genres_and_artists(arrays: GraphArrays) -> csr_array:
    """The groups whose habits are learned, [n_tracks, genres + artists]: genres count half of a track, artists half."""
    genre, artist = arrays.track_genre, arrays.performed_by
    per_genre = np.bincount(genre.source_row, minlength=len(arrays.tracks))
    rows = np.concatenate([genre.source_row, artist.source_row])
    columns = np.concatenate([genre.target_row, artist.target_row + len(arrays.genres)])
    weights = np.concatenate([1.0 / per_genre[genre.source_row], np.ones(len(artist))])
    return csr_array((weights, (rows, columns)), shape=(len(arrays.tracks), len(arrays.genres) + len(arrays.artists)))
