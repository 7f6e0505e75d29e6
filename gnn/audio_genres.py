"""Which genres a recording could be of, from its features alone: probabilities learned from the graph's own labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, softmax

from graph.arrays import Ids
from graph.errors import NotEnoughDataError

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

LEAST_TRACKS: Final = 30
"""Labelled tracks below which a genre is not learned."""

_HELD_OUT = 5  # every fifth track of a genre sets the temperature
_PENALTY = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class GenreModel:
    """A softmax regression over standardised features, with a temperature that makes its probabilities honest.

    Attributes:
        genres: ids of the genres that can be answered.
        weights: float64 [k + 1, n_genres], the last row for the constant.
        mean: float64 [k]; ``spread`` float64 [k].
        temperature: divides the scores.
    """

    genres: Ids
    weights: Floats
    mean: Floats
    spread: Floats
    temperature: float

    def probabilities(self, features: Floats) -> Floats:
        """float64 [n, n_genres], rows sum to 1; of float64 [n, k], where NaN counts as the mean."""
        return np.asarray(softmax(self._scores(features) / self.temperature, axis=1), np.float64)

    def _scores(self, features: Floats) -> Floats:
        return _standard(features, self.mean, self.spread) @ self.weights


def fit_genres(features: Floats, track_row: Rows, genre_row: Rows, genres: Ids) -> GenreModel:
    """Learn from tracks that have both features and genres.

    Args:
        features: float64 [n_tracks, k], NaN where unknown; a track counts when at least half is known.
        track_row: of each label, int64 [m].
        genre_row: int64 [m]; a track with several labels counts for each.
        genres: all genres.

    Raises:
        NotEnoughDataError: fewer than two genres have ``LEAST_TRACKS`` such tracks.
    """
    known = np.isfinite(features).mean(axis=1) >= 0.5 if features.shape[1] else np.zeros(len(features), np.bool_)
    with_sound = known[track_row]
    track_row, genre_row = track_row[with_sound], genre_row[with_sound]
    enough = np.flatnonzero(np.bincount(genre_row, minlength=len(genres)) >= LEAST_TRACKS)
    if len(enough) < 2:
        raise NotEnoughDataError(
            f"genres by sound need two genres with {LEAST_TRACKS} tracks that have audio features, "
            f"found {len(enough)}: import a catalogue with features, or analyse more files"
        )
    taken = np.isin(genre_row, enough)
    track_row, label = track_row[taken], np.searchsorted(enough, genre_row[taken])
    heard = np.unique(track_row)
    mean = np.nanmean(features[heard], axis=0)
    spread = np.nanstd(features[heard], axis=0)
    mean, spread = np.nan_to_num(mean), np.where(spread > 0, spread, 1.0)
    inputs = _standard(features[track_row], mean, spread)
    held = track_row % _HELD_OUT == 0  # by track, so that none is on both sides
    tuning = _fitted(inputs[~held], label[~held], len(enough))
    temperature = _temperature(inputs[held] @ tuning, label[held]) if held.any() else 1.0
    return GenreModel(Ids(genres.values[enough]), _fitted(inputs, label, len(enough)), mean, spread, temperature)


def _standard(features: Floats, mean: Floats, spread: Floats) -> Floats:
    scaled = np.nan_to_num((features - mean) / spread)
    return np.hstack([scaled, np.ones((len(scaled), 1))])


def _fitted(inputs: Floats, label: Rows, count: int) -> Floats:
    """Weights that make the labels most likely, slightly shrunk."""
    told = np.eye(count)[label]

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(inputs.shape[1], count)
        logs = log_softmax(inputs @ weights, axis=1)
        value = -(told * logs).sum() / len(inputs) + _PENALTY * float((weights**2).sum())
        slope = inputs.T @ (np.exp(logs) - told) / len(inputs) + 2 * _PENALTY * weights
        return float(value), slope.ravel()

    found = minimize(loss, np.zeros(inputs.shape[1] * count), jac=True, method="L-BFGS-B")
    return np.asarray(found.x, np.float64).reshape(inputs.shape[1], count)


def _temperature(scores: Floats, label: Rows) -> float:
    """The divisor of the scores that makes held-out labels most likely. Source: Guo et al. 2017, section 4.2."""

    def loss(log_temperature: float) -> float:
        logs = log_softmax(scores / np.exp(log_temperature), axis=1)
        return -float(logs[np.arange(len(label)), label].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded").x))


def calibration_error(probabilities: Floats, label: Rows, bins: int = 10) -> float:
    """How far the stated probability of the likeliest genre is from how often it is right (expected, 0 to 1)."""
    stated, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == label
    place = np.minimum((stated * bins).astype(np.int64), bins - 1)
    gaps = [
        abs(float(stated[place == at].mean() - right[place == at].mean())) * float((place == at).mean())
        for at in range(bins)
        if (place == at).any()
    ]
    return float(sum(gaps))
