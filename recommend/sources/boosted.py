"""Tracks of what the listener asked for more of: a boost raises what is a candidate, so its tracks must be some."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.nominator import Nominator
from recommend.sources.source import Rows, best_unplayed
from recommend.taste import Taste


class BoostedSource(Nominator):
    """The unheard tracks of boosted artists and genres, and boosted tracks, the better known first."""

    name = "boosted"

    def unavailable(self, bundle: Bundle) -> str | None:
        """Never by the model: what is boosted is read with the profile."""
        return None

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """Nothing where the listener boosts nothing."""
        if not len(taste.boosted):
            return np.empty(0, np.int64)
        known = 1.0 + taste.bundle.catalogue.facts[taste.boosted, 0]
        return best_unplayed(known.astype(np.float32), taste.unplayed, quota, taste.boosted)
