"""Vectors for items that hardly anybody heard: what the vectors of the others would make of their content."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn.content import COMPONENTS, reduced, sound, tf_idf
from gnn.data import Floats, TrainingData
from graph.arrays import Rows

WIDE_COMPONENTS = 256
"""Dimensions of the tags that the regression reads: more than the network, whose other inputs say much of the same."""
WIDE_ITEMS = 1 << 17
"""In larger catalogues the regression reads as much of the tags as the network."""


def content(data: TrainingData) -> Floats:
    """What the regression knows of each item, float32 [n_items, c]: tags, then sound."""
    terms, shape = data.terms, (len(data.items), data.terms.count)
    components = WIDE_COMPONENTS if len(data.items) <= WIDE_ITEMS else COMPONENTS
    tags = reduced(tf_idf(terms.item_row, terms.term_row, terms.weight, shape), components)
    return np.hstack([tags, sound(data.audio)])


def with_artists(content: Floats, vectors: Floats, data: TrainingData, cold: NDArray[np.bool_]) -> Floats:
    """The content, and the mean vector of the artists' other items that are not cold: float32 [n_items, c + dim + 1].

    Items count by the logarithm of their listeners. The last column tells whether there are such items; an item's own
    vector is never in its mean, so that the regression cannot read off the answer.
    """
    if not len(data.performed_by):
        return content
    shape = (len(data.items), len(data.artists))
    each = np.ones(len(data.performed_by), np.float32)
    performed = csr_array((each, (data.performed_by.source_row, data.performed_by.target_row)), shape=shape)
    weight = np.where(cold, 0.0, np.log1p(data.popularity)).astype(np.float32)
    credits = np.diff(performed.indptr).astype(np.float32)
    own = vectors * weight[:, None]
    others = performed @ (performed.T @ own) - own * credits[:, None]
    total = performed @ (performed.T @ weight) - weight * credits
    there = (total > 1e-3).astype(np.float32)[:, None]
    mean = there * others / np.maximum(total, 1e-3)[:, None]
    return np.hstack([content, mean, there]).astype(np.float32)


def ridge(content: Floats, vectors: Floats, popularity: Rows, cold: NDArray[np.bool_], penalty: float) -> Floats:
    """Replace the vectors of cold items by a regression from content, float32 [n_items, dim], rows normalised.

    Warm items count by the logarithm of their listeners; vectors are centred on the warm items' weighted mean.

    Args:
        content: float32 [n_items, c].
        vectors: float32 [n_items, dim].
        popularity: listeners, int64 [n_items].
        cold: which items are replaced, bool [n_items].
        penalty: of the regression.
    """
    if not cold.any() or cold.all() or not content.shape[1]:
        return vectors
    weight = np.log1p(popularity[~cold].astype(np.float64))
    known, target = content[~cold].astype(np.float64), vectors[~cold].astype(np.float64)
    mean = weight @ target / weight.sum()
    gram = (known.T * weight) @ known + penalty * np.eye(known.shape[1])
    slope = np.linalg.solve(gram, (known.T * weight) @ (target - mean))
    found = vectors.copy()
    guess = content[cold].astype(np.float64) @ slope + mean
    norm = np.linalg.norm(guess, axis=1, keepdims=True)
    found[cold] = guess / np.where(norm > 0, norm, 1.0)
    return found
