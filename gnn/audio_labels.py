"""Which genres or moods a recording could be of, from its features alone: learned from the graph's own labels."""

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
"""Labelled tracks below which a label is not learned."""

_FOLDS = 5
_PENALTY = 1e-3


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How good the probabilities were on labels that were not learned from.

    Attributes:
        labels: how many.
        right: share of them that were called the likeliest.
        most_frequent: the same for always calling the most frequent one.
        surprise: mean negative log likelihood, in nats; the temperature was chosen on the same labels.
        frequency_surprise: the same for saying how frequent each label is.
        calibration_error: see ``calibration_error``.
    """

    labels: int
    right: float
    most_frequent: float
    surprise: float
    frequency_surprise: float
    calibration_error: float


@dataclass(frozen=True, slots=True, eq=False)
class LabelModel:
    """A softmax regression over standardised features, with a temperature that makes its probabilities honest.

    Attributes:
        labels: those that can be answered.
        weights: float64 [k + 1, n_labels], the last row for the constant.
        mean: float64 [k]; ``spread`` float64 [k].
        temperature: divides the scores.
        held_out: how good it is, every group judged by a model that did not see it.
    """

    labels: Ids
    weights: Floats
    mean: Floats
    spread: Floats
    temperature: float
    held_out: HeldOut

    def probabilities(self, features: Floats) -> Floats:
        """float64 [n, n_labels], rows sum to 1; of float64 [n, k], where NaN counts as the mean."""
        return np.asarray(softmax(self._scores(features) / self.temperature, axis=1), np.float64)

    def _scores(self, features: Floats) -> Floats:
        return _standard(features, self.mean, self.spread) @ self.weights


def fit_labels(
    features: Floats,
    track_row: Rows,
    label_row: Rows,
    labels: Ids,
    *,
    kind: str = "genres",
    group: Rows | None = None,
) -> LabelModel:
    """Learn from tracks that have both features and labels.

    Args:
        features: float64 [n_tracks, k], NaN where unknown; a track counts when at least half is known.
        track_row: of each label, int64 [m].
        label_row: int64 [m]; a track with several labels counts for each.
        labels: all of them.
        kind: what they are, for the complaint.
        group: what is held out together, int64 [m]; the track by default.

    Raises:
        NotEnoughDataError: fewer than two labels have ``LEAST_TRACKS`` such tracks, or the features say no more of
            held-out labels than their frequency does.
    """
    known = np.isfinite(features).mean(axis=1) >= 0.5 if features.shape[1] else np.zeros(len(features), np.bool_)
    with_sound = known[track_row]
    group = (track_row if group is None else group)[with_sound]
    track_row, label_row = track_row[with_sound], label_row[with_sound]
    enough = np.flatnonzero(np.bincount(label_row, minlength=len(labels)) >= LEAST_TRACKS)
    if len(enough) < 2:
        raise NotEnoughDataError(
            f"{kind} by sound need two {kind} with {LEAST_TRACKS} tracks that have audio features, "
            f"found {len(enough)}: import a catalogue with features, or analyse more files"
        )
    taken = np.isin(label_row, enough)
    track_row, label = track_row[taken], np.searchsorted(enough, label_row[taken])
    heard = np.unique(track_row)
    mean = np.nanmean(features[heard], axis=0)
    spread = np.nanstd(features[heard], axis=0)
    mean, spread = np.nan_to_num(mean), np.where(spread > 0, spread, 1.0)
    inputs = _standard(features[track_row], mean, spread)
    scores, base = _out_of_fold(inputs, label, np.unique(group[taken], return_inverse=True)[1] % _FOLDS, len(enough))
    temperature = _temperature(scores, label)
    held_out = _judged(log_softmax(scores / temperature, axis=1), np.log(base), label)
    if held_out.surprise >= held_out.frequency_surprise:
        raise NotEnoughDataError(
            f"{kind} cannot be told by these features: on held-out tracks they say less ({held_out.surprise:.2f} nats) "
            f"than frequency alone ({held_out.frequency_surprise:.2f}); label more tracks"
        )
    weights = _fitted(inputs, label, len(enough))
    return LabelModel(Ids(labels.values[enough]), weights, mean, spread, temperature, held_out)


def _out_of_fold(inputs: Floats, label: Rows, fold: Rows, count: int) -> tuple[Floats, Floats]:
    """Scores of each label's track, and the frequencies, by what the other folds say; float64 [m, n_labels] each."""
    scores, base = np.zeros((len(label), count)), np.ones((len(label), count))
    for held in (fold == number for number in range(_FOLDS)):
        if held.any():
            scores[held] = inputs[held] @ _fitted(inputs[~held], label[~held], count)
            base[held] += np.bincount(label[~held], minlength=count)
    return scores, base / base.sum(axis=1, keepdims=True)


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


def _judged(logs: Floats, base: Floats, label: Rows) -> HeldOut:
    at = (np.arange(len(label)), label)
    return HeldOut(
        len(label),
        right=float((logs.argmax(axis=1) == label).mean()),
        most_frequent=float(np.bincount(label).max() / max(len(label), 1)),
        surprise=-float(logs[at].mean()),
        frequency_surprise=-float(base[at].mean()),
        calibration_error=calibration_error(np.exp(logs), label),
    )


def _temperature(scores: Floats, label: Rows) -> float:
    """The divisor of the scores that makes held-out labels most likely. Source: Guo et al. 2017, section 4.2."""

    def loss(log_temperature: float) -> float:
        logs = log_softmax(scores / np.exp(log_temperature), axis=1)
        return -float(logs[np.arange(len(label)), label].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded").x))


def calibration_error(probabilities: Floats, label: Rows, bins: int = 10) -> float:
    """How far the stated probability of the likeliest label is from how often it is right (expected, 0 to 1)."""
    stated, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == label
    place = np.minimum((stated * bins).astype(np.int64), bins - 1)
    gaps = [
        abs(float(stated[place == at].mean() - right[place == at].mean())) * float((place == at).mean())
        for at in range(bins)
        if (place == at).any()
    ]
    return float(sum(gaps))
