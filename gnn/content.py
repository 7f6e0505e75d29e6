"""What is known of an item without any listener: its tags or genres and its sound, as one dense vector."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from graph.arrays import Rows
from graph.kinds import AUDIO

Floats = NDArray[np.float32]

COMPONENTS = 64
"""Dimensions kept of the tags."""
DENSE = 1500
"""Up to so many different terms their products are decomposed as a whole."""


def unit_rms(vectors: Floats) -> float:
    """The factor that gives the rows of ``vectors`` that are not zero a root mean square norm of 1."""
    squared = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    present = squared[squared > 0]
    return float(1.0 / np.sqrt(present.mean())) if len(present) else 1.0


def tf_idf(item_row: Rows, term_row: Rows, weight: NDArray[np.float64], shape: tuple[int, int]) -> csr_array:
    """Weigh the terms of each item, rows of norm 1: ``log(1 + weight) · log(n_items / items with the term)``.

    Args:
        item_row: int64 [n].
        term_row: int64 [n]; repeated pairs add up.
        weight: float64 [n].
        shape: (n_items, n_terms).

    Source: Salton and Buckley, Term-weighting approaches in automatic text retrieval, 1988.
    """
    terms = csr_array((np.ones(len(item_row)), (item_row, term_row)), shape=shape)
    terms.sum_duplicates()
    return weighed(
        item_row, term_row, weight, rarity(np.bincount(terms.indices, minlength=shape[1]), shape[0]), shape[0]
    )


def rarity(frequency: Rows, n_items: int) -> NDArray[np.float64]:
    """How much each term says, ``log(n_items / items with the term)``, float64 [n_terms]."""
    return np.log(max(n_items, 1) / np.maximum(frequency, 1))


def weighed(
    item_row: Rows, term_row: Rows, weight: NDArray[np.float64], rare: NDArray[np.float64], n_items: int
) -> csr_array:
    """The terms of some items by the rarity that they have among all, float64 [n_items, n_terms], rows of norm 1."""
    terms = csr_array((weight.astype(np.float64), (item_row, term_row)), shape=(n_items, len(rare)))
    terms.sum_duplicates()
    terms.data = np.log1p(terms.data) * rare[terms.indices]
    rows = np.repeat(np.arange(n_items), np.diff(terms.indptr))
    norm = np.sqrt(np.bincount(rows, weights=terms.data**2, minlength=n_items))
    terms.data /= np.where(norm > 0, norm, 1.0)[rows]
    return terms


def reduced(terms: csr_array, components: int = COMPONENTS) -> Floats:
    """The leading singular directions of the items, float32 [n_items, <= components], RMS norm 1.

    Signs are fixed (the largest entry of each direction is positive), so that equal input gives equal output.
    """
    count = min(components, min(terms.shape) - 1)
    if count < 1 or not terms.nnz:
        return np.zeros((terms.shape[0], 0), np.float32)
    vectors = _leading(terms, count)
    signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(count)])
    vectors = (vectors * signs).astype(np.float32)
    return np.asarray(vectors * np.float32(unit_rms(vectors)), np.float32)


def measured_names(columns: Mapping[str, NDArray[np.generic]]) -> tuple[str, ...]:
    """The audio features that ``measured`` gives, in its order."""
    return tuple(name for name in AUDIO if name in columns and name not in ("tempoAlt", "tempoConfidence"))


def measured(columns: Mapping[str, NDArray[np.generic]], tracks: int) -> NDArray[np.float64]:
    """The audio features of tracks that some track has, float64 [n_tracks, k], NaN where unknown, each in its own unit.

    Args:
        columns: as in ``GraphArrays.track_columns``.
        tracks: their number.
    """
    found = [np.asarray(columns[name], np.float64) for name in measured_names(columns)]
    return np.stack(found, axis=1) if found else np.empty((tracks, 0))


def _leading(terms: csr_array, count: int) -> NDArray[np.float64]:
    """The items along the leading singular directions, each times its value, float64 [n_items, count]."""
    if terms.shape[1] <= DENSE:  # ARPACK draws at random where values coincide: no two runs would be the same
        _, right = np.linalg.eigh((terms.T @ terms).toarray())
        return np.asarray(terms @ right[:, ::-1][:, :count])
    left, values, _ = svds(terms, k=count, v0=np.random.default_rng(0).standard_normal(min(terms.shape)))
    order = np.argsort(-values, kind="stable")
    return np.asarray(left[:, order] * values[order])


def sound(features: NDArray[np.float64]) -> Floats:
    """Audio features with mean 0 and deviation 1 per column, 0 where unknown, RMS norm 1; columns without a value go.

    Args:
        features: float64 [n_items, k], NaN where unknown.
    """
    useful = np.isfinite(features).any(axis=0)
    features = features[:, useful]
    scaled = standardised(features, *moments(features))
    return np.asarray(scaled * np.float32(unit_rms(scaled)), np.float32)


def moments(features: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and deviation of each column over what is known, float64 [k] each; a deviation of 0 is given as 1."""
    known = np.isfinite(features)
    filled, count = np.where(known, features, 0.0), np.maximum(known.sum(axis=0), 1)
    mean = filled.sum(axis=0) / count
    spread = np.sqrt((np.where(known, filled - mean, 0.0) ** 2).sum(axis=0) / count)
    return mean, np.where(spread > 0, spread, 1.0)


def standardised(features: NDArray[np.float64], mean: NDArray[np.float64], spread: NDArray[np.float64]) -> Floats:
    """The features with this mean and deviation taken out, float32 [n_items, k], 0 where unknown."""
    known = np.isfinite(features)
    return (np.where(known, np.where(known, features, 0.0) - mean, 0.0) / spread).astype(np.float32)
