"""Tracks that the ALS factorisation expects the listener to play."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import Feature, Floats, Rows, best_scores, best_unplayed, standing
from recommend.taste import Taste

HALF_LIFE_DAYS = 90.0


class AlsSource:
    """The exact fold-in of the history, whole and with its latest plays first, by inner product with the factors."""

    name = "als"
    features = (
        Feature("als_score", "inner product with the factors of the whole history"),
        Feature("als_recent", "inner product with the factors of the decayed history, half-life 90 days"),
        Feature("als_standing", "place of als_recent in the catalogue, 1 best to 0"),
    )

    def unavailable(self, bundle: Bundle) -> str | None:
        """Never: every bundle has ALS factors."""
        return None

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """The unplayed tracks with the highest inner product with the recent taste."""
        if not len(taste):
            return np.empty(0, np.int64)
        return best_unplayed(self._scores(taste)[:, 1], taste, quota)

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        scores = self._scores(taste)[rows]
        best = taste.once("als_best", lambda: best_scores(self._scores(taste)[:, 1], taste))
        return np.column_stack([scores, standing(best, scores[:, 1])])

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """The fold-in is linear in the plays while its matrix stands: one summand per play."""
        als, history = taste.bundle.als, taste.history
        targets = als.item_factors[rows].T.astype(np.float64)  # [k, m]
        whole = als.shares(history.item_rows, history.counts, targets)
        recent = als.shares(history.item_rows, history.counts, targets, taste.decay(HALF_LIFE_DAYS))
        return np.stack([whole, recent, recent], axis=2).astype(np.float32)

    @staticmethod
    def _scores(taste: Taste) -> Floats:
        """The inner products of all tracks with the whole and the recent taste, float32 [n_tracks, 2]."""
        return taste.once("als", lambda: _products(taste))


def _products(taste: Taste) -> Floats:
    als, history = taste.bundle.als, taste.history
    recent = als.fold_in(history.item_rows, history.counts, taste.decay(HALF_LIFE_DAYS))
    return als.item_factors @ np.stack([taste.factors, recent], axis=1)
