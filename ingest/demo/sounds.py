"""How every track of the demo world truly sounds, and what a catalogue or a clip tells of it.

Three kinds of tracks result: with a clip that the audio pipeline measures, with features that came with the catalogue
(the truth with small errors, ``audioSource`` imported), and with no audio at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.audio.synth import ClipPlan
from ingest.demo.catalogue import NONE, Floats, Rows, Tracks
from ingest.demo.config import DemoConfig
from ingest.demo.genres import GENRES

SHARES: Final = (
    "energy",
    "valence",
    "danceability",
    "acousticness",
    "instrumentalness",
    "speechiness",
    "liveness",
)
"""The features between 0 and 1."""

_CLIP_SECONDS = 7.0
_CATALOGUE_ERROR = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Sounds:
    """The truth about each track, by row.

    Attributes:
        tempo_bpm: float64 [n].
        loudness_db: integrated loudness, float64 [n].
        key: int64 [n], C = 0; ``mode`` int64 [n], 1 major, 0 minor.
        shares: name of ``SHARES`` -> float64 [n] in 0..1.
        clip_rows: tracks with a clip, int64 ascending.
        imported: tracks whose features came with the catalogue, bool [n].
    """

    tempo_bpm: Floats
    loudness_db: Floats
    key: Rows
    mode: Rows
    shares: dict[str, Floats]
    clip_rows: Rows
    imported: NDArray[np.bool_]


def make_sounds(config: DemoConfig, rng: np.random.Generator, tracks: Tracks) -> Sounds:
    """Give every track its sound: its genre's, bent by its artist and by chance; versions keep key, mode and tempo."""
    genre = tracks.genre_row
    low, high = np.array([spec.tempo_bpm for spec in GENRES], np.float64)[genre].T
    work = np.where(tracks.version_of < 0, np.arange(len(genre)), tracks.version_of)
    shares = _shares(rng, tracks)
    clip_rows = _clip_rows(config, rng, tracks)
    order = rng.permutation(np.setdiff1d(np.arange(len(genre)), clip_rows))
    imported = np.zeros(len(genre), np.bool_)
    imported[order[: int(config.imported_share * len(genre))]] = True
    return Sounds(
        tempo_bpm=np.round(rng.uniform(low, high), 1)[work],
        loudness_db=np.round(-21.0 + 14.0 * shares["energy"] + rng.normal(0.0, 1.0, len(genre)), 2),
        key=rng.integers(12, size=len(genre))[work],
        mode=(rng.random(len(genre)) >= _of_genre("minor", genre)).astype(np.int64)[work],
        shares=shares,
        clip_rows=clip_rows,
        imported=imported,
    )


def _of_genre(name: str, genre_row: Rows) -> Floats:
    return np.array([getattr(spec, name) for spec in GENRES], np.float64)[genre_row]


def _shares(rng: np.random.Generator, tracks: Tracks) -> dict[str, Floats]:
    genre, n = tracks.genre_row, len(tracks.genre_row)
    bend = rng.normal(0.0, 0.07, (int(tracks.artist_row.max()) + 1, 4))[tracks.artist_row]
    names = ("energy", "valence", "danceability", "acousticness")
    shares = {
        name: np.clip(_of_genre(name, genre) + bend[:, at] + rng.normal(0.0, 0.08, n), 0.02, 0.98)
        for at, name in enumerate(names)
    }
    sung = rng.random(n) < _of_genre("sung", genre)
    live = np.array(["(Live at" in name for name in tracks.names])
    shares["instrumentalness"] = np.where(sung, rng.beta(1.2, 14.0, n), rng.beta(12.0, 2.0, n))
    shares["speechiness"] = np.where(sung, 0.04 + 0.36 * _of_genre("spoken", genre) * rng.random(n), 0.03)
    shares["liveness"] = np.where(live, rng.beta(12.0, 3.0, n), rng.beta(2.0, 12.0, n))
    return shares


def _clip_rows(config: DemoConfig, rng: np.random.Generator, tracks: Tracks) -> Rows:
    """Choose the tracks with a clip: every genre in turn, its better-known works first (by luck)."""
    luck = tracks.fame + rng.gumbel(size=len(tracks.fame))
    works = np.flatnonzero(tracks.version_of == NONE)
    best = works[np.argsort(-luck[works], kind="stable")]
    _, genre = np.unique(tracks.genre_row[best], return_inverse=True)
    rank = np.array([np.sum(genre[:at] == own) for at, own in enumerate(genre)])  # how many of its genre come before
    return np.sort(best[np.lexsort((np.arange(len(best)), rank))][: config.clip_count])


def clip_plan(config: DemoConfig, sounds: Sounds, row: int) -> ClipPlan:
    """What the clip of one track must sound like."""
    return ClipPlan(
        seed=config.seed * 100_003 + row,
        tempo_bpm=float(sounds.tempo_bpm[row]),
        key=int(sounds.key[row]),
        mode=int(sounds.mode[row]),
        energy=round(float(sounds.shares["energy"][row]), 3),
        acousticness=round(float(sounds.shares["acousticness"][row]), 3),
        loudness_db=float(sounds.loudness_db[row]),
        seconds=_CLIP_SECONDS,
    )


def catalogue_features(rng: np.random.Generator, sounds: Sounds) -> dict[str, list[float | None] | list[int | None]]:
    """The imported features by property of the graph, None where a track has none."""
    n = len(sounds.key)

    def told(values: Floats) -> list[float | None]:
        return [float(v) if known else None for v, known in zip(np.round(values, 3), sounds.imported, strict=True)]

    def whole(values: Rows) -> list[int | None]:
        return [int(v) if known else None for v, known in zip(values, sounds.imported, strict=True)]

    noise = {name: rng.normal(0.0, _CATALOGUE_ERROR, n) for name in SHARES}
    return {
        "tempo": told(sounds.tempo_bpm * (1 + rng.normal(0.0, 0.004, n))),
        "loudness": told(sounds.loudness_db + rng.normal(0.0, 0.3, n)),
        "key": whole(sounds.key),
        "mode": whole(sounds.mode),
        "timeSignature": whole(np.full(n, 4)),
        **{name: told(np.clip(values + noise[name], 0.0, 1.0)) for name, values in sounds.shares.items()},
    }
