"""Tracks heard by the same listeners as the listener's recent plays."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import Feature, Floats, Ranking, Rows
from recommend.taste import Taste

HALF_LIVES_DAYS = (7.0, 30.0, 90.0)


class KnnSource:
    """Item-based neighbours, summed over the decayed plays; the best source for listeners with few plays."""

    name = "knn"
    features = (
        *(
            Feature(f"knn_{days:.0f}_days", f"similarity to the decayed plays, half-life {days:.0f} days")
            for days in HALF_LIVES_DAYS
        ),
        Feature("knn_standing", "place of knn_90_days in the catalogue, 1 best to 0"),
    )

    def unavailable(self, bundle: Bundle) -> str | None:
        """Without any common listener there are no neighbours."""
        return None if bundle.co_listening.similarity.nnz else "no two tracks share a listener"

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """By the longer half-life: it forgets less."""
        if not len(taste):
            return np.empty(0, np.int64)
        return self._ranking(taste).nominate(quota)

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        scores = self._scores(taste)[:, rows].T
        return np.column_stack([scores, self._ranking(taste).standing(rows)])

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """One summand per play."""
        entries, play = self._entries(taste)
        similarity = taste.bundle.co_listening.similarity
        place = np.full(similarity.shape[1], -1, np.int64)
        place[rows] = np.arange(len(rows))
        column = place[similarity.indices[entries]]
        wanted = column >= 0
        near = np.zeros((len(taste), len(rows)), np.float32)
        near[play[wanted], column[wanted]] = similarity.data[entries[wanted]]
        weights = self._weights(taste)
        return near[:, :, None] * np.column_stack([weights, weights[:, -1]])[:, None, :]

    def _ranking(self, taste: Taste) -> Ranking:
        return taste.once("knn_ranking", lambda: Ranking(taste.unplayed, self._scores(taste)[-1]))

    def _scores(self, taste: Taste) -> Floats:
        """The scores of all tracks, float32 [half-lives, n_tracks]."""
        return taste.once("knn", lambda: self._summed(taste))

    def _summed(self, taste: Taste) -> Floats:
        similarity = taste.bundle.co_listening.similarity
        entries, play = self._entries(taste)
        near, value = similarity.indices[entries], similarity.data[entries]
        sums = [np.bincount(near, value * w[play], minlength=similarity.shape[1]) for w in self._weights(taste).T]
        return np.array(sums, np.float32)

    @staticmethod
    def _entries(taste: Taste) -> tuple[Rows, Rows]:
        """Where the neighbours of the plays lie in the matrix, and the play of each; int64 [e] both."""
        indptr = taste.bundle.co_listening.similarity.indptr
        starts = indptr[taste.rows].astype(np.int64)
        counts = indptr[taste.rows + 1] - starts
        before = np.cumsum(counts) - counts
        return np.repeat(starts - before, counts) + np.arange(counts.sum()), np.repeat(np.arange(len(taste)), counts)

    @staticmethod
    def _weights(taste: Taste) -> Floats:
        """Decays, scaled so that long and short histories give sums of one size; float32 [h, half-lives]."""
        decays = np.stack([taste.decay(days) for days in HALF_LIVES_DAYS], axis=1)
        return np.asarray(decays / np.sqrt(np.maximum(decays.sum(axis=0), 1e-6)), np.float32)
