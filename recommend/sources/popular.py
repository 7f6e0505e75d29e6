"""What is known of a track whoever listens: how popular, how new; all that can be said of a listener without plays."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import CATALOGUE, Feature, Floats, Rows
from recommend.taste import Taste


class PopularSource:
    """Plays of a track in all and in the last 90 days of the data, tracks of its artists, and how long it is known."""

    name = "popular"
    features = (
        Feature("popular_all", "log(1 + plays)", raises=False, inputs=(CATALOGUE,)),
        Feature(
            "popular_recent", "log(1 + listeners in the last 90 days of the data)", raises=False, inputs=(CATALOGUE,)
        ),
        Feature("artist_size", "log(1 + tracks of the largest credited artist)", raises=False, inputs=(CATALOGUE,)),
        Feature(
            "track_age",
            "log(1 + days since its first play, at the model's watermark)",
            raises=False,
            inputs=(CATALOGUE,),
        ),
    )

    def unavailable(self, bundle: Bundle) -> str | None:
        """Without any play nothing is popular."""
        return None if bundle.catalogue.play_count.any() else "no plays"

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """The most played of late, then in all."""
        by_popularity = taste.bundle.catalogue.by_popularity[: quota + len(taste)]
        return by_popularity[~taste.played[by_popularity]][:quota]

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        return taste.bundle.catalogue.facts[rows]

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """No play of the listener made a track popular."""
        return np.zeros((len(taste), len(rows), len(self.features)), np.float32)
