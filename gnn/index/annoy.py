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
FEWEST, ENOUGH = 5_000, 20_000
SHARE, PER_NEIGHBOUR = 0.4, 50


def inspected(vectors: int, count: int) -> int:
    """How many vectors a search looks at, those counted again that it meets in several trees.

    What is near a listener lies in many branches: of 12,500 tracks 20,000 such looks find 99 %, of 100,000 tracks
    40,000 find 95 %.
    """
    return max(FEWEST, min(round(1.6 * vectors), ENOUGH), round(SHARE * vectors), PER_NEIGHBOUR * count)


class AnnoyNeighbours:
    """An index file of ``build_annoy``, mapped.

    Args:
        path: the file; its seal is checked first.
        vectors: float32 [n, dim], those that it was built from; all cosines are computed from these.
        effort: how much longer than usual to search.

    Raises:
        BundleDamagedError: the file is not what its seal says, or was built from other vectors.
    """

    def __init__(self, path: Path, vectors: Vectors, *, effort: float = 1.0) -> None:
        require_whole(path, KIND, vectors)
        self._vectors = vectors
        self._effort = effort
        self._index = AnnoyIndex(vectors.shape[1], "angular")
        if len(vectors):  # an empty file cannot be mapped, and is never asked
            self._index.load(str(path))

    def query(self, vector: Vector, count: int, allowed: Mask | None = None) -> Neighbours:
        """See ``NearestNeighbours``."""
        return completed(self._nearest, self._vectors, vector, count, allowed)

    def _nearest(self, direction: Vector, count: int) -> Rows:
        looks = round(self._effort * inspected(len(self._vectors), count))
        return np.array(self._index.get_nns_by_vector(direction.tolist(), count, search_k=looks), np.int64)


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
