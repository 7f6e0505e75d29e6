"""A bundle with tracks that came after its training: known by their content until the next model knows their listeners.

The rows of the trained tracks stay. A later track has artists, genres and sound, a vector from these, and no neighbours
by listeners; who plays it is described by its content, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn.als import AlsModel
from gnn.bundle import Bundle
from gnn.catalogue import NUMBERS, Catalogue, Sparse, row_entries, work_key
from gnn.index import int8
from gnn.index.delta import WithLater
from gnn.neighbours import CoListening
from gnn.tower import UserTower
from graph.arrays import GrownIds
from graph.kinds import AUDIO

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LaterTrack:
    """What the graph knows of a track that a bundle does not know.

    Attributes:
        artists: ids and names, in order of credit.
        genres: ids and weights.
        properties: as named in ``graph.kinds``; absent or None where unknown.
    """

    id: str
    name: str
    artists: tuple[tuple[str, str], ...] = ()
    genres: tuple[tuple[str, float], ...] = ()
    properties: Mapping[str, Any] | None = None

    def number(self, name: str) -> float:
        """A property as a number, NaN where unknown."""
        value = (self.properties or {}).get(name)
        return np.nan if value is None else float(value)


@dataclass(frozen=True, slots=True, eq=False)
class DeltaSegment:
    """The later tracks of one bundle, in the order of their ids, which is that of their rows behind the trained ones.

    Attributes:
        tracks: n of them.
        vectors: float32 [n, dim], L2-normalised; zeros where the content says nothing.
        states: float32 [n, 2 · dim].
    """

    tracks: tuple[LaterTrack, ...]
    vectors: Floats
    states: Floats

    @classmethod
    def of(cls, bundle: Bundle, tracks: Sequence[LaterTrack]) -> DeltaSegment:
        """The tracks that ``bundle``, as it was trained, does not know, with the vectors of their content."""
        by_id = {track.id: track for track in tracks if bundle.catalogue.tracks.row(track.id) is None}
        later = tuple(by_id[id] for id in sorted(by_id))
        dims = bundle.tower.item_vectors.shape[1], bundle.tower.item_states.shape[1]
        if bundle.by_content is None or not later:
            return cls(later, *(np.zeros((len(later), dim), np.float32) for dim in dims))
        content = _content(bundle, later)
        known = content.any(axis=1, keepdims=True)  # of the others the guess would be the mean track
        vectors, states = bundle.by_content.vectors.directions(content), bundle.by_content.states.guess(content)
        return cls(later, np.where(known, vectors, np.float32(0.0)), np.where(known, states, 0.0).astype(np.float32))

    def __len__(self) -> int:
        return len(self.tracks)


def _content(bundle: Bundle, tracks: Sequence[LaterTrack]) -> Floats:
    assert bundle.by_content is not None  # the caller looked
    encoder = bundle.by_content.encoder
    terms = [(at, genre, weight) for at, track in enumerate(tracks) for genre, weight in track.genres]
    term_row = bundle.catalogue.genres.rows([genre for _, genre, _ in terms])
    item_row, weight = np.array([at for at, *_ in terms], np.int64), np.array([one[2] for one in terms], np.float64)
    sound = np.array([[track.number(name) for name in encoder.audio_names] for track in tracks], np.float64)
    known = term_row >= 0
    return encoder.encode(item_row[known], term_row[known], weight[known], sound.reshape(len(tracks), -1))


def grown(bundle: Bundle, segment: DeltaSegment) -> Bundle:
    """The bundle, and the segment's tracks behind its own.

    Args:
        bundle: as it was trained.
        segment: made for it.
    """
    if not len(segment):
        return bundle
    catalogue = _catalogue(bundle.catalogue, segment.tracks)
    tracks, artists = len(catalogue), len(catalogue.artists)
    near = bundle.co_listening
    return replace(
        bundle,
        catalogue=catalogue,
        tower=_tower(bundle.tower, segment),
        co_listening=CoListening(_padded(near.similarity, tracks, tracks), _padded(near.listeners, tracks, tracks)),
        played_with=_padded(bundle.played_with, tracks, tracks),
        artists_played_with=_padded(bundle.artists_played_with, artists, artists),
        sounds_like=_padded(bundle.sounds_like, tracks, tracks),
        index=WithLater(bundle.index, len(bundle.catalogue), segment.vectors),
    )


def _padded(values: csr_array, rows: int, columns: int) -> csr_array:
    """A larger matrix with the same entries; they are shared, not copied."""
    more = np.full(rows - values.shape[0], values.indptr[-1], values.indptr.dtype)
    return csr_array((values.data, values.indices, np.append(values.indptr, more)), shape=(rows, columns))


def _tower(tower: UserTower, segment: DeltaSegment) -> UserTower:
    als, none = tower.als, np.zeros((len(segment), tower.als.item_factors.shape[1]), np.float32)
    return replace(
        tower,
        als=AlsModel(als.config, np.vstack([als.item_factors, none]), als.gram, np.vstack([als.dual, none])),
        item_states=int8.grown(tower.item_states, segment.states),
        item_vectors=int8.grown(tower.item_vectors, segment.vectors),
    )


def _catalogue(catalogue: Catalogue, later: Sequence[LaterTrack]) -> Catalogue:
    names = {artist: name for track in later for artist, name in track.artists}
    artists = GrownIds.with_later(catalogue.artists, names)
    performed_by = [artists.rows([artist for artist, _ in track.artists]) for track in later]
    genres = [catalogue.genres.rows([genre for genre, _ in track.genres]) for track in later]
    weights = [[weight for _, weight in track.genres] for track in later]
    in_playlist = catalogue.in_playlist
    return replace(
        _with_columns(catalogue, later),
        tracks=GrownIds.with_later(catalogue.tracks, [track.id for track in later]),
        artists=artists,
        names=dict(catalogue.names)
        | {
            "track": np.append(catalogue.names["track"], [track.name for track in later]),
            "artist": np.append(catalogue.names["artist"], [names[id] for id in artists.later.values.tolist()]),
        },
        performed_by=_with_rows(catalogue.performed_by, performed_by, None, len(artists)),
        track_genre=_with_rows(catalogue.track_genre, genres, weights, len(catalogue.genres)),
        in_playlist=_padded(in_playlist, len(catalogue) + len(later), in_playlist.shape[1]),
        work=np.append(catalogue.work, _works(catalogue, later, performed_by)),
    )


def _with_columns(catalogue: Catalogue, later: Sequence[LaterTrack]) -> Catalogue:
    """The catalogue with longer columns; nobody counted yet how often a later track was played of late."""
    plays = np.nan_to_num(_numbers(later, ("playCount",))[:, 0]).astype(np.int64)
    return replace(
        catalogue,
        play_count=np.append(catalogue.play_count, plays),
        recent_plays=np.append(catalogue.recent_plays, np.zeros(len(later), np.int64)),
        age_days=np.append(catalogue.age_days, np.zeros(len(later), catalogue.age_days.dtype)),
        audio=np.vstack([catalogue.audio, _numbers(later, AUDIO)]),
        sound_vectors=_unheard_below(catalogue.sound_vectors, len(later)),
        numbers={name: np.append(catalogue.numbers[name], _numbers(later, (name,))[:, 0]) for name in NUMBERS},
        release_date=np.append(catalogue.release_date, [_text(track, "releaseDate") for track in later]),
    )


def _unheard_below(vectors: Floats, count: int) -> Floats:
    """The vectors [n, d] and ``count`` more rows that are unknown."""
    return np.vstack([vectors, np.full((count, vectors.shape[1]), np.nan, np.float32)])


def _text(track: LaterTrack, name: str) -> str:
    return str((track.properties or {}).get(name) or "")


def _numbers(later: Sequence[LaterTrack], names: Sequence[str]) -> Floats:
    return np.array([[track.number(name) for name in names] for track in later], np.float32)


def _with_rows(
    values: Sparse, columns: Sequence[NDArray[np.int64]], weights: Sequence[Sequence[float]] | None, width: int
) -> Sparse:
    """The matrix with one more row for each list of columns; columns below 0 are left out, weights are 1 by default."""
    kept, data = [], []
    for at, row in enumerate(columns):
        weight = np.ones(len(row)) if weights is None else np.array(weights[at], np.float64)
        first = np.unique(row, return_index=True)[1]
        order = first[row[first] >= 0]
        kept.append(row[order])
        data.append(weight[order].astype(np.float32))
    ends = values.indptr[-1] + np.cumsum([len(row) for row in kept])
    found: Sparse = csr_array(
        (
            np.concatenate([values.data, *data]),
            np.concatenate([values.indices, *kept]),
            np.concatenate([values.indptr, ends]),
        ),
        shape=(values.shape[0] + len(columns), width),
    )
    return found


def _works(
    catalogue: Catalogue, later: Sequence[LaterTrack], performed_by: Sequence[NDArray[np.int64]]
) -> NDArray[np.int64]:
    """A work for each later track: that of a track with the same first artist and the same title, else a new one."""
    known: dict[tuple[int, str], int] = {}
    titles = catalogue.names["track"]
    artists = {int(rows.min()) for rows in performed_by if len(rows) and rows.min() < len(catalogue.artists)}
    for artist in sorted(artists):
        for row in row_entries(catalogue.tracks_of_artist, artist).tolist():
            known.setdefault((artist, work_key(str(titles[row]))), int(catalogue.work[row]))
    next_work = int(catalogue.work.max(initial=-1)) + 1
    works = []
    for at, (track, rows) in enumerate(zip(later, performed_by, strict=True)):
        own = next_work + at
        works.append(known.setdefault((int(rows.min()), work_key(track.name)), own) if len(rows) else own)
    return np.array(works, np.int64)
