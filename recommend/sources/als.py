"""Tracks that the ALS factorisation expects the listener to play."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import REACH, Feature, Floats, Rows, products, standing
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
        """The unplayed tracks with the highest inner product with the recent taste, above zero."""
        if not taste.known:
            return np.empty(0, np.int64)
        return (_largest(taste, quota) if quota > REACH else _near(taste))[:quota]

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        scores = _products(taste, rows)
        best = taste.once("als_best", lambda: np.sort(_products(taste, _near(taste))[:, 1]))
        return np.column_stack([scores, standing(best, scores[:, 1])])

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """The fold-in is linear in the plays while its matrix stands: one summand per play."""
        als, history = taste.bundle.als, taste.history
        targets = als.item_factors[rows].T.astype(np.float64)  # [k, m]
        whole = taste.summands.shares(targets)
        recent = als.shares(history.item_rows, history.counts, targets, taste.decay(HALF_LIFE_DAYS))
        return np.stack([whole, recent, recent], axis=2).astype(np.float32)


def _recent(taste: Taste) -> Floats:
    """The factors of the decayed history, float32 [k]; of those followed where there is none."""
    if taste.followed:
        return taste.factors
    history = taste.history
    return taste.once(
        "als_recent",
        lambda: taste.bundle.als.fold_in(history.item_rows, history.counts, taste.decay(HALF_LIFE_DAYS)),
    )


def _products(taste: Taste, rows: Rows) -> Floats:
    """The inner products with the whole and the recent taste, float32 [m, 2]."""
    return products(taste.bundle.als.item_factors[rows], np.stack([taste.factors, _recent(taste)]))


def _near(taste: Taste) -> Rows:
    """The ``REACH`` unplayed tracks with the highest products, best first."""
    return taste.once("als_near", lambda: _largest(taste, REACH))


def _largest(taste: Taste, count: int) -> Rows:
    rows, found = taste.bundle.als_index.query(_recent(taste), count, taste.unplayed)
    return rows[found > 0]
