"""Where a trial may come from, as one table: each arm proposes tracks that the ranker alone would not show."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recommend.sources.adjacent_genre import AdjacentGenreSource
from recommend.sources.artist_path import decayed_artists, tracks_of
from recommend.sources.breaking import BreakingSource
from recommend.sources.genre import genre_cosines
from recommend.sources.gnn import nearest
from recommend.sources.social import SocialSource
from recommend.sources.source import Rows, best_unplayed
from recommend.taste import Taste

PROPOSED = 60
"""Tracks that an arm proposes, the best of which are tried."""
LOVED = 20
"""Artists whose long tail is looked through."""
TAIL = 0.3
"""A track played less than this share of all others is of the long tail."""
FAR = 0.2
"""A track whose genres are less like the listener's than this is of another genre."""


def adjacent_genre(taste: Taste) -> Rows:
    """Genres next to the listener's."""
    return _able(AdjacentGenreSource(), taste)


def breaking_artist(taste: Taste) -> Rows:
    """Artists on the rise."""
    return _able(BreakingSource(), taste)


def friends(taste: Taste) -> Rows:
    """What those play whom the listener follows."""
    return SocialSource().nominate(taste, PROPOSED)


def same_sound_elsewhere(taste: Taste) -> Rows:
    """What lies near in the space of the model and is of another genre; int64, the nearest first."""
    bundle = taste.bundle
    if not len(taste) or not bundle.catalogue.track_genre.nnz or not taste.vector.any():
        return np.empty(0, np.int64)
    far = genre_cosines(taste) < FAR
    near = nearest(taste)
    near = near[far[near]]  # mostly enough; the index is asked again where it is not
    return (
        near[:PROPOSED]
        if len(near) >= PROPOSED
        else bundle.index.query(taste.vector, PROPOSED, taste.unplayed & far)[0]
    )


def long_tail(taste: Taste) -> Rows:
    """Little played tracks of the artists that the listener loves; of those loved most first."""
    bundle = taste.bundle
    if not len(taste):
        return np.empty(0, np.int64)
    plays = decayed_artists(taste)
    loved = np.lexsort((np.arange(len(plays)), -plays))[:LOVED]
    worth = np.zeros(len(plays) + 1, np.float32)
    worth[loved] = plays[loved]
    rows = tracks_of(loved[plays[loved] > 0], bundle.catalogue)
    rows = rows[bundle.catalogue.popularity[rows] < TAIL]
    return best_unplayed(worth[bundle.catalogue.credits[rows]].max(axis=1), taste.unplayed, PROPOSED, rows)


ARMS: dict[str, Callable[[Taste], Rows]] = {
    "adjacent_genre": adjacent_genre,
    "same_sound": same_sound_elsewhere,
    "breaking": breaking_artist,
    "friends": friends,
    "long_tail": long_tail,
}
"""Name -> unplayed tracks, int64, best first; nothing where an arm has nothing for a taste."""


def _able(source: AdjacentGenreSource | BreakingSource, taste: Taste) -> Rows:
    if source.unavailable(taste.bundle) is not None:
        return np.empty(0, np.int64)
    return source.nominate(taste, PROPOSED)
