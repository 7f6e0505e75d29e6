"""What a seed stands for: the tracks by which a radio, a journey or a wish for less begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from graph.errors import InvalidRequestError

SEED_TRACKS = {"artist": 8, "genre": 12, "playlist": 30}
"""How many tracks stand for what is no track."""


def seed_rows(bundle: Bundle, id: str) -> NDArray[np.int64]:
    """The tracks that stand for a seed: itself, or the most played of an artist, genre or playlist.

    Raises:
        InvalidRequestError: the model knows no such track, artist, genre or playlist.
    """
    catalogue = bundle.catalogue
    if (row := catalogue.tracks.row(id)) is not None:
        return np.array([row], np.int64)
    for kind, ids, tracks in (
        ("artist", catalogue.artists, catalogue.tracks_of_artist),
        ("genre", catalogue.genres, catalogue.tracks_of_genre),
        ("playlist", catalogue.playlists, catalogue.tracks_of_playlist),
    ):
        if (row := ids.row(id)) is not None and len(found := tracks[[row]].indices.astype(np.int64)):
            return _most_played(bundle, found, SEED_TRACKS[kind])
    raise InvalidRequestError(f"seed {id!r} is no track, artist, genre or playlist with tracks in the model")


def _most_played(bundle: Bundle, rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    plays = bundle.catalogue.play_count[rows]
    return rows[np.lexsort((rows, -plays))][:count].astype(np.int64)
