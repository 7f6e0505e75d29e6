"""Tracks that sound like the listener's recent favourites, where their sound is known."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import CATALOGUE, PLAYS, Feature, Floats, Rows, best_unplayed, exact
from recommend.taste import Taste

FAVOURITES = 20
HALF_LIFE_DAYS = 30.0


class AudioSource:
    """Similarity by sound to the strongest decayed plays whose sound is known."""

    name = "audio"
    features = (
        Feature(
            "audio_similarity",
            "similarity by sound to the favourites of late, 0 to 1; 0 where unknown",
            inputs=(PLAYS, CATALOGUE),
        ),
    )

    def unavailable(self, bundle: Bundle) -> str | None:
        """The sound of at least two tracks must be known."""
        return None if bundle.sound.known.sum() >= 2 else "no audio features"

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """The unplayed tracks nearest by sound."""
        if not len(taste):
            return np.empty(0, np.int64)
        scores = np.zeros(len(taste.bundle.catalogue), np.float32)
        known = np.flatnonzero(taste.bundle.sound.known)
        scores[known] = self.score(taste, known)[:, 0]
        return best_unplayed(scores, taste.unplayed, quota)

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``; 0 for tracks whose sound is unknown."""
        plays, weights = self._favourites(taste)
        near = taste.bundle.sound.similarity(taste.rows[plays], rows)
        return (exact(weights) @ exact(near)).astype(np.float32)[:, None]

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """One summand per favourite."""
        parts = np.zeros((len(taste), len(rows), 1), np.float32)
        plays, weights = self._favourites(taste)
        parts[plays, :, 0] = weights[:, None] * taste.bundle.sound.similarity(taste.rows[plays], rows)
        return parts

    @staticmethod
    def _favourites(taste: Taste) -> tuple[Rows, Floats]:
        """Places in the history of the favourites, and their weights, which sum to 1."""
        with_audio = taste.bundle.sound.known[taste.rows]
        strength = np.where(with_audio, taste.decay(HALF_LIFE_DAYS) * np.log1p(taste.history.counts), 0.0)
        plays = np.lexsort((np.arange(len(taste)), -strength))[:FAVOURITES]
        plays = plays[strength[plays] > 0]
        return plays, (strength[plays] / max(float(strength[plays].sum()), 1e-12)).astype(np.float32)
