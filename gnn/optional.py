"""The models that a bundle may lack: trained where the data allow it, kept where they add."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from gnn.als import AlsModel
from gnn.cultural import CulturalModel, cultural_model
from gnn.data import TrainingData
from gnn.playlist_vectors import playlist_vectors
from gnn.sequence import SequenceConfig, SequenceModel
from gnn.text_terms import documents_of
from graph.arrays import GraphArrays
from graph.progress import NoProgress, Progress

NAMES = ("sequence", "cultural")
LEAST_PLAYS = 5
"""Plays per listener, in the mean, below which no order can be learned."""


@dataclass(frozen=True, slots=True, eq=False)
class OptionalModels:
    """What could be trained, and was asked for.

    Attributes:
        sequence: None where play times are missing or too few.
        cultural: None where nothing is written about the tracks.
    """

    sequence: SequenceModel | None = None
    cultural: CulturalModel | None = None


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
    return OptionalModels(sequence, cultural)


def fit_cultural(arrays: GraphArrays, components: int = 64) -> CulturalModel | None:
    """Vectors of the texts and playlists; None where there is neither."""
    documents = documents_of(arrays)
    if not len(documents.words) and not len(arrays.contains):
        return None
    playlists = playlist_vectors(arrays.contains, len(arrays.tracks), components)
    return cultural_model(documents, playlists, len(arrays.tracks))
