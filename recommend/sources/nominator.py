"""What a source is that only brings tracks in: the ranker scores them as it does all others.

It has no column of the ranker's matrix, so a model that was trained without it stays as it is, and a request that asks
nothing of it pays nothing for it.
"""

from __future__ import annotations

import numpy as np

from recommend.sources.source import Feature, Floats, Rows
from recommend.taste import Taste


class Nominator:
    """The half of ``Source`` that such a source does not need."""

    features: tuple[Feature, ...] = ()

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """No column: float32 [m, 0]."""
        return np.zeros((len(rows), 0), np.float32)

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """No column: float32 [h, m, 0]."""
        return np.zeros((len(taste), len(rows), 0), np.float32)
