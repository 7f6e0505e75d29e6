"""Tracks that usually follow the listener's last plays."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import Floats, Rows, best_unplayed, left_out
from recommend.taste import Taste


class SequenceSource:
    """Products of what the sequence model makes of the last plays with the vectors of the tracks."""

    name = "sequence"
    features = ("sequence_score",)

    def unavailable(self, bundle: Bundle) -> str | None:
        """The model is in the bundle only where it added on validation."""
        return None if bundle.sequence is not None else left_out(bundle, self.name, "no play times to learn from")

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """The unplayed tracks with the highest score."""
        if not len(taste):
            return np.empty(0, np.int64)
        return best_unplayed(self._scores(taste), taste, quota)

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        return self._scores(taste)[rows][:, None]

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """One summand per play, the attention weights held fixed; 0 for plays too long ago to be read."""
        model = taste.bundle.sequence
        assert model is not None  # an unavailable source is not asked
        return model.shares(taste.history, taste.as_of, rows)[:, :, None]

    @staticmethod
    def _scores(taste: Taste) -> Floats:
        """The scores of all tracks, float32 [n_tracks]."""
        model = taste.bundle.sequence
        assert model is not None  # an unavailable source is not asked
        return taste.once("sequence", lambda: model.items @ model.vector(taste.history, taste.as_of))
