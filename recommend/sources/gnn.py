"""Tracks near the listener in the GraphSAGE space."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import Floats, Rows, exact
from recommend.taste import Taste

RECENT = (1, 3, 10)


class GnnSource:
    """Nearest neighbours of the user's vector; its cosine, and the mean cosine to the last 1, 3 and 10 plays."""

    name = "gnn"
    features = ("gnn_cosine", *(f"gnn_last_{count}" for count in RECENT))

    def unavailable(self, bundle: Bundle) -> str | None:
        """Never: every bundle has vectors."""
        return None

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """The nearest unplayed tracks, as many as asked for where there are so many, however long the history."""
        vector = taste.vector
        if not vector.any():
            return np.empty(0, np.int64)
        return taste.bundle.index.query(vector, quota, ~taste.played)[0]

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        vectors = taste.bundle.track_vectors
        wanted = exact(vectors[rows])
        near = wanted @ exact(vectors[taste.rows[-max(RECENT) :]]).T  # [m, last]
        columns = [wanted @ exact(taste.vector)]
        columns += [near[:, -count:].mean(axis=1) if len(taste) else np.zeros(len(rows)) for count in RECENT]
        return np.stack(columns, axis=1).astype(np.float32)

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """The tower's exact attribution, and the last plays' own cosines."""
        parts = np.zeros((len(taste), len(rows), len(self.features)), np.float32)
        if not len(taste):
            return parts
        parts[:, :, 0] = taste.bundle.tower.shares(taste.history, taste.as_of, rows)
        vectors = taste.bundle.track_vectors
        for at, count in enumerate(RECENT, start=1):
            last = taste.rows[-count:]
            parts[-len(last) :, :, at] = vectors[last] @ vectors[rows].T / len(last)
        return parts
