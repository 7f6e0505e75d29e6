"""The exact search: one matrix product; the truth for every other index, and the fastest in small catalogues."""

from __future__ import annotations

import numpy as np

from gnn.index.int8 import Int8Vectors, Vectors
from gnn.index.neighbours import Mask, Neighbours, Vector, among, best_first, none, require_unit, unit


class ExactIndex:
    """Looks at every vector; of quantised ones a block at a time.

    Raises:
        ModelError: a vector is no direction.
    """

    def __init__(self, vectors: Vectors) -> None:
        require_unit(vectors)
        self._vectors = vectors

    def query(self, vector: Vector, count: int, allowed: Mask | None = None) -> Neighbours:
        """See ``NearestNeighbours``."""
        direction = unit(vector, self._vectors.shape[1])
        if count <= 0 or not len(self._vectors):
            return none()
        if allowed is None:
            return best_first(np.arange(len(self._vectors)), self._products(direction), count)
        rows = np.flatnonzero(allowed)
        if 4 * len(rows) < len(self._vectors):
            return among(self._vectors, direction, count, rows)
        return best_first(rows, self._products(direction)[rows], count)

    def _products(self, direction: Vector) -> Vector:
        """The cosine with every vector, float32 [n]."""
        if isinstance(self._vectors, Int8Vectors):
            return self._vectors.products(direction)
        return np.asarray(self._vectors @ direction, np.float32)
