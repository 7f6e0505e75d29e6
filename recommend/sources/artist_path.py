"""Other tracks of the artists the listener plays: the path user - track - artist - track."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import Floats, Rows, best_unplayed
from recommend.taste import Taste

HALF_LIVES_DAYS = (7.0, 30.0, 36_500.0)


class ArtistPathSource:
    """Decayed plays of the track's artists, and how much of those artists the listener knows."""

    name = "artist_path"
    features = ("artist_7_days", "artist_30_days", "artist_all", "artist_known_share")

    def unavailable(self, bundle: Bundle) -> str | None:
        """Without credits there is no path."""
        return None if bundle.catalogue.performed_by.nnz else "no artists"

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """By the plays of the last month, then by popularity within an artist."""
        if not len(taste):
            return np.empty(0, np.int64)
        catalogue = taste.bundle.catalogue
        totals = catalogue.performed_by @ self._by_artist(taste)[:, :2].sum(axis=1)
        popularity = np.log1p(catalogue.play_count)
        return best_unplayed((totals * (1.0 + 0.1 * popularity)).astype(np.float32), taste, quota)

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        credits = taste.bundle.catalogue.performed_by[rows]
        plays = np.log1p(credits @ self._by_artist(taste))
        return np.column_stack([plays, self._known_share(taste, rows)]).astype(np.float32)

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """Each feature in proportion to the decayed plays that made it."""
        catalogue = taste.bundle.catalogue
        shared = (catalogue.performed_by[taste.rows] @ catalogue.performed_by[rows].T).toarray()  # [h, m]
        summands = shared[:, :, None] * self._decays(taste)[:, None, :]
        summands = np.concatenate([summands, shared[:, :, None]], axis=2)
        totals = summands.sum(axis=0)
        scale = np.divide(self.score(taste, rows), totals, out=np.zeros_like(totals), where=totals > 0)
        return np.asarray(summands * scale[None], np.float32)

    @staticmethod
    def _decays(taste: Taste) -> Floats:
        return np.stack([taste.decay(days) for days in HALF_LIVES_DAYS], axis=1)  # [h, half-lives]

    def _by_artist(self, taste: Taste) -> Floats:
        """Decayed plays of each artist, float32 [n_artists, half-lives]."""
        credits = taste.bundle.catalogue.performed_by[taste.rows]
        return np.asarray(credits.T @ self._decays(taste), np.float32)

    @staticmethod
    def _known_share(taste: Taste, rows: Rows) -> Floats:
        """The share of the first-found artist's tracks that the listener has played, float32 [m]."""
        catalogue = taste.bundle.catalogue
        known: Floats = catalogue.performed_by[taste.rows].sum(axis=0)
        size = np.maximum(np.diff(catalogue.tracks_of_artist.indptr), 1)
        credits = catalogue.performed_by[rows]
        return np.asarray(credits @ (known / size) / np.maximum(np.diff(credits.indptr), 1), np.float32)
