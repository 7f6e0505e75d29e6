"""The tower says what PyTorch says, and its scores split over the history without a rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn.als import AlsConfig, AlsModel
from gnn.config import ARTIST_CONFIG, TRACK_CONFIG, FitConfig
from gnn.data import TrainingData
from gnn.fit import FittedModels, fit
from gnn.tower import History, UserTower

DAY = 86_400
LATE = 2**40
ITEMS = np.arange(40)


def small(config: FitConfig) -> FitConfig:
    return replace(config, als=replace(config.als, factors=12), sage=replace(config.sage, dim=12, epochs=2))


def history_of(data: TrainingData, user: int) -> History:
    own = data.user_row == user
    return History(data.item_row[own], data.count[own], data.at[own])


def followed_by(data: TrainingData, user: int) -> list[History]:
    others = np.unique(data.follows.target_row[data.follows.source_row == user])
    return [history_of(data, int(other)) for other in others]


@pytest.fixture(scope="module", params=["tracks", "artists"])
def fitted(request: pytest.FixtureRequest, listening: TrainingData) -> FittedModels:
    return fit(listening, small(TRACK_CONFIG if request.param == "tracks" else ARTIST_CONFIG))


def random_tower(weighting: str = "binary") -> UserTower:
    generator = np.random.default_rng(5)

    def numbers(*shape: int) -> np.ndarray:
        return generator.standard_normal(shape).astype(np.float32)

    vectors = numbers(40, 6)
    als = AlsModel.of(numbers(40, 7), AlsConfig(7, 3.0, 9.0, 1, "binary" if weighting == "binary" else "log"))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return UserTower(als, (1.0, 30.0), numbers(40, 12), unit, numbers(7, 6), numbers(3, 12, 6), numbers(7, 6))


def random_history(seed: int, length: int) -> History:
    generator = np.random.default_rng(seed)
    return History(
        generator.choice(40, length, replace=False),
        generator.integers(1, 9, length).astype(np.float32),
        generator.integers(0, 200 * DAY, length),
    )


def test_tower_equals_pytorch(fitted: FittedModels, listening: TrainingData) -> None:
    vectors = [
        fitted.tower.vector(history_of(listening, user), LATE, followed_by(listening, user)) for user in range(60)
    ]
    np.testing.assert_allclose(np.array(vectors), fitted.user_vectors, atol=1e-5)


def test_saved_tower_is_the_same_tower(fitted: FittedModels, listening: TrainingData, tmp_path: object) -> None:
    path = f"{tmp_path}/tower.npz"
    np.savez(path, **fitted.tower.to_arrays())
    with np.load(path, allow_pickle=False) as arrays:
        again = UserTower.from_arrays(arrays)
    history = history_of(listening, 7)
    np.testing.assert_array_equal(again.vector(history, LATE), fitted.tower.vector(history, LATE))


def test_vectors_are_normalised_and_no_history_is_zeros(fitted: FittedModels, listening: TrainingData) -> None:
    found = fitted.tower.vectors([history_of(listening, 3), History.none()], LATE)
    assert np.linalg.norm(found[0]) == pytest.approx(1.0, abs=1e-5)
    assert not found[1].any()
    np.testing.assert_allclose(np.linalg.norm(fitted.item_vectors, axis=1), 1.0, atol=1e-5)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.sampled_from(["binary", "log"]))
@settings(max_examples=50, deadline=None)
def test_shares_sum_to_the_score(seed: int, length: int, weighting: str) -> None:
    tower, history = random_tower(weighting), random_history(seed, length)
    shares = tower.shares(history, LATE, ITEMS)
    assert shares.shape == (length, 40)
    np.testing.assert_allclose(shares.sum(axis=0), tower.scores(history, LATE, ITEMS), atol=1e-5)


def test_with_follows_one_more_row_makes_the_sum(fitted: FittedModels, listening: TrainingData) -> None:
    history, others = history_of(listening, 3), followed_by(listening, 3)
    shares = fitted.tower.shares(history, LATE, ITEMS, others)
    assert shares.shape == (len(history) + 1, 40)
    score = fitted.item_vectors @ fitted.tower.vector(history, LATE, others)
    np.testing.assert_allclose(shares.sum(axis=0), score, atol=1e-5)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.sampled_from(["binary", "log"]))
@settings(max_examples=50, deadline=None)
def test_without_equals_a_shorter_history(seed: int, length: int, weighting: str) -> None:
    tower, history = random_tower(weighting), random_history(seed, length)
    positions = np.arange(length)
    expected = [tower.scores(history.select(positions != left), LATE, ITEMS) for left in positions]
    np.testing.assert_allclose(tower.without(history, LATE, ITEMS), np.array(expected), atol=2e-4)
    some = positions[::2]
    np.testing.assert_allclose(tower.without(history, LATE, ITEMS, some), np.array(expected)[some], atol=2e-4)


def test_one_recent_play_among_ancient_ones_can_be_left_out() -> None:
    tower = random_tower()
    history = History(np.arange(4), np.ones(4, np.float32), np.array([0, DAY, 2 * DAY, 4000 * DAY]))
    expected = tower.scores(history.select(np.arange(3)), LATE, ITEMS)
    np.testing.assert_allclose(tower.without(history, LATE, ITEMS, np.array([3]))[0], expected, atol=1e-4)


def test_plays_after_the_moment_are_not_seen() -> None:
    tower, history = random_tower(), random_history(1, 20)
    as_of = int(np.median(history.last_at))
    seen = history.last_at <= as_of
    np.testing.assert_array_equal(tower.vector(history, as_of), tower.vector(history.select(seen), LATE))
    assert not tower.shares(history, as_of, ITEMS)[~seen].any()
    np.testing.assert_allclose(
        tower.without(history, as_of, ITEMS, np.flatnonzero(~seen)),
        np.repeat(tower.scores(history, as_of, ITEMS)[None], int((~seen).sum()), axis=0),
        atol=1e-5,
    )


def test_the_order_of_a_history_says_nothing() -> None:
    tower, history = random_tower(), random_history(2, 15)
    turned = history.select(np.arange(15)[::-1])
    np.testing.assert_allclose(tower.vector(history, LATE), tower.vector(turned, LATE), atol=1e-5)


def test_serving_needs_no_torch() -> None:
    import subprocess
    import sys

    script = "import sys, gnn.tower; sys.exit('torch' in sys.modules or 'implicit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
