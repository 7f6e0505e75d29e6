"""Whether the indexes of a bundle find what they should, asked by tracks and by listeners as serving meets them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gnn.bundle import Bundle
from gnn.index import overlap, probe
from gnn.index.exact import ExactIndex
from gnn.index.inner_product import ExactProducts
from gnn.index.neighbours import Vector
from gnn.index.probe import COUNT, LEAST_RECALL, SAMPLE
from gnn.tower import History

HEARD = 10
"""Tracks in the history of a listener who is made up."""


@dataclass(frozen=True, slots=True)
class IndexRecall:
    """The mean share of the true ``count`` best that the indexes find, 0 to 1.

    Attributes:
        tracks: of the neighbours of tracks.
        listeners: of the tracks near listeners.
        als: of the tracks with the largest inner products with listeners' factors.
        count: how many were asked for.
        sampled: how many tracks, and how many listeners, were asked for.
    """

    tracks: float
    listeners: float
    als: float
    count: int
    sampled: int

    @property
    def least(self) -> float:
        """The lowest of them."""
        return min(self.tracks, self.listeners, self.als)

    @property
    def is_enough(self) -> bool:
        """Whether the indexes may serve."""
        return self.least >= LEAST_RECALL


def check(bundle: Bundle, *, sample: int = SAMPLE, count: int = COUNT, seed: int = 0) -> IndexRecall:
    """Hold the indexes of a bundle against the exact search.

    Args:
        bundle: what serves, or would.
        sample: tracks, and listeners, that are asked for.
        count: how many neighbours of each.
        seed: of their choice.
    """
    rng = np.random.default_rng(seed)
    histories = [listener(bundle, rng) for _ in range(sample if len(bundle.catalogue) else 0)]
    vectors = bundle.track_vectors
    by_listeners = bundle.tower.vectors(histories, 0)
    known = by_listeners[by_listeners.any(axis=1)]
    return IndexRecall(
        probe(bundle.index, vectors, sample=sample, count=count, seed=seed).value,
        overlap(bundle.index, ExactIndex(vectors), vectors, known, count),
        _of_products(bundle, [bundle.als.fold_in(one.item_rows, one.counts) for one in histories], count),
        count,
        min(sample, len(vectors)),
    )


def listener(bundle: Bundle, rng: np.random.Generator) -> History:
    """Somebody who heard a track of chance, and what its listeners heard besides; bundles hold no listeners."""
    start = int(rng.integers(len(bundle.catalogue)))
    near = bundle.co_listening.similarity
    others = near.indices[near.indptr[start] : near.indptr[start + 1]]
    chosen = rng.choice(others, min(HEARD - 1, len(others)), replace=False) if len(others) else others
    rows = np.unique(np.append(chosen, start)).astype(np.int64)
    return History(rows, np.ones(len(rows), np.float32), np.zeros(len(rows), np.int64))


def _of_products(bundle: Bundle, factors: list[Vector], count: int) -> float:
    truth, shares = ExactProducts(bundle.als.item_factors), []
    for vector in factors:
        near, products = truth.query(vector, count)
        found = np.unique(bundle.als_index.query(vector, count)[0])
        least = products[-1] - 1e-5 * max(float(np.abs(products).max()), 1e-30)
        reached = (bundle.als.item_factors[found] @ vector >= least).sum()
        shares.append(min(int(reached), len(near)) / len(near))
    return float(np.mean(shares)) if shares else 1.0
