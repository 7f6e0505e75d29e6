"""What those play of late whom the listener follows. It only brings tracks in: no reason ever names a person."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from gnn.catalogue import DAY_S
from recommend.sources.nominator import Nominator
from recommend.sources.source import Rows, best_unplayed
from recommend.taste import Taste

HALF_LIFE_DAYS = 14.0


class SocialSource(Nominator):
    """Plays of the followed, newer ones weighing more, each person's together as one voice."""

    name = "social"

    def unavailable(self, bundle: Bundle) -> str | None:
        """Never by the model: whom somebody follows is read with the profile."""
        return None

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """Nothing where the listener follows nobody who plays anything."""
        scores = np.zeros(len(taste.bundle.catalogue), np.float32)
        for plays in taste.friends:
            age = np.maximum(taste.as_of - plays.last_at, 0) / DAY_S
            weight = np.log1p(plays.counts) * np.exp2(-age / HALF_LIFE_DAYS)
            np.add.at(scores, plays.item_rows, weight / max(float(weight.sum()), 1e-12))
        return best_unplayed(scores, taste.unplayed, quota)
