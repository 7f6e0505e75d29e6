"""What the knowledge graph says alone: more by the artists, or of the genres, that a user heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from gnn.baselines.history import recent
from gnn.content import tf_idf
from gnn.data import Floats, TrainingData
from gnn.metrics import Scores, matrix
from graph.arrays import Rows
from graph.errors import InvalidRequestError


@dataclass(frozen=True, slots=True)
class PathConfig:
    """How much is walked through artists or genres.

    Attributes:
        fame: power of the logarithm of an item's listeners by which the path's weight is multiplied.
        half_life_days: of the history; infinite weighs all plays the same.
    """

    fame: float = 1.0
    half_life_days: float = 30.0


def fit_artists(data: TrainingData, config: PathConfig, seed: int) -> Scores:
    """Recent plays of the item's artists, the better-known items of an artist first; falls back on popularity.

    Raises:
        InvalidRequestError: the items are artists themselves.
    """
    if not len(data.performed_by):
        raise InvalidRequestError("artist_path needs tracks, and the items of this data set are artists: leave it out")
    shape = (len(data.items), len(data.artists))
    return _paths(data, matrix(data.performed_by.source_row, data.performed_by.target_row, shape), config)


def fit_genres(data: TrainingData, config: PathConfig, seed: int) -> Scores:
    """Likeness of the item's tags or genres to those of recent plays, the better-known items first.

    Raises:
        InvalidRequestError: the items have neither.
    """
    terms = data.terms
    if not len(terms.item_row):
        raise InvalidRequestError(
            "genre_profile needs tags or genres, and no item of this data set has one: leave it out"
        )
    described = tf_idf(terms.item_row, terms.term_row, terms.weight, (len(data.items), terms.count))
    return _paths(data, described.astype(np.float32), config)


def _paths(data: TrainingData, features: csr_array, config: PathConfig) -> Scores:
    """Products of a user's recent features with an item's, times the item's fame."""
    profile = csr_array(recent(data, config.half_life_days) @ features)
    known = np.log1p(data.popularity.astype(np.float32)) ** np.float32(config.fame)

    def scores(rows: Rows) -> Floats:
        affinity = np.asarray((profile[rows] @ features.T).toarray(), np.float32)
        return (affinity + np.float32(1e-4)) * known[None, :]

    return scores
