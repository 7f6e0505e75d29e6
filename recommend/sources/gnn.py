"""Tracks near the listener in the GraphSAGE space."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import REACH, Feature, Floats, Rows, products, standing
from recommend.taste import Taste

RECENT = (1, 3, 10)


class GnnSource:
    """Nearest neighbours of the user's vector; its cosine, and the mean cosine to the last 1, 3 and 10 plays."""

    name = "gnn"
    features = (
        Feature("gnn_cosine", "cosine of listener and track"),
        *(Feature(f"gnn_last_{count}", f"mean cosine of the last {count} plays and the track") for count in RECENT),
        Feature("gnn_standing", "place of gnn_cosine in the catalogue, 1 best to 0"),
    )

    def unavailable(self, bundle: Bundle) -> str | None:
        """Never: every bundle has vectors."""
        return None

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """The nearest unplayed tracks."""
        if not taste.vector.any():
            return np.empty(0, np.int64)
        return (_nearest(taste, quota) if quota > REACH else nearest(taste))[:quota]

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        cosines = products(taste.bundle.track_vectors[rows], _directions(taste))
        best = taste.once("gnn_best", lambda: self._best(taste))
        return np.column_stack([cosines, standing(best, cosines[:, 0])])

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """The tower's exact attribution, and the last plays' own cosines."""
        parts = np.zeros((len(taste), len(rows), len(self.features)), np.float32)
        if not len(taste):
            return parts
        seen = bool((taste.history.last_at <= taste.as_of).all())
        summands, length = (taste.summands, taste.length) if seen else (None, None)
        shares = taste.bundle.tower.shares(taste.history, taste.as_of, rows, summands=summands, length=length)
        parts[:, :, 0] = parts[:, :, -1] = shares
        vectors = taste.bundle.track_vectors
        for at, count in enumerate(RECENT, start=1):
            last = taste.rows[-count:]
            parts[-len(last) :, :, at] = vectors[last] @ vectors[rows].T / len(last)
        return parts

    def _best(self, taste: Taste) -> Floats:
        """Their cosines, ascending."""
        if not taste.vector.any():
            return np.empty(0, np.float32)
        near = taste.bundle.track_vectors[nearest(taste)]
        return np.sort(products(near, taste.vector[None, :])[:, 0])


def nearest(taste: Taste) -> Rows:
    """The ``REACH`` nearest unplayed tracks, best first."""
    return taste.once("gnn_near", lambda: _nearest(taste, REACH))


def _directions(taste: Taste) -> Floats:
    """The listener's vector and the means of the last plays', float32 [1 + len(RECENT), dim]."""
    last = taste.bundle.track_vectors[taste.rows[-max(RECENT) :]]
    means = [last[-count:].mean(axis=0) if len(last) else np.zeros_like(taste.vector) for count in RECENT]
    return np.stack([taste.vector, *means])


def _nearest(taste: Taste, count: int) -> Rows:
    """The nearest unplayed tracks, as many as asked for where there are so many, however long the history."""
    return taste.bundle.index.query(taste.vector, count, taste.unplayed)[0]
