"""New tracks of the artists whom the listener follows or plays: the followed first, then those played most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from recommend.sources.artist_path import decayed_artists
from recommend.sources.nominator import Nominator, per_bundle
from recommend.sources.source import Rows, best_unplayed
from recommend.taste import Taste

DAYS = 28
"""How long a track is new."""
LONG_AGO = -(2**40)
DAY = 86_400


class ReleasesSource(Nominator):
    """Released within four weeks before the request; the artists followed first, then by plays."""

    name = "releases"

    def unavailable(self, bundle: Bundle) -> str | None:
        """Some track must say on which day it came out."""
        return None if (released(bundle) > LONG_AGO).any() else "no release dates"

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """Nothing where no artist of the listener has a new track."""
        day = taste.as_of // DAY
        came_out = released(taste.bundle)
        new = np.flatnonzero((came_out <= day) & (came_out > day - DAYS))
        if not len(new):
            return np.empty(0, np.int64)
        worth = np.append(decayed_artists(taste), np.float32(0.0))
        worth[taste.followed_artists] += 1.0 + worth.max()
        return best_unplayed(worth[taste.bundle.catalogue.credits[new]].max(axis=1), taste.unplayed, quota, new)


@per_bundle
def released(bundle: Bundle) -> NDArray[np.int64]:
    """Days since 1970 on which each track came out, int64 [n_tracks]; ``LONG_AGO`` where no day is known."""
    dates = bundle.catalogue.release_date
    found = np.full(len(dates), LONG_AGO, np.int64)
    whole = np.flatnonzero(np.char.str_len(dates) == len("2026-11-26"))
    for row in whole.tolist():
        try:
            found[row] = np.datetime64(str(dates[row]), "D").astype(np.int64)
        except ValueError:  # no date after all
            continue
    return found
