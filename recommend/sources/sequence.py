"""Tracks that usually follow the listener's last plays."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from gnn.sequence import SequenceModel
from recommend.sources.source import Feature, Floats, Rows, best_unplayed, left_out
from recommend.taste import Taste


class SequenceSource:
    """Products of what follows the last plays with the tracks, in the listener's own deviations over the catalogue."""

    name = "sequence"
    features = (
        Feature("sequence_score", "product with what follows the last plays, in deviations over the catalogue"),
    )

    def unavailable(self, bundle: Bundle) -> str | None:
        """The model is in the bundle only where it added on validation."""
        return None if bundle.sequence is not None else left_out(bundle, self.name, "no play times to learn from")

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """The unplayed tracks with the highest score."""
        if not len(taste):
            return np.empty(0, np.int64)
        return best_unplayed(self._scored(taste)[0], taste.unplayed, quota)

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        return self._scored(taste)[0][rows][:, None]

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """One summand per play, attention and deviation held fixed; 0 for plays too long ago to be read."""
        model = _model(taste)
        parts = model.parts(taste.history, taste.as_of) @ (model.items[rows] - model.centre).T
        return (parts * self._scored(taste)[1])[:, :, None]

    @staticmethod
    def _scored(taste: Taste) -> tuple[Floats, np.float32]:
        """The scores of all tracks, float32 [n_tracks], and what a product is multiplied by."""
        return taste.once("sequence", lambda: _standardised(taste))


def _model(taste: Taste) -> SequenceModel:
    model = taste.bundle.sequence
    assert model is not None  # an unavailable source is not asked
    return model


def _standardised(taste: Taste) -> tuple[Floats, np.float32]:
    model = _model(taste)
    vector = model.vector(taste.history, taste.as_of)
    raw = model.items @ vector - np.float32(model.centre @ vector)
    scale = np.float32(1.0 / max(float(raw.std()), 1e-9))
    return np.asarray(raw * scale, np.float32), scale
