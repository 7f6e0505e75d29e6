"""Which tracks have the largest inner product with a listener's ALS factors: all of them, or by an index of directions.

Scaled by the longest, and completed to length 1 by one more number, factors are ordered by cosine as by inner product.

Source: Bachrach et al., Speeding up the Xbox recommender system using a Euclidean transformation for inner-product
spaces, 2014.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gnn.index.neighbours import Mask, NearestNeighbours, Neighbours, Vector

Floats = NDArray[np.float32]


class LargestProducts(Protocol):
    """Tracks by inner product with factors float32 [n, k]."""

    def query(self, vector: Vector, count: int, allowed: Mask | None = None) -> Neighbours:
        """Rows int64 [m] and inner products float32 [m], the largest first, ties by row.

        Args:
            vector: float32 [k].
            count: how many.
            allowed: bool [n]: which rows may be found. Later places, of tracks without factors, are not looked at.
        """


def completed_to_unit(factors: Floats) -> Floats:
    """``[x, sqrt(M² - |x|²)] / M`` with M the longest length, float32 [n, k + 1] of factors float32 [n, k]."""
    wide = factors.astype(np.float64)
    squared = np.einsum("nk,nk->n", wide, wide)
    longest = max(float(squared.max(initial=0.0)), 1e-30)
    rest = np.sqrt(np.maximum(longest - squared, 0.0))
    return np.asarray(np.column_stack([wide, rest]) / np.sqrt(longest), np.float32)


class ExactProducts:
    """One matrix product.

    Args:
        factors: float32 [n, k].
    """

    def __init__(self, factors: Floats) -> None:
        self._factors = factors

    def query(self, vector: Vector, count: int, allowed: Mask | None = None) -> Neighbours:
        """See ``LargestProducts``."""
        products = (self._factors @ vector).astype(np.float32)
        rows = np.arange(len(products)) if allowed is None else np.flatnonzero(allowed[: len(products)])
        return _largest_first(rows, products[rows], count)


class IndexedProducts:
    """By an index over ``completed_to_unit(factors)``.

    Args:
        index: that one.
        factors: float32 [n, k].
    """

    def __init__(self, index: NearestNeighbours, factors: Floats) -> None:
        self._index = index
        self._factors = factors

    def query(self, vector: Vector, count: int, allowed: Mask | None = None) -> Neighbours:
        """See ``LargestProducts``."""
        known = None if allowed is None else allowed[: len(self._factors)]
        rows, _ = self._index.query(np.append(vector, np.float32(0.0)), count, known)
        return _largest_first(rows, (self._factors[rows] @ vector).astype(np.float32), count)


def _largest_first(rows: NDArray[np.int64], products: Floats, count: int) -> Neighbours:
    if 0 < count < len(rows):
        reach = products >= np.partition(products, len(products) - count)[len(products) - count]
        rows, products = rows[reach], products[reach]
    order = np.lexsort((rows, -products))[: max(count, 0)]
    return rows[order], products[order]
