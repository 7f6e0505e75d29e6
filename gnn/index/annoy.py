"""Annoy: a forest of random splits in one memory-mapped file that processes share.

Its ``angular`` metric; ``dot`` is broken in 1.17.3 (recall .003 where angular gives .56).
"""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
from annoy import AnnoyIndex

from gnn.index.files import require_whole, seal
from gnn.index.int8 import Vectors
from gnn.index.neighbours import Mask, Neighbours, Rows, Vector, completed, require_unit

KIND = "annoy"
TREES = 20
LEAST_INSPECTED = 10_000
INSPECTED = 300
"""Vectors looked at per wanted neighbour, ``LEAST_INSPECTED`` at least."""


class AnnoyNeighbours:
    """An index file of ``build_annoy``, mapped.

    Args:
        path: the file; its seal is checked first.
        vectors: float32 [n, dim], those that it was built from; all cosines are computed from these.
        least_inspected: vectors looked at for each query, however few are wanted.

    Raises:
        BundleDamagedError: the file is not what its seal says, or was built from other vectors.
    """

    def __init__(self, path: Path, vectors: Vectors, *, least_inspected: int = LEAST_INSPECTED) -> None:
        require_whole(path, KIND, vectors)
        self._vectors = vectors
        self._least_inspected = least_inspected
        self._index = AnnoyIndex(vectors.shape[1], "angular")
        if len(vectors):  # an empty file cannot be mapped, and is never asked
            self._index.load(str(path))

    def query(self, vector: Vector, count: int, allowed: Mask | None = None) -> Neighbours:
        """See ``NearestNeighbours``."""
        return completed(self._nearest, self._vectors, vector, count, allowed)

    def _nearest(self, direction: Vector, count: int) -> Rows:
        inspected = max(self._least_inspected, count * INSPECTED)
        return np.array(self._index.get_nns_by_vector(direction.tolist(), count, search_k=inspected), np.int64)


def build_annoy(vectors: Vectors, path: Path, *, trees: int = TREES, seed: int = 0) -> None:
    """Write an Annoy index of ``vectors`` to ``path``, and its seal; the same seed writes the same file.

    Raises:
        ModelError: a vector is no direction.
    """
    require_unit(vectors)
    index = AnnoyIndex(vectors.shape[1], "angular")
    index.set_seed(seed)
    for row in range(len(vectors)):
        index.add_item(row, vectors[row].tolist())
    index.build(trees, n_jobs=1)
    if len(vectors):
        index.save(str(path))  # maps what it wrote, which is the only sign of a full disk
        if index.get_n_items() != len(vectors):
            raise OSError(errno.ENOSPC, f"{path.name} could not be written whole")
    else:
        path.write_bytes(b"")
    index.unload()
    seal(path, KIND, vectors, {"trees": trees, "seed": seed})
