"""An index with a few later vectors beside it, which are looked at one by one until the index is built anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gnn.index.exact import ExactIndex
from gnn.index.neighbours import Mask, NearestNeighbours, Neighbours, Vector, best_first


class WithLater:
    """Answers from an index and from the rows behind it as if they were one.

    Args:
        index: over the first ``known`` rows.
        known: their number.
        later: float32 [m, dim]: the vectors of the rows from ``known`` on, of length 1 or 0.

    Raises:
        ModelError: a later vector is no direction.
    """

    def __init__(self, index: NearestNeighbours, known: int, later: NDArray[np.float32]) -> None:
        self._index, self._known = index, known
        self._later = ExactIndex(later)

    def query(self, vector: Vector, count: int, allowed: Mask | None = None) -> Neighbours:
        """See ``NearestNeighbours``."""
        first, behind = (None, None) if allowed is None else (allowed[: self._known], allowed[self._known :])
        rows, cosines = self._index.query(vector, count, first)
        later_rows, later_cosines = self._later.query(vector, count, behind)
        both = np.concatenate([rows, later_rows + self._known]), np.concatenate([cosines, later_cosines])
        return best_first(*both, count) if count > 0 else both
