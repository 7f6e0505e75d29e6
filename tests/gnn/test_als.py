"""Fold-in against the definition, and factors on a world that leaves no doubt."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn import als, metrics
from gnn.als import AlsConfig, AlsModel
from gnn.baselines import of_als
from gnn.data import TrainingData
from gnn.splits import Split


def model(weighting: str, factors: int = 8, items: int = 30) -> AlsModel:
    values = np.random.default_rng(3).standard_normal((items, factors)).astype(np.float32)
    config = AlsConfig(factors, 5.0, 10.0, 3, "binary" if weighting == "binary" else "log")
    return AlsModel.of(values, config)


def by_definition(fitted: AlsModel, rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Minimise Σ c (p - x·y)² over all items + lambda |x|²: the normal equations, written out."""
    items, factors = fitted.item_factors.astype(np.float64), fitted.config.factors
    confidence, preference = np.ones(len(items)), np.zeros(len(items))
    plays = np.log1p(counts) if fitted.config.weighting == "log" else np.ones(len(counts))
    confidence[rows], preference[rows] = fitted.config.alpha * plays / plays.mean(), 1.0
    matrix = (items.T * confidence) @ items + fitted.config.regularization * np.eye(factors)
    return np.linalg.solve(matrix, items.T @ (confidence * preference))


@pytest.mark.parametrize("weighting", ["binary", "log"])
@pytest.mark.parametrize("length", [1, 5, 8, 20])  # shorter and longer than the number of factors
def test_fold_in_solves_the_normal_equations(weighting: str, length: int) -> None:
    fitted, generator = model(weighting), np.random.default_rng(length)
    rows = generator.choice(30, length, replace=False)
    counts = generator.integers(1, 20, length).astype(np.float32)
    np.testing.assert_allclose(fitted.fold_in(rows, counts), by_definition(fitted, rows, counts), atol=1e-5)


def test_pairs_below_the_weight_of_unheard_ones_fold_in_as_defined() -> None:
    fitted, rows = AlsModel.of(model("log").item_factors, AlsConfig(8, 5.0, 1.5, 3, "log")), np.arange(20)
    counts = np.where(rows < 4, 1, 500).astype(np.float32)  # the least heard have a confidence under 1
    np.testing.assert_allclose(fitted.fold_in(rows, counts), by_definition(fitted, rows, counts), atol=1e-5)


@given(st.lists(st.integers(0, 29), min_size=1, max_size=25, unique=True), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_factors_are_the_sum_of_what_each_play_adds(rows: list[int], seed: int) -> None:
    fitted = model("log")
    counts = np.random.default_rng(seed).integers(1, 50, len(rows)).astype(np.float32)
    history = np.array(rows, np.int64)
    matrix, sides = fitted.system(history, counts)
    parts = np.linalg.solve(matrix, sides.T).T
    np.testing.assert_allclose(parts.sum(axis=0), fitted.fold_in(history, counts), atol=1e-5)


def test_no_history_folds_into_zeros() -> None:
    fitted = model("log")
    assert not fitted.fold_in(np.empty(0, np.int64), np.empty(0, np.float32)).any()


def test_fold_in_of_all_users_is_that_of_each(listening: TrainingData) -> None:
    shape = (len(listening.users), len(listening.items))
    fitted = als.fit(listening.user_row, listening.item_row, listening.count, shape, AlsConfig(factors=6))
    whole = fitted.fold_in_all(listening.user_row, listening.item_row, listening.count, shape[0])
    for user in (0, 17, 59):
        own = listening.user_row == user
        np.testing.assert_array_equal(whole[user], fitted.fold_in(listening.item_row[own], listening.count[own]))


def test_the_diagonal_of_the_checkerboard_comes_first(checkerboard: TrainingData) -> None:
    shape = (50, 50)
    # As many factors as there are groups: more of them learn the hole itself, the better the longer they are fitted.
    config = AlsConfig(factors=2, regularization=0.1, alpha=2.0, iterations=15)
    fitted = als.fit(checkerboard.user_row, checkerboard.item_row, checkerboard.count, shape, config)
    everybody = np.arange(50)
    lists = metrics.rank(of_als(checkerboard, fitted), Split(checkerboard, everybody, everybody, 0), 1)
    assert lists.items[:, 0].tolist() == everybody.tolist()


def test_the_same_seed_gives_the_same_factors(listening: TrainingData) -> None:
    shape = (len(listening.users), len(listening.items))
    one, again = (
        als.fit(listening.user_row, listening.item_row, listening.count, shape, AlsConfig(factors=6)) for _ in "ab"
    )
    np.testing.assert_array_equal(one.item_factors, again.item_factors)
