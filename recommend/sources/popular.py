"""What most listeners play: all that can be said of a listener without plays."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import Floats, Rows
from recommend.taste import Taste


class PopularSource:
    """Plays of a track in all, and in the last 90 days of the data."""

    name = "popular"
    features = ("popular_all", "popular_recent")

    def unavailable(self, bundle: Bundle) -> str | None:
        """Without any play nothing is popular."""
        return None if bundle.catalogue.play_count.any() else "no plays"

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """The most played of late, then in all."""
        by_popularity = taste.bundle.catalogue.by_popularity[: quota + len(taste)]
        return by_popularity[~taste.played[by_popularity]][:quota]

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        catalogue = taste.bundle.catalogue
        return np.log1p(np.column_stack([catalogue.play_count[rows], catalogue.recent_plays[rows]])).astype(np.float32)

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """No play of the listener made a track popular."""
        return np.zeros((len(taste), len(rows), len(self.features)), np.float32)
