"""Which tracks are nearest to a vector: one protocol, an exact search and Annoy behind it."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Protocol

import numpy as np
from annoy import AnnoyIndex
from numpy.typing import NDArray

from graph.errors import BundleDamagedError

LEAST_INSPECTED = 10_000

Vector = NDArray[np.float32]
Neighbours = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Rows int64 [m] and cosines float32 [m], best first, ties by row."""


class NearestNeighbours(Protocol):
    """An index over L2-normalised vectors float32 [n, dim]."""

    def query(self, vector: Vector, count: int) -> Neighbours:
        """The ``count`` nearest rows, or all where there are fewer."""


def _best_first(rows: NDArray[np.int64], cosines: NDArray[np.float32], count: int) -> Neighbours:
    order = np.lexsort((rows, -np.round(cosines, 6)))[:count]  # BLAS gives equal vectors not quite equal cosines
    return rows[order], cosines[order]


class ExactIndex:
    """One matrix product; the truth for every other index, and the fastest below about 30,000 tracks."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self._vectors = vectors

    def query(self, vector: Vector, count: int) -> Neighbours:
        """See ``NearestNeighbours``."""
        cosines = (self._vectors @ vector).astype(np.float32)
        count = min(count, len(cosines))
        if count <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        # All that reach the last place's score, so that ties are decided by row and not by the partition.
        least = np.partition(cosines, len(cosines) - count)[len(cosines) - count]
        return _best_first(np.flatnonzero(cosines >= least), cosines[cosines >= least], count)


class AnnoyNeighbours:
    """Annoy, ``angular`` metric (its ``dot`` metric is broken in 1.17.3). The file is verified by the bundle first."""

    def __init__(self, path: Path, vectors: NDArray[np.float32], *, search: int = 300) -> None:
        """Map an index file.

        Args:
            path: made by ``build_annoy`` from the same vectors.
            vectors: float32 [n, dim]; the cosines of what Annoy finds are computed from these.
            search: vectors inspected per wanted neighbour.

        Raises:
            BundleDamagedError: the file holds another number of vectors.
        """
        self._vectors = vectors
        self._index = AnnoyIndex(vectors.shape[1], "angular")
        self._index.load(str(path))
        if self._index.get_n_items() != len(vectors):
            raise BundleDamagedError(f"{path.name} holds {self._index.get_n_items()} vectors, expected {len(vectors)}")
        self._search = search

    def query(self, vector: Vector, count: int) -> Neighbours:
        """See ``NearestNeighbours``."""
        if count <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        inspected = max(LEAST_INSPECTED, count * self._search)
        found = np.array(self._index.get_nns_by_vector(vector.tolist(), count, search_k=inspected), np.int64)
        return _best_first(found, (self._vectors[found] @ vector).astype(np.float32), count)


def build_annoy(vectors: NDArray[np.float32], path: Path, *, trees: int = 20, seed: int = 0) -> None:
    """Write an Annoy index of ``vectors`` to ``path``; the same seed writes the same file."""
    index = AnnoyIndex(vectors.shape[1], "angular")
    index.set_seed(seed)
    for row, vector in enumerate(vectors):
        index.add_item(row, vector.tolist())
    index.build(trees, n_jobs=1)
    index.save(str(path))  # and maps what it wrote: the only sign of a full disk
    if index.get_n_items() != len(vectors) or index.get_n_trees() < trees:  # of tiny indexes it counts some twice
        raise OSError(errno.ENOSPC, f"{path.name} could not be written whole")


def overlap(index: NearestNeighbours, truth: NearestNeighbours, vectors: NDArray[np.float32], count: int) -> float:
    """The mean share of the true ``count`` neighbours of ``vectors`` [m, dim] that ``index`` finds."""
    found = [np.isin(truth.query(vector, count)[0], index.query(vector, count)[0]).mean() for vector in vectors]
    return float(np.mean(found)) if found else 1.0
