"""Tracks of the genres that the listener plays of late."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from gnn.catalogue import entries
from recommend.sources.source import CATALOGUE, PLAYS, Feature, Floats, Ranking, Rows
from recommend.taste import Taste

HALF_LIFE_DAYS = 30.0
KNOWN = 0.1
"""How much the logarithm of a track's plays counts where many tracks have the same genres."""
READS = (PLAYS, CATALOGUE)


class GenreSource:
    """Cosine of a track's genres, rare ones weighing more, and those of the decayed plays."""

    name = "genre"
    features = (
        Feature(
            "genre_cosine", "tf-idf cosine of the genres of track and decayed plays, half-life 30 days", inputs=READS
        ),
        Feature(
            "genre_standing", "place of genre_cosine, known tracks first, in the catalogue, 1 best to 0", inputs=READS
        ),
    )

    def unavailable(self, bundle: Bundle) -> str | None:
        """Without genres there is no profile."""
        return None if bundle.catalogue.track_genre.nnz else "no genres"

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """The unplayed tracks nearest by genre, the known ones first."""
        if not len(taste):
            return np.empty(0, np.int64)
        return self._ranking(taste).nominate(quota)

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        return np.column_stack([genre_cosines(taste)[rows], self._ranking(taste).standing(rows)])

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """One summand per play."""
        genres = taste.bundle.genre_unit
        near = (genres[taste.rows] @ genres[rows].toarray().T) * taste.decay(HALF_LIFE_DAYS)[:, None]
        near /= max(float(np.linalg.norm(genre_profile(taste))), 1e-12)
        return np.repeat(near[:, :, None], len(self.features), axis=2).astype(np.float32)

    def _ranking(self, taste: Taste) -> Ranking:
        """By the cosines, a little more for tracks that are known."""
        return taste.once("genre_ranking", lambda: Ranking(taste.unplayed, genre_cosines(taste) * _known(taste.bundle)))


def genre_profile(taste: Taste) -> Floats:
    """The genres of the decayed plays, rare ones weighing more; float32 [n_genres]."""
    return taste.once("genre_profile", lambda: _profile(taste))


def genre_cosines(taste: Taste) -> Floats:
    """The cosine of each track's genres and the profile, float32 [n_tracks]."""
    return taste.once("genre", lambda: _cosines(taste))


def _known(bundle: Bundle) -> Floats:
    """How much a track counts for being known, float32 [n_tracks]."""
    return np.float32(1.0) + np.float32(KNOWN) * bundle.catalogue.facts[:, 0]


def _profile(taste: Taste) -> Floats:
    genres = taste.bundle.genre_unit
    at, genre, position = entries(genres, taste.rows)
    weight = genres.data[position] * taste.decay(HALF_LIFE_DAYS)[at]
    return np.bincount(genre, weight, genres.shape[1]).astype(np.float32)


def _cosines(taste: Taste) -> Floats:
    """Once for all tracks of the same genres: of the tracks of one artist many are."""
    profile = genre_profile(taste)
    unit = profile / max(float(np.linalg.norm(profile)), 1e-12)
    patterns, pattern = taste.bundle.genre_patterns
    return np.asarray(patterns @ unit, np.float32)[pattern]
