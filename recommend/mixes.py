"""The sides of a listener's taste: up to six groups of played tracks, each unlike the others."""

from __future__ import annotations

import numpy as np

from gnn.tower import History
from recommend.sources.source import Floats, Rows
from recommend.taste import Taste

MOST = 6
LEAST_TRACKS = 6
"""Played tracks that make a side."""
APART = 0.85
"""Two sides whose middles are nearer than this cosine are one."""
ROUNDS = 20
HALF_LIFE_DAYS = 180.0


def sides(taste: Taste) -> list[Rows]:
    """Places in the history of each side, the one that is played most first; int64 each, ascending.

    Spherical k-means on the tracks' vectors, begun with tracks far from one another, so that the same history always
    has the same sides; small ones and near ones are joined with the nearest. One side where there is too little to
    part.

    Source: Dhillon and Modha, Concept decompositions for large sparse text data using clustering, 2001.
    """
    if not len(taste):
        return []
    vectors = np.asarray(taste.bundle.track_vectors[taste.rows], np.float32)
    weights = taste.decay(HALF_LIFE_DAYS) * np.log1p(taste.history.counts)
    middles = _far_apart(vectors, weights, min(MOST, max(len(taste) // LEAST_TRACKS, 1)))
    for _ in range(ROUNDS):
        nearest = (vectors @ middles.T).argmax(axis=1)
        middles, before = _middles(vectors, weights, nearest, middles), middles
        if np.allclose(middles, before):
            break
    nearest = (vectors @ middles.T).argmax(axis=1)
    while len(middles) > 1:
        joined = _joined(middles, np.bincount(nearest, minlength=len(middles)))
        if joined is None:
            break
        middles = np.delete(
            _middles(vectors, weights, np.where(nearest == joined[0], joined[1], nearest), middles), joined[0], 0
        )
        nearest = (vectors @ middles.T).argmax(axis=1)
    strength = np.bincount(nearest, weights, len(middles))
    order = np.lexsort((np.arange(len(middles)), -strength))
    return [found for side in order.tolist() if len(found := np.flatnonzero(nearest == side))]


def side_of(taste: Taste, places: Rows) -> Taste:
    """The taste of somebody who has played this side alone, at the same moment."""
    history = taste.history
    part = History(history.item_rows[places], history.counts[places], history.last_at[places])
    return Taste(taste.bundle, part, taste.as_of, moment=taste.moment)


def _far_apart(vectors: Floats, weights: Floats, count: int) -> Floats:
    """The strongest track, then each time the one that is strong and far from those taken; float32 [count, dim]."""
    chosen = [int(weights.argmax())]
    nearest = vectors @ vectors[chosen[0]]
    while len(chosen) < count:
        chosen.append(int((weights * np.maximum(1.0 - nearest, 0.0)).argmax()))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    return vectors[chosen]


def _middles(vectors: Floats, weights: Floats, nearest: Rows, before: Floats) -> Floats:
    """The direction of each side, float32 [k, dim], L2-normalised; the former one where a side is empty."""
    sums = np.zeros_like(before)
    np.add.at(sums, nearest, vectors * weights[:, None])
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(np.where(length > 1e-9, sums / np.maximum(length, 1e-9), before), np.float32)


def _joined(middles: Floats, sizes: Rows) -> tuple[int, int] | None:
    """Which side goes into which: the smallest that is too small, else the nearest pair; None where all are apart."""
    near = middles @ middles.T
    np.fill_diagonal(near, -np.inf)
    small = int(sizes.argmin())
    if sizes[small] < LEAST_TRACKS:
        return small, int(near[small].argmax())
    one, other = np.unravel_index(int(near.argmax()), near.shape)
    if near[one, other] <= APART:
        return None
    return (int(one), int(other)) if sizes[one] < sizes[other] else (int(other), int(one))
