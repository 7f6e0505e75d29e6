"""What serving knows of the tracks without asking the graph: names, links, counts, audio; arrays aligned with ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from graph.arrays import GraphArrays, Ids, Links, Rows
from graph.kinds import AUDIO, SOUND_VECTOR

Sparse = csr_array[np.float32, tuple[int, int]]
DAY_S = 86_400
RECENT_DAYS = 90
_NOISE = re.compile(r"\([^)]*\)|\[[^\]]*\]|\s-\s.*$")


def work_key(title: str) -> str:
    """A title without case, accents, punctuation, brackets and what follows a dash: equal for versions of one work."""
    bare = _NOISE.sub("", title) or title
    plain = unicodedata.normalize("NFKD", bare.casefold())
    return "".join(sign for sign in plain if sign.isalnum()) or title


def matrix(links: Links, rows: int, columns: int, values: NDArray[np.generic] | None = None) -> Sparse:
    """Links as a sparse float32 [rows, columns]; 1 where no ``values`` [n] are given; repeated links add up."""
    data = np.ones(len(links), np.float32) if values is None else values.astype(np.float32)
    found: Sparse = csr_array((data, (links.source_row, links.target_row)), shape=(rows, columns))
    return found


def row_entries(values: Sparse, row: int) -> NDArray[np.int64]:
    """The columns with an entry in one row, int64."""
    return values.indices[values.indptr[row] : values.indptr[row + 1]].astype(np.int64)


def entries(values: Sparse, rows: Rows) -> tuple[Rows, Rows, Rows]:
    """The entries of some rows: place in ``rows``, column, and position in the matrix; int64 [e] each."""
    starts = values.indptr[rows].astype(np.int64)
    counts = values.indptr[rows + 1] - starts
    at = np.repeat(np.arange(len(rows)), counts)
    position = np.arange(len(at)) + np.repeat(starts - (np.cumsum(counts) - counts), counts)
    return at, values.indices[position].astype(np.int64), position


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All tracks and what they are linked to.

    Attributes:
        names: kind of node -> str [n], in the order of its ids.
        performed_by: float32 [n_tracks, n_artists], 1 per credit.
        track_genre: float32 [n_tracks, n_genres], weight.
        in_playlist: float32 [n_tracks, n_playlists], 1.
        subgenre_of: float32 [n_genres, n_genres], 1 from child to parent.
        play_count: int64 [n_tracks].
        recent_plays: int64 [n_tracks], in the last ``RECENT_DAYS`` days before the watermark.
        age_days: float32 [n_tracks], from the first play to the watermark; 0 without plays.
        audio: float32 [n_tracks, len(AUDIO)], NaN where unknown, columns in the order of ``graph.kinds.AUDIO``.
        sound_vectors: what a network heard in them, float32 [n_tracks, d], NaN where unknown; d is 0 without one.
        numbers: property -> float32 [n_tracks], NaN where unknown: see ``NUMBERS``.
        release_date: str [n_tracks], ISO date or year, "" where unknown.
        work: int64 [n_tracks], equal for versions of one work.
    """

    tracks: Ids
    artists: Ids
    genres: Ids
    playlists: Ids
    names: Mapping[str, NDArray[np.str_]]
    performed_by: Sparse
    track_genre: Sparse
    in_playlist: Sparse
    subgenre_of: Sparse
    play_count: NDArray[np.int64]
    recent_plays: NDArray[np.int64]
    age_days: NDArray[np.float32]
    audio: NDArray[np.float32]
    sound_vectors: NDArray[np.float32]
    numbers: Mapping[str, NDArray[np.float32]]
    release_date: NDArray[np.str_]
    work: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.tracks)

    @cached_property
    def ids(self) -> dict[str, Ids]:
        """Kind of node -> its ids."""
        return {"track": self.tracks, "artist": self.artists, "genre": self.genres, "playlist": self.playlists}

    @cached_property
    def spelled(self) -> dict[str, tuple[list[str], list[str]]]:
        """Kind of node -> ids and names as Python strings: one of an array's costs twenty times as much to take."""
        return {kind: (ids.values.tolist(), self.names[kind].tolist()) for kind, ids in self.ids.items()}

    @cached_property
    def credits(self) -> NDArray[np.int64]:
        """Artist rows of each track, int64 [n_tracks, most credits]; ``len(artists)`` fills up.

        Looking up a table is many times faster than taking rows of a sparse matrix.
        """
        counts = np.diff(self.performed_by.indptr)
        table = np.full((len(self), max(int(counts.max(initial=0)), 1)), len(self.artists), np.int64)
        place = np.arange(self.performed_by.nnz) - np.repeat(self.performed_by.indptr[:-1], counts)
        table[np.repeat(np.arange(len(self)), counts), place] = self.performed_by.indices
        return table

    @cached_property
    def credit_count(self) -> NDArray[np.float32]:
        """How many artists each track is credited to, float32 [n_tracks]; 1 where it is nobody's."""
        return np.maximum(np.diff(self.performed_by.indptr), 1).astype(np.float32)

    @cached_property
    def tracks_of_artist(self) -> Sparse:
        """The transpose of ``performed_by``, float32 [n_artists, n_tracks]."""
        return csr_array(self.performed_by.T)

    @cached_property
    def tracks_of_genre(self) -> Sparse:
        """The transpose of ``track_genre``, float32 [n_genres, n_tracks]."""
        return csr_array(self.track_genre.T)

    @cached_property
    def tracks_of_playlist(self) -> Sparse:
        """The transpose of ``in_playlist``, float32 [n_playlists, n_tracks]."""
        return csr_array(self.in_playlist.T)

    @cached_property
    def by_popularity(self) -> NDArray[np.int64]:
        """The tracks with a play, the most played of late first, then the most played in all; int64 [m]."""
        order = np.lexsort((np.arange(len(self)), -self.play_count, -self.recent_plays))
        return order[self.play_count[order] > 0]

    @cached_property
    def popularity(self) -> NDArray[np.float32]:
        """The share of played tracks that are played less, float32 [n_tracks], 0 to 1; NaN for those without a play."""
        values = np.sort(self.play_count[self.play_count > 0])
        less = np.searchsorted(values, self.play_count, "left") / max(len(values), 1)
        return np.where(self.play_count > 0, less, np.nan).astype(np.float32)

    @cached_property
    def facts(self) -> NDArray[np.float32]:
        """float32 [n_tracks, 4]: logarithms of plays, recent plays, tracks of the largest credited artist, age."""
        size = np.append(np.diff(self.tracks_of_artist.indptr), 0)[self.credits].max(axis=1)
        facts = np.column_stack([self.play_count, self.recent_plays, size, self.age_days])
        return np.asarray(np.log1p(facts), np.float32)

    @cached_property
    def genre_size(self) -> NDArray[np.int64]:
        """How many tracks are in each genre, int64 [n_genres]."""
        return np.diff(self.tracks_of_genre.indptr).astype(np.int64)

    def artist_rows(self, track_row: int) -> NDArray[np.int64]:
        """Every credited artist of a track."""
        return row_entries(self.performed_by, track_row)


NUMBERS = ("durationMs", "explicit", "key", "mode", "popularity", "timeSignature")


def unheard(tracks: int) -> NDArray[np.float32]:
    """The vectors of tracks that no network has heard, float32 [n_tracks, 0]."""
    return np.zeros((tracks, 0), np.float32)


def _column(arrays: GraphArrays, name: str) -> NDArray[np.float32]:
    values = arrays.track_columns.get(name)
    if values is None:
        return np.full(len(arrays.tracks), np.nan, np.float32)
    return values.astype(np.float32)


def _works(arrays: GraphArrays, performed_by: Sparse) -> NDArray[np.int64]:
    """Join tracks that are versions of one another, or share their first artist and the key of their title."""
    count = len(arrays.tracks)
    first: dict[tuple[int, str], int] = {}
    same: list[tuple[int, int]] = list(zip(arrays.version_of.source_row, arrays.version_of.target_row, strict=True))
    for row, title in enumerate(arrays.names["track"].tolist()):
        artists = row_entries(performed_by, row)
        if len(artists):
            other = first.setdefault((int(artists[0]), work_key(title)), row)
            if other != row:
                same.append((row, other))
    pairs = np.array(same, np.int64).reshape(-1, 2)
    edges = csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return connected_components(edges, directed=False)[1].astype(np.int64)


def _age_days(played: Links, tracks: int, watermark: int) -> NDArray[np.float32]:
    """Days between the first play of each track and the watermark."""
    first = np.full(tracks, watermark, np.int64)
    if len(played):
        at = played.columns.get("firstAt", played.columns["lastAt"]).astype(np.int64)
        np.minimum.at(first, played.target_row, at)
    return ((watermark - first) / DAY_S).astype(np.float32)


def catalogue_of(arrays: GraphArrays) -> Catalogue:
    """Arrange the graph's tracks for serving."""
    tracks = len(arrays.tracks)
    played = arrays.played
    since = arrays.watermark - RECENT_DAYS * DAY_S
    last_at = played.columns["lastAt"].astype(np.int64) if len(played) else np.empty(0, np.int64)
    performed_by = matrix(arrays.performed_by, tracks, len(arrays.artists))
    performed_by.data[:] = 1.0
    in_playlist = csr_array(matrix(arrays.contains, len(arrays.playlists), tracks).T)
    in_playlist.data[:] = 1.0
    weights = arrays.track_genre.columns.get("weight")
    return Catalogue(
        tracks=arrays.tracks,
        artists=arrays.artists,
        genres=arrays.genres,
        playlists=arrays.playlists,
        names={kind: arrays.names[kind] for kind in ("track", "artist", "genre", "playlist")},
        performed_by=performed_by,
        track_genre=matrix(
            arrays.track_genre, tracks, len(arrays.genres), None if weights is None else np.nan_to_num(weights, nan=1.0)
        ),
        in_playlist=in_playlist,
        subgenre_of=matrix(arrays.subgenre_of, len(arrays.genres), len(arrays.genres)),
        play_count=np.bincount(
            played.target_row, played.columns["count"].astype(np.float64) if len(played) else None, tracks
        ).astype(np.int64),
        recent_plays=np.bincount(played.target_row[last_at >= since], minlength=tracks).astype(np.int64),
        age_days=_age_days(played, tracks, arrays.watermark),
        audio=np.stack([_column(arrays, name) for name in AUDIO], axis=1),
        sound_vectors=np.asarray(arrays.track_columns.get(SOUND_VECTOR, unheard(tracks)), np.float32),
        numbers={name: _column(arrays, name) for name in NUMBERS},
        release_date=arrays.track_columns.get("releaseDate", np.full(tracks, "")).astype(np.str_),
        work=_works(arrays, performed_by),
    )
