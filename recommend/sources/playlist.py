"""Tracks that share playlists with the listener's recent plays."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from gnn.bundle import Bundle
from recommend.sources.source import CATALOGUE, PLAYS, Feature, Floats, Rows, best_unplayed
from recommend.taste import Taste

HALF_LIFE_DAYS = 60.0


class PlaylistSource:
    """Cosine of the playlists of two tracks, summed over the decayed plays."""

    name = "playlist"
    features = (
        Feature(
            "playlist_cosine",
            "cosine of the playlists, over the decayed plays, half-life 60 days",
            inputs=(PLAYS, CATALOGUE),
        ),
    )

    def unavailable(self, bundle: Bundle) -> str | None:
        """Without playlists nothing is shared."""
        return None if bundle.catalogue.in_playlist.nnz else "no playlists"

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """The unplayed tracks with the most playlists in common."""
        if not len(taste):
            return np.empty(0, np.int64)
        playlists = taste.bundle.playlist_unit
        heard = playlists[taste.rows].T @ taste.shares(HALF_LIFE_DAYS)
        return best_unplayed(np.asarray(playlists @ heard, np.float32), taste.unplayed, quota)

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """See ``Source``."""
        playlists = taste.bundle.playlist_unit
        heard = playlists[taste.rows].T @ taste.shares(HALF_LIFE_DAYS)
        return np.asarray(playlists[rows] @ heard, np.float32)[:, None]

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """One summand per play."""
        playlists: csr_array = taste.bundle.playlist_unit
        near = (playlists[taste.rows] @ playlists[rows].T).toarray()
        return np.asarray(near * taste.shares(HALF_LIFE_DAYS)[:, None], np.float32)[:, :, None]
