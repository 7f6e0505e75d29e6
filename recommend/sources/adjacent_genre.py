"""Tracks of genres next to the listener's own, neither unknown nor known to all: a step aside that is safe to take."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.per_bundle import per_bundle
from recommend.sources.genre import genre_profile
from recommend.sources.nominator import Nominator
from recommend.sources.source import REACH, Floats, Rows, best_unplayed
from recommend.taste import Taste

LEAST, MOST = 0.2, 0.8
"""Between these shares of tracks that are played less."""
OWN = 0.02
"""The share of the listener's genres from which on one is theirs already."""


class AdjacentGenreSource(Nominator):
    """Genres that are strong neighbours of the listener's and not yet theirs; the better known tracks first."""

    name = "adjacent_genre"

    def unavailable(self, bundle: Bundle) -> str | None:
        """Two genres must be neighbours."""
        if not bundle.catalogue.track_genre.nnz:
            return "no genres"
        return None if bundle.genre_adjacency.strength.nnz else "no two genres are neighbours"

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """By how near their genres are, then by plays."""
        if not len(taste):
            return np.empty(0, np.int64)
        return (_best(taste, quota) if quota > REACH else taste.once(self.name, lambda: _best(taste, REACH)))[:quota]


def _best(taste: Taste, count: int) -> Rows:
    bundle, near = taste.bundle, adjacent_genres(taste)
    if not near.any():
        return np.empty(0, np.int64)
    patterns, pattern = bundle.genre_patterns
    rows = _between(bundle)
    scores = np.asarray(patterns @ near, np.float32)[pattern[rows]]
    return best_unplayed(scores * (1 + bundle.catalogue.popularity[rows]), taste.unplayed, count, rows)


@per_bundle
def _between(bundle: Bundle) -> Rows:
    """The tracks neither unknown nor known to all, int64, ascending."""
    known = bundle.catalogue.popularity
    return np.flatnonzero((known >= LEAST) & (known <= MOST))


def adjacent_genres(taste: Taste) -> Floats:
    """How near each genre is to the listener's, float32 [n_genres], the nearest 1; 0 for their own and far ones."""
    return taste.once("adjacent_genres", lambda: _adjacent(taste))


def _adjacent(taste: Taste) -> Floats:
    profile = genre_profile(taste)
    share = profile / max(float(profile.sum()), 1e-12)
    near = np.asarray(taste.bundle.genre_adjacency.strength.T @ share, np.float32)
    near[share >= OWN] = 0.0
    return np.asarray(near / max(float(near.max(initial=0.0)), 1e-12), np.float32)
