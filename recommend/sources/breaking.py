"""Tracks of artists on the rise in the listener's genres: heard much more of late than before, and not yet by all."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.per_bundle import per_bundle
from recommend.sources.genre import genre_cosines
from recommend.sources.nominator import Nominator
from recommend.sources.source import Floats, Rows, best_unplayed
from recommend.taste import Taste

POPULAR = 0.8
"""The share of artists that a popular one is played more than."""
LEAST_RECENT = 5
"""Listeners of late over an artist's tracks without whom nothing can be said."""
RISING = 1.5
"""How much more of the plays must be of late than with all artists together."""
PRIOR = 20.0
"""Plays of an ordinary artist that are added to each, so that a few plays make nobody rise."""


class BreakingSource(Nominator):
    """By how fast the artist rises, and how near the track's genres are to the listener's."""

    name = "breaking"

    def unavailable(self, bundle: Bundle) -> str | None:
        """Some artist must be on the rise; times of plays tell."""
        if not bundle.catalogue.recent_plays.any():
            return "no plays with times"
        return None if momentum(bundle).any() else "no artist is on the rise"

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """Without genres by the rise alone."""
        rise = rising_tracks(taste.bundle)
        if len(taste) and taste.bundle.catalogue.track_genre.nnz:
            rise = rise * genre_cosines(taste)
        return best_unplayed(rise, taste.unplayed, quota)


@per_bundle
def momentum(bundle: Bundle) -> Floats:
    """The logarithm of how much more of its plays an artist has had of late than is usual, float32 [n_artists].

    0 for artists who do not rise, are popular already, or have too few listeners to tell.
    """
    catalogue = bundle.catalogue
    credits = catalogue.performed_by.T
    recent = np.asarray(credits @ catalogue.recent_plays.astype(np.float64))
    plays = np.asarray(credits @ catalogue.play_count.astype(np.float64))
    if not plays.sum():
        return np.zeros(len(plays), np.float32)
    usual = recent.sum() / plays.sum()
    ratio = (recent + PRIOR * usual) / ((plays + PRIOR) * max(usual, 1e-12))
    known = np.sort(plays[plays > 0])
    is_popular = np.searchsorted(known, plays, "left") > POPULAR * len(known)
    rises = (ratio >= RISING) & (recent >= LEAST_RECENT) & ~is_popular
    return np.where(rises, np.log(np.maximum(ratio, 1.0)), 0.0).astype(np.float32)


@per_bundle
def rising_tracks(bundle: Bundle) -> Floats:
    """The momentum of the fastest credited artist of each track, float32 [n_tracks]; among equals the better known."""
    catalogue = bundle.catalogue
    rise = np.append(momentum(bundle), np.float32(0.0))[catalogue.credits].max(axis=1)
    return np.asarray(rise * (1.0 + 0.1 * catalogue.facts[:, 1]), np.float32)
