"""Other tracks of the artists the listener plays: the path user - track - artist - track."""

from __future__ import annotations

from functools import reduce
from itertools import product

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from gnn.catalogue import Catalogue
from recommend.sources.source import (
    CATALOGUE,
    PLAYS,
    Feature,
    Floats,
    Ranking,
    Rows,
    united,
)
from recommend.taste import Taste

HALF_LIVES_DAYS = (1.0, 7.0, 30.0, 36_500.0)
MONTH = HALF_LIVES_DAYS.index(30.0)
KNOWN = 0.1
"""How much the logarithm of a track's plays counts among the tracks of one artist."""

DECAYS = (
    ("1_day", "half-life 1 day"),
    ("7_days", "half-life 7 days"),
    ("30_days", "half-life 30 days"),
    ("all", "all alike"),
)

READS = (PLAYS, CATALOGUE)


class ArtistPathSource:
    """Decayed plays of the track's artists, and how much of those artists the listener knows."""

    name = "artist_path"
    features = (
        *(Feature(f"artist_{days}", f"log(1 + plays of its artists, {about})", inputs=READS) for days, about in DECAYS),
        Feature("artist_standing", "place by the plays of the last month in the catalogue, 1 best to 0", inputs=READS),
        Feature(
            "artist_known_share", "share of its artists' tracks that are played, 0 to 1", raises=False, inputs=READS
        ),
    )

    def unavailable(self, bundle: Bundle) -> str | None:
        """Without credits there is no path."""
        return None if bundle.catalogue.performed_by.nnz else "no artists"

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """By the plays of the last month, then by popularity within an artist."""
        if not len(taste):
            return np.empty(0, np.int64)
        return self._ranking(taste).nominate(quota)

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        credits = taste.bundle.catalogue.credits[rows]
        plays = np.log1p(_summed(self._plays(taste), credits))
        place = self._ranking(taste).standing(rows)
        known = _summed(taste.once("artist_known", lambda: _known_share(taste)), credits)
        return np.column_stack([plays, place, known / taste.bundle.catalogue.credit_count[rows]])

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """Each feature in proportion to the decayed plays that made it."""
        credits = taste.bundle.catalogue.credits
        mine, theirs = credits[taste.rows].T, credits[rows].T  # [most credits, h] and [most credits, m]
        theirs = np.where(theirs < len(taste.bundle.catalogue.artists), theirs, -1)
        shared = np.zeros((len(taste), len(rows)), np.float32)  # credits in common
        for one, other in product(mine, theirs):
            shared += one[:, None] == other
        decays = self._decays(taste)
        weights = np.column_stack([decays, decays[:, MONTH], np.ones(len(taste), np.float32)])
        summands = shared[:, :, None] * weights[:, None, :]
        totals = summands.sum(axis=0)
        scale = np.divide(self.score(taste, rows), totals, out=np.zeros_like(totals), where=totals > 0)
        return np.asarray(summands * scale[None], np.float32)

    def _ranking(self, taste: Taste) -> Ranking:
        """By the plays of the last week and month, and a little by popularity."""
        return taste.once("artist_ranking", lambda: Ranking(taste.unplayed, self._recent(taste)))

    def _recent(self, taste: Taste) -> Floats:
        catalogue = taste.bundle.catalogue
        recent = self._plays(taste)[:, MONTH - 1 : MONTH + 1].sum(axis=1)
        artists = united([catalogue.credits[taste.rows].ravel()], len(catalogue.artists) + 1)
        rows = tracks_of(artists[artists < len(catalogue.artists)], catalogue)  # every other track has 0
        found = np.zeros(len(catalogue), np.float32)
        found[rows] = recent[catalogue.credits[rows]].sum(axis=1) * (1.0 + KNOWN * catalogue.facts[rows, 0])
        return found

    def _plays(self, taste: Taste) -> Floats:
        """Decayed plays of each artist, float32 [n_artists + 1, half-lives]."""
        return taste.once("artist_path", lambda: _by_artist(taste, self._decays(taste)))

    @staticmethod
    def _decays(taste: Taste) -> Floats:
        return np.stack([taste.decay(days) for days in HALF_LIVES_DAYS], axis=1)  # [h, half-lives]


def decayed_artists(taste: Taste) -> Floats:
    """The plays of each artist, those of a month ago counting half; float32 [n_artists]."""
    plays = taste.once("artist_path", lambda: _by_artist(taste, ArtistPathSource._decays(taste)))
    return plays[:-1, MONTH]


def tracks_of(artists: Rows, catalogue: Catalogue) -> Rows:
    """Every track of the artists, int64, ascending."""
    by_artist = catalogue.tracks_of_artist
    starts, ends = by_artist.indptr[artists].tolist(), by_artist.indptr[artists + 1].tolist()
    return united([by_artist.indices[start:end] for start, end in zip(starts, ends, strict=True)], len(catalogue))


def _summed(by_artist: Floats, credits: NDArray[np.int64]) -> Floats:
    """The sums over the credits of each track, float32 [m] or [m, k]; of nobody the table holds 0.

    Column by column: many times faster than a sum over the short axis of one large table.
    """
    return reduce(np.add, (by_artist[column] for column in credits.T))


def _by_artist(taste: Taste, weights: Floats) -> Floats:
    """Sums over the plays of each artist, float32 [n_artists + 1, k], of weights float32 [h, k]; the last row is 0."""
    catalogue = taste.bundle.catalogue
    credits = catalogue.credits[taste.rows]
    sums = [
        np.bincount(credits.ravel(), np.repeat(column, credits.shape[1]), minlength=len(catalogue.artists) + 1)
        for column in weights.T
    ]
    table = np.stack(sums, axis=1).astype(np.float32)
    table[-1] = 0.0
    return table


def _known_share(taste: Taste) -> Floats:
    """The share of each artist's tracks that the listener has played, float32 [n_artists + 1]; the last is 0."""
    catalogue = taste.bundle.catalogue
    known = _by_artist(taste, np.ones((len(taste), 1), np.float32))[:, 0]
    size = np.append(np.diff(catalogue.tracks_of_artist.indptr), 1)
    return np.asarray(known / np.maximum(size, 1), np.float32)
