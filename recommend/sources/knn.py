"""Tracks heard by the same listeners as the listener's recent plays."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import Floats, Rows, best_unplayed, exact
from recommend.taste import Taste

HALF_LIVES_DAYS = (14.0, 90.0)


class KnnSource:
    """Item-based neighbours, summed over the decayed plays; the best source for listeners with few plays."""

    name = "knn"
    features = tuple(f"knn_{int(days)}_days" for days in HALF_LIVES_DAYS)

    def unavailable(self, bundle: Bundle) -> str | None:
        """Without any common listener there are no neighbours."""
        return None if bundle.co_listening.similarity.nnz else "no two tracks share a listener"

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """By the longer half-life: it forgets less."""
        if not len(taste):
            return np.empty(0, np.int64)
        neighbours = taste.bundle.co_listening.similarity[taste.rows]
        return best_unplayed(neighbours.T @ self._weights(taste)[:, -1], taste, quota)

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        return (exact(self._near(taste, rows)).T @ exact(self._weights(taste))).astype(np.float32)

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """One summand per play."""
        return self._near(taste, rows)[:, :, None] * self._weights(taste)[:, None, :]

    @staticmethod
    def _near(taste: Taste, rows: Rows) -> Floats:
        """Similarity of each play to each wanted track, float32 [h, m]."""
        similarity = taste.bundle.co_listening.similarity
        place = np.full(similarity.shape[1], -1, np.int64)
        place[rows] = np.arange(len(rows))
        starts, ends = similarity.indptr[taste.rows], similarity.indptr[taste.rows + 1]
        counts = ends - starts
        entries = np.repeat(starts - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) + np.arange(counts.sum())
        column = place[similarity.indices[entries]]
        wanted = column >= 0
        near = np.zeros((len(taste), len(rows)), np.float32)
        near[np.repeat(np.arange(len(taste)), counts)[wanted], column[wanted]] = similarity.data[entries[wanted]]
        return near

    @staticmethod
    def _weights(taste: Taste) -> Floats:
        """Decays, scaled so that long and short histories give sums of one size; float32 [h, half-lives]."""
        decays = np.stack([taste.decay(days) for days in HALF_LIVES_DAYS], axis=1)
        return np.asarray(decays / np.sqrt(np.maximum(decays.sum(axis=0), 1e-6)), np.float32)
