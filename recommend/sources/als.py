"""Tracks that the ALS factorisation expects the listener to play."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import Floats, Rows, best_unplayed
from recommend.taste import Taste


class AlsSource:
    """The exact fold-in of the history, by inner product with the track factors."""

    name = "als"
    features = ("als_score",)

    def unavailable(self, bundle: Bundle) -> str | None:
        """Never: every bundle has ALS factors."""
        return None

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """The unplayed tracks with the highest inner product."""
        if not taste.known:
            return np.empty(0, np.int64)
        return best_unplayed(self._scores(taste), taste, quota)

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        return self._scores(taste)[rows][:, None]

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """The fold-in is linear in the plays while its matrix stands: one summand per play."""
        als = taste.bundle.als
        targets = als.item_factors[rows].T.astype(np.float64)  # [k, m]
        return als.shares(taste.rows, taste.history.counts, targets).astype(np.float32)[:, :, None]

    @staticmethod
    def _scores(taste: Taste) -> Floats:
        """The inner products with all tracks, float32 [n_tracks]."""
        return taste.once("als", lambda: taste.bundle.als.item_factors @ taste.factors)
