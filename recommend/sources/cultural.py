"""Tracks that are described like the listener's recent plays, and stand next to them on playlists."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import Feature, Floats, Rows, best_unplayed, left_out
from recommend.taste import Taste

HALF_LIFE_DAYS = 60.0


class CulturalSource:
    """The cosine of a track's text and playlists with the recency-weighted mean of the plays'."""

    name = "cultural"
    features = (Feature("cultural_cosine", "cosine of what text and playlists say of the track and of the plays"),)

    def unavailable(self, bundle: Bundle) -> str | None:
        """The model is in the bundle only where it added on validation."""
        return None if bundle.cultural is not None else left_out(bundle, self.name, "no words of tracks to learn from")

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """The unplayed tracks with the highest cosine."""
        if not len(taste):
            return np.empty(0, np.int64)
        return best_unplayed(self._scores(taste), taste.unplayed, quota)

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        return self._scores(taste)[rows][:, None]

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """One summand per play: the listener's vector is a sum over plays, its length held fixed."""
        model = taste.bundle.cultural
        assert model is not None  # an unavailable source is not asked
        return model.shares(taste.rows, taste.shares(HALF_LIFE_DAYS), rows)[:, :, None]

    @staticmethod
    def _scores(taste: Taste) -> Floats:
        """The cosines with all tracks, float32 [n_tracks]."""
        model = taste.bundle.cultural
        assert model is not None  # an unavailable source is not asked
        return taste.once("cultural", lambda: model.vectors @ model.profile(taste.rows, taste.shares(HALF_LIFE_DAYS)))
