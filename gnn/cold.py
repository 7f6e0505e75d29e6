"""Vectors for items that hardly anybody heard: what the vectors of the others would make of their content."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
