"""What can be asked of an index over the tracks' vectors, and what every index does alike: order, filter, complete."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gnn.index.int8 import Vectors
from graph.errors import ModelError

Vector = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Neighbours = tuple[Rows, NDArray[np.float32]]
"""Rows int64 [m] and cosines float32 [m], best first, ties by row."""

SAME = 2e-6
"""Cosines closer than this are ties: BLAS gives equal vectors not quite equal cosines."""
SLACK = 1.5
"""How much more than the share of allowed rows suggests is asked for at first."""
DOUBLINGS = 2
FEW = 2_000
"""So few allowed rows are looked at one by one."""


class NearestNeighbours(Protocol):
    """An index over vectors float32 [n, dim] of length 1, or 0 where nothing is known of a track."""

    def query(self, vector: Vector, count: int, allowed: Mask | None = None) -> Neighbours:
        """The ``count`` nearest rows, or all where there are fewer.

        Args:
            vector: float32 [dim]; only its direction counts. Without one every row is equally near.
            count: how many; none below 1.
            allowed: bool [n]: which rows may be found; all by default.

        Raises:
            ModelError: the vector has another dimension.
        """


def unit(vector: Vector, dim: int) -> Vector:
    """The direction of a vector, float32 [dim].

    Raises:
        ModelError: it has another dimension.
    """
    if vector.shape != (dim,):
        raise ModelError(f"asked for the neighbours of a vector of shape {vector.shape}, the index has ({dim},)")
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / np.float32(length) if length > 0 else vector, np.float32)


def require_unit(vectors: Vectors) -> None:
    """Refuse what is no direction.

    Raises:
        ModelError: a vector is not finite, or neither of length 1 nor 0.
    """
    for start in range(0, len(vectors), 65_536):
        length = np.linalg.norm(vectors[start : start + 65_536], axis=1)
        wrong = np.flatnonzero(~((np.abs(length - 1) < 1e-3) | (length == 0)))
        if len(wrong):
            row = int(wrong[0])
            raise ModelError(f"vector {start + row} has length {length[row]:.3g}: normalise before indexing")


def best_first(rows: Rows, cosines: NDArray[np.float32], count: int) -> Neighbours:
    """The best ``count`` of some rows, in order; ties, also those for the last place, by row."""
    if count < len(cosines):
        least = np.partition(cosines, len(cosines) - count)[len(cosines) - count]
        reach = cosines >= least - SAME
        rows, cosines = rows[reach], cosines[reach]
    order = np.lexsort((rows, -np.round(cosines, 6)))[:count]
    return rows[order], cosines[order]


def none() -> Neighbours:
    """No neighbours."""
    return np.empty(0, np.int64), np.empty(0, np.float32)


def among(vectors: Vectors, direction: Vector, count: int, rows: Rows) -> Neighbours:
    """The nearest of a few rows, looked at one by one."""
    return best_first(rows, (vectors[rows] @ direction).astype(np.float32), count)


def completed(
    nearest: Callable[[Vector, int], Rows], vectors: Vectors, vector: Vector, count: int, allowed: Mask | None
) -> Neighbours:
    """Answer from an index that knows no filter and may miss some: exactly ``count`` rows where so many are allowed.

    More is fetched than is wanted, at most doubled twice; what that does not fill is answered by looking at every
    allowed row.

    Args:
        nearest: about so many rows near a direction, in any order, each once.
        vectors: float32 [n, dim]; all cosines are computed from these.
        vector: see ``NearestNeighbours``.
        count: see there.
        allowed: see there.
    """
    direction, n = unit(vector, vectors.shape[1]), len(vectors)
    left = n if allowed is None else int(np.count_nonzero(allowed))
    wanted = min(count, left)
    if wanted <= 0:
        return none()
    asked = wanted if allowed is None else ceil(SLACK * wanted * n / left)
    for _ in range(1 + DOUBLINGS):
        if left <= FEW or 4 * asked >= n or not direction.any():
            break
        found = nearest(direction, asked)
        kept = found if allowed is None else found[allowed[found]]
        if len(kept) >= wanted:
            return among(vectors, direction, wanted, kept)
        asked *= 2
    return among(vectors, direction, wanted, np.arange(n) if allowed is None else np.flatnonzero(allowed))
