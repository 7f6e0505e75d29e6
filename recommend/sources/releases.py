"""New tracks of the artists whom the listener follows or plays: the followed first, then those played most."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.released import LONG_AGO, out_lately, released
from recommend.sources.artist_path import decayed_artists
from recommend.sources.nominator import Nominator
from recommend.sources.source import Rows, best_unplayed
from recommend.taste import Taste


class ReleasesSource(Nominator):
    """Released within four weeks before the request; the artists followed first, then by plays."""

    name = "releases"

    def unavailable(self, bundle: Bundle) -> str | None:
        """Some track must say on which day it came out."""
        return None if (released(bundle) > LONG_AGO).any() else "no release dates"

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """Nothing where no artist of the listener has a new track."""
        new = np.flatnonzero(out_lately(taste.bundle, taste.as_of))
        if not len(new):
            return np.empty(0, np.int64)
        worth = np.append(decayed_artists(taste), np.float32(0.0))
        worth[taste.followed_artists] += 1.0 + worth.max()
        return best_unplayed(worth[taste.bundle.catalogue.credits[new]].max(axis=1), taste.unplayed, quota, new)
