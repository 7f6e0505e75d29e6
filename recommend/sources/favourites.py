"""Tracks that the listener has played and loves: for surfaces on which they may come again."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from gnn.catalogue import DAY_S
from recommend.sources.nominator import Nominator
from recommend.sources.source import Floats, Rows
from recommend.taste import Taste
from recommend.types import Profile

HALF_LIFE_DAYS = 90.0


class FavouritesSource(Nominator):
    """The played tracks, those played most and last first; the only source that brings back what was heard."""

    name = "favourites"

    def unavailable(self, bundle: Bundle) -> str | None:
        """Never: it asks the listener's plays alone."""
        return None

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """By decayed plays, ties by row."""
        strength = np.log1p(taste.history.counts) * taste.decay(HALF_LIFE_DAYS)
        order = np.lexsort((taste.rows, -strength))
        return taste.rows[order][: max(quota, 0)]


def fondness(profile: Profile, bundle: Bundle) -> Floats:
    """How much a listener loves each track, float32 [n_tracks]: 1 for the most loved, 0 for what was never played.

    Decayed plays, times the share of them that was not skipped.
    """
    found = np.zeros(len(bundle.catalogue), np.float32)
    rows = bundle.catalogue.tracks.rows(profile.track_ids)
    known = (rows >= 0) & (profile.counts > 0)
    age = (profile.last_at.max(initial=0) - profile.last_at[known]) / DAY_S
    counts, skips = profile.counts[known], profile.skips[known]
    strength = np.log1p(counts) * np.exp2(-age / HALF_LIFE_DAYS) * counts / (counts + skips)
    np.maximum.at(found, rows[known], strength.astype(np.float32))
    return np.asarray(found / max(float(found.max(initial=0.0)), 1e-12), np.float32)
