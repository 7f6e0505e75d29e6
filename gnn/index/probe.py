"""How much of the truth an index finds: measured on a sample, when a model is made and again where it serves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gnn.index.exact import ExactIndex
from gnn.index.int8 import Vectors
from gnn.index.neighbours import SAME, NearestNeighbours, Vector

SAMPLE, COUNT = 200, 20
LEAST_RECALL = 0.95
"""Below this an index is not fit to serve."""


@dataclass(frozen=True, slots=True)
class Recall:
    """The mean share of the true ``count`` nearest that an index finds for ``sampled`` vectors."""

    value: float
    count: int
    sampled: int

    @property
    def is_enough(self) -> bool:
        """Whether the index may serve."""
        return self.value >= LEAST_RECALL


def overlap(index: NearestNeighbours, truth: NearestNeighbours, vectors: Vectors, asked: Vector, count: int) -> float:
    """The mean share of the true ``count`` nearest that ``index`` finds, 0 to 1.

    What an index says of cosines is not believed: they are computed anew. Rows as near as the last true one count.

    Args:
        index: what is measured.
        truth: what it is held against.
        vectors: float32 [n, dim], those of both.
        asked: float32 [m, dim]; 1 where m is 0.
        count: how many neighbours.
    """
    shares = [share_found(index, truth, vectors, vector, vector, count) for vector in asked]
    return float(np.mean(shares)) if shares else 1.0


def share_found(
    index: NearestNeighbours, truth: NearestNeighbours, vectors: Vectors, vector: Vector, given: Vector, count: int
) -> float:
    """The share of the true ``count`` nearest of ``vector`` that ``index`` finds when asked for ``given``."""
    near, cosines = truth.query(vector, count)
    if not len(near):
        return 1.0
    found = np.unique(index.query(given, count)[0])
    direction = vector / max(float(np.linalg.norm(vector)), 1e-30)
    return min(int((vectors[found] @ direction >= cosines[-1] - SAME).sum()), len(near)) / len(near)


def probe(
    index: NearestNeighbours, vectors: Vectors, *, sample: int = SAMPLE, count: int = COUNT, seed: int = 0
) -> Recall:
    """Hold an index against the exact search for the vectors of ``sample`` of its own tracks.

    Args:
        index: what serves.
        vectors: float32 [n, dim], those of the index.
        sample: how many are asked for; all where there are fewer.
        count: how many neighbours of each.
        seed: of the choice.
    """
    rows = np.random.default_rng(seed).choice(len(vectors), min(sample, len(vectors)), replace=False)
    asked = vectors[np.sort(rows)] if len(rows) else np.empty((0, vectors.shape[1]), np.float32)
    return Recall(overlap(index, ExactIndex(vectors), vectors, asked, count), count, len(rows))
