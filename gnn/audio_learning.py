"""From a graph and mel pictures to sound vectors: what the network is told, and whether it hears more than features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gnn.audio import AudioEmbedding, CnnEmbedding, Floats, Mels, Targets
from gnn.catalogue import matrix
from gnn.config import TRACK_CONFIG, FitConfig
from gnn.content import measured
from gnn.data import of_tracks
from gnn.fit import fit_als
from gnn.sound import centred, standardised
from graph.arrays import GraphArrays, Rows
from graph.errors import NotEnoughDataError
from graph.progress import NoProgress, Progress

LEAST_LISTENERS: Final = 3
"""A track with fewer says more about them than about itself."""

NEIGHBOURS: Final = 10
_HELD_OUT = 5  # every fifth judged track
_LEAST_JUDGED = 2 * NEIGHBOURS


@dataclass(frozen=True, slots=True)
class Judged:
    """How alike the ten nearest by sound are in taste, by mean cosine, for tracks that the network was not told of.

    Attributes:
        tracks: how many were asked.
        learned: by the vectors.
        plain: by the measured features.
        chance: of any two tracks.
    """

    tracks: int
    learned: float
    plain: float
    chance: float

    @property
    def is_better(self) -> bool:
        """Whether listening taught more than measuring does."""
        return self.learned > max(self.plain, self.chance)


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """The outcome.

    Attributes:
        vectors: float32 [n, dim], L2-normalised.
        judged: by a network that did not know the held-out tracks; the vectors come from one that knows all.
    """

    vectors: Floats
    judged: Judged


def targets_of(arrays: GraphArrays, rows: Rows, config: FitConfig = TRACK_CONFIG) -> Targets:
    """What is known of some tracks that their sound should tell; all NaN where nothing is known.

    Who listens comes first (factors of ALS), then what people call it (genres); features that were measured teach only
    where neither is known, for they are what the vectors are to go beyond.

    Args:
        arrays: the graph, with the plays that may be seen.
        rows: the tracks, int64 [n].
        config: of ALS.
    """
    vectors = _collaborative(arrays, config)[rows]
    genres = _genres(arrays, rows)
    told = np.isfinite(vectors).any(axis=1) | np.isfinite(genres).any(axis=1)
    features, known = standardised(measured(arrays.track_columns, len(arrays.tracks))[rows].astype(np.float32))
    features[told | ~known] = np.nan
    return Targets(vectors, genres, features)


def _collaborative(arrays: GraphArrays, config: FitConfig) -> Floats:
    """The factors of tracks with enough listeners, float32 [n_tracks, k], centred, of norm 1; k is 0 where few play."""
    data = of_tracks(arrays)
    try:
        factors = fit_als(data, config).item_factors.copy()
    except NotEnoughDataError:
        return np.zeros((len(arrays.tracks), 0), np.float32)
    few = data.popularity < LEAST_LISTENERS
    factors[few] = np.nan
    vectors = centred(factors)
    vectors[few] = np.nan
    return vectors


def _genres(arrays: GraphArrays, rows: Rows) -> Floats:
    """The weights of the genres of some tracks, float32 [n, n_genres], rows that sum to 1 or are NaN."""
    weight = np.nan_to_num(arrays.track_genre.columns.get("weight", np.ones(len(arrays.track_genre))), nan=1.0)
    all_of = matrix(arrays.track_genre, len(arrays.tracks), len(arrays.genres), weight)
    found = np.asarray(all_of[rows].toarray(), np.float32)
    total = found.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 0, found / np.where(total > 0, total, 1), np.nan), np.float32)


def learn(
    pictures: Sequence[Mels],
    targets: Targets,
    features: Floats,
    *,
    make: Callable[[], AudioEmbedding] = CnnEmbedding,
    seed: int = 0,
    progress: Progress | None = None,
) -> Learned:
    """Train twice: without every fifth judged track, to see what that is worth, and with all.

    Args:
        pictures: of n tracks.
        targets: of the same.
        features: measured, float32 [n, k], NaN where unknown.
        make: an embedding that was not trained yet.
        seed: which tracks are held out.
        progress: told of both trainings.

    Raises:
        NotEnoughDataError: too few tracks with targets, or too few whose taste is known.
    """
    progress = progress or NoProgress()
    taste = _taste(targets)
    known = np.flatnonzero(np.isfinite(taste).any(axis=1))
    if len(known) < _LEAST_JUDGED:
        raise NotEnoughDataError(
            f"the audio embedding is judged by listeners or genres, which {len(known)} analysed tracks have; "
            f"it needs {_LEAST_JUDGED}: import plays or genres of the analysed files"
        )
    held = np.sort(np.random.default_rng(seed).permutation(known)[: len(known) // _HELD_OUT])
    first = make()
    first.fit(pictures, _without(targets, held), progress)
    judged = _judge(first.embed(pictures), features, taste, known, held)
    last = make()
    last.fit(pictures, targets, progress)
    return Learned(last.embed(pictures), judged)


def _taste(targets: Targets) -> Floats:
    """What tracks are judged by, centred, float32 [n, d]: their listeners, or where these are too few their genres."""
    heard, named = (int(np.isfinite(part).any(axis=1).sum()) for part in (targets.vectors, targets.genres))
    told = targets.vectors if heard >= min(_LEAST_JUDGED, named) else targets.genres
    taste = centred(told)
    taste[~np.isfinite(told).any(axis=1)] = np.nan
    return taste


def _without(targets: Targets, rows: Rows) -> Targets:
    def blank(values: Floats) -> Floats:
        left = values.copy()
        left[rows] = np.nan
        return left

    return replace(
        targets, vectors=blank(targets.vectors), genres=blank(targets.genres), features=blank(targets.features)
    )


def _judge(vectors: Floats, features: Floats, taste: Floats, known: Rows, held: Rows) -> Judged:
    asked = np.searchsorted(known, held)
    truth = taste[known].astype(np.float64)
    plain, _ = standardised(features[known])
    mean = truth.sum(axis=0) @ truth.sum(axis=0) - (truth**2).sum()
    return Judged(
        len(held),
        learned=agreement(centred(vectors[known]), truth, asked),
        plain=agreement(plain, truth, asked),
        chance=float(mean / (len(known) * (len(known) - 1))),
    )


def agreement(places: Floats, truth: NDArray[np.float64], asked: Rows, count: int = NEIGHBOURS) -> float:
    """Mean cosine of the tracks asked with their ``count`` nearest.

    Args:
        places: where each track lies, float32 [n, d]; near is alike.
        truth: unit vectors, float64 [n, e].
        asked: rows, int64 [m].
        count: neighbours of each, itself left out.
    """
    wide = places.astype(np.float64)
    distance = (wide**2).sum(axis=1)[None, :] - 2 * wide[asked] @ wide.T
    distance[np.arange(len(asked)), asked] = np.inf
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :count]
    return float((truth[asked] @ truth.T)[np.arange(len(asked))[:, None], nearest].mean())
