"""Tracks that the ALS factorisation expects the listener to play."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import Feature, Floats, Rows, best_scores, best_unplayed, exact, standing
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
        return best_unplayed(self._recent(taste), taste, quota)

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        whole = exact(taste.bundle.als.item_factors[rows]) @ exact(taste.factors)
        recent = self._recent(taste)[rows]
        best = taste.once("als_best", lambda: best_scores(self._recent(taste), taste))
        return np.column_stack([whole, recent, standing(best, recent)]).astype(np.float32)

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """The fold-in is linear in the plays while its matrix stands: one summand per play."""
        als, history = taste.bundle.als, taste.history
        targets = als.item_factors[rows].T.astype(np.float64)  # [k, m]
        whole = als.shares(history.item_rows, history.counts, targets)
        recent = als.shares(history.item_rows, history.counts, targets, taste.decay(HALF_LIFE_DAYS))
        return np.stack([whole, recent, recent], axis=2).astype(np.float32)

    @staticmethod
    def _recent(taste: Taste) -> Floats:
        """The inner products of all tracks with the recent taste, float32 [n_tracks]."""
        return taste.once("als_recent", lambda: _products(taste))


def _products(taste: Taste) -> Floats:
    als, history = taste.bundle.als, taste.history
    return als.item_factors @ als.fold_in(history.item_rows, history.counts, taste.decay(HALF_LIFE_DAYS))
