"""Genre and mood probabilities: near the true ones, calibrated, refused without labels."""

from __future__ import annotations

import numpy as np
import pytest

from gnn.audio_labels import calibration_error, fit_labels
from graph.arrays import Ids
from graph.errors import NotEnoughDataError

GENRES = Ids.of(["a", "b", "c", "rare"])


def planted(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Three overlapping clouds, and their genres."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 3, n)
    centres = np.array([[0.0, 0.0], [1.5, 0.0], [0.0, 1.5]])
    return centres[label] + rng.normal(size=(n, 2)), label


def test_probabilities_are_near_the_true_ones_and_calibrated() -> None:
    features, label = planted(3_000, 1)
    model = fit_labels(features, np.arange(3_000), label, GENRES)
    assert model.labels.values.tolist() == ["a", "b", "c"]
    unseen, truth = planted(3_000, 2)
    found = model.probabilities(unseen)
    assert np.allclose(found.sum(axis=1), 1)
    assert calibration_error(found, truth) < 0.04
    centres = np.array([[0.0, 0.0], [1.5, 0.0], [0.0, 1.5]])
    likelihood = np.exp(-0.5 * ((unseen[:, None] - centres) ** 2).sum(axis=2))
    ideal = likelihood / likelihood.sum(axis=1, keepdims=True)
    assert np.abs(found - ideal).mean() < 0.03


def test_unknown_features_count_as_usual_ones() -> None:
    features, label = planted(600, 3)
    model = fit_labels(features, np.arange(600), label, GENRES)
    blank = model.probabilities(np.full((1, 2), np.nan))
    assert np.allclose(blank, model.probabilities(features.mean(axis=0)[None, :]))


def test_too_few_labels_are_refused_with_what_to_do() -> None:
    features, label = planted(20, 4)
    with pytest.raises(NotEnoughDataError, match=r"need two genres with 30 tracks .*, found 0: import"):
        fit_labels(features, np.arange(20), label, GENRES)
