"""Every baseline on worlds with one right answer, and what each says of data it cannot use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gnn import metrics
from gnn.als import AlsConfig
from gnn.baselines import BASELINES, bpr, ease, factors, fame, lightgcn, neighbours, paths, tuning, walks
from gnn.baselines.baseline import Baseline
from gnn.baselines.history import recent
from gnn.config import ARTIST_CONFIG
from gnn.data import TrainingData
from gnn.metrics import Scores, matrix
from gnn.splits import Split
from graph.errors import InvalidRequestError
from graph.progress import NoProgress

Make = Callable[..., TrainingData]
SMALL_ALS = AlsConfig(factors=8, regularization=0.5, alpha=2.0, iterations=10)
LEARNERS: dict[str, Callable[[TrainingData], Scores]] = {
    "itemknn": lambda data: neighbours.fit(data, neighbours.KnnConfig(shrink=0.0), 0),
    "itemknn, weighted": lambda data: neighbours.fit(data, neighbours.KnnConfig(listener_power=0.5), 0),
    "rp3beta": lambda data: walks.fit(data, walks.WalkConfig(), 0),
    "ease": lambda data: ease.fit(data, ease.EaseConfig(5.0), 0),
    "ease, by plays": lambda data: ease.fit(data, ease.EaseConfig(5.0, "log"), 0),
    "als": lambda data: factors.fit(data, factors.FactorConfig(SMALL_ALS), 0),
    "als_scaled": lambda data: factors.fit(data, factors.FactorConfig(SMALL_ALS, frequency=1.0), 0),
    "bpr": lambda data: bpr.fit(data, bpr.BprConfig(8, iterations=60), 0),
    "lightgcn": lambda data: lightgcn.fit(data, lightgcn.LightGcnConfig(dim=8, epochs=30, batch_users=25), 0),
}


@pytest.mark.parametrize("name", LEARNERS)
def test_the_diagonal_of_the_checkerboard_comes_first(name: str, checkerboard: TrainingData) -> None:
    everybody = np.arange(50)
    lists = metrics.rank(LEARNERS[name](checkerboard), Split(checkerboard, everybody, everybody, 0), 1)
    assert lists.items[:, 0].tolist() == everybody.tolist()


def test_what_the_knowledge_graph_says(make_data: Make) -> None:
    data = make_data([(0, 0), (1, 1), (2, 1)], 3, 5, artist_of=[0, 1, 1, 0, 1], terms=[(0, 0), (1, 1), (2, 0), (4, 1)])
    by_artist = paths.fit_artists(data, paths.PathConfig(fame=0.0), 0)(np.array([0]))[0]
    by_genre = paths.fit_genres(data, paths.PathConfig(fame=0.0), 0)(np.array([0]))[0]
    assert by_artist[3] > by_artist[[1, 2, 4]].max()
    assert by_genre[2] > by_genre[[1, 3, 4]].max()


@pytest.mark.parametrize("fit", [paths.fit_artists, paths.fit_genres])
def test_without_artists_or_genres_their_paths_are_refused(fit: Any, checkerboard: TrainingData) -> None:
    with pytest.raises(InvalidRequestError, match="leave it out"):
        fit(checkerboard, paths.PathConfig(), 0)


def test_a_catalogue_too_large_to_invert_is_refused(make_data: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ease, "MOST_ITEMS", 3)
    with pytest.raises(InvalidRequestError, match="ease inverts 4 x 4 items, at most 3: leave it out"):
        ease.fit(make_data([(0, 0)], 1, 4), ease.EaseConfig(), 0)


def test_recent_popularity_forgets_and_popularity_does_not(make_data: Make) -> None:
    data = make_data([(0, 0), (1, 0), (2, 1)], 3, 2, at=[1_000, 1_000, 1_000 + 100 * 86_400])
    lately = fame.fit(data, fame.PopularityConfig(30.0), 0)(np.array([0, 1]))
    always = fame.fit(data, fame.PopularityConfig(), 0)(np.array([0]))
    assert lately.argmax(axis=1).tolist() == [1, 1]
    assert always.argmax(axis=1).tolist() == [0]


RECENT: dict[str, Callable[[TrainingData], Scores]] = {
    "itemknn": lambda data: neighbours.fit(data, neighbours.KnnConfig(half_life_days=7.0), 0),
    "rp3beta": lambda data: walks.fit(data, walks.WalkConfig(half_life_days=7.0), 0),
    "ease": lambda data: ease.fit(data, ease.EaseConfig(5.0, half_life_days=7.0), 0),
    "als": lambda data: factors.fit(data, factors.FactorConfig(SMALL_ALS, half_life_days=7.0), 0),
    "bpr": lambda data: bpr.fit(data, bpr.BprConfig(8, iterations=60, recent_share=5.0, half_life_days=7.0), 0),
    "lightgcn": lambda data: lightgcn.fit(
        data, lightgcn.LightGcnConfig(dim=8, epochs=30, batch_users=25, half_life_days=7.0), 0
    ),
}


@pytest.mark.parametrize("name", RECENT)
def test_the_scene_heard_last_comes_first(name: str, make_data: Make) -> None:
    """User 40 heard as much of either scene, but the second one lately."""
    scene = [(user, item) for user in range(20) for item in range(12) if (user + item) % 4]
    pairs = scene + [(user + 20, item + 12) for user, item in scene]
    own = [(40, item) for item in (0, 1, 2, 3, 12, 13, 14, 15)]
    at = [86_400] * len(pairs) + [86_400] * 4 + [200 * 86_400] * 4
    data = make_data(pairs + own, 41, 24, at=at)
    lists = metrics.rank(RECENT[name](data), Split(data, np.array([40]), np.array([20]), 0), 5)
    assert (lists.items[0] >= 12).all()


def test_scaled_factors_solve_the_equations_of_their_users_exactly(make_data: Make, listening: TrainingData) -> None:
    config = factors.FactorConfig(replace(SMALL_ALS, weighting="binary"), frequency=1.0, steps=30)
    heard = matrix(listening.user_row, listening.item_row, (60, 40)) * np.float32(2.0)
    fixed = np.random.default_rng(0).standard_normal((40, 8)).astype(np.float32)
    penalty = factors.penalties(heard, config)
    found = factors._descend(np.zeros((60, 8), np.float32), fixed, heard, penalty.astype(np.float32), 30)
    for user in (0, 17, 59):
        own = fixed[heard.indices[heard.indptr[user] : heard.indptr[user + 1]]].astype(np.float64)
        system = fixed.T.astype(np.float64) @ fixed + own.T @ own + penalty[user] * np.eye(8)
        np.testing.assert_allclose(found[user], np.linalg.solve(system, 2.0 * own.sum(axis=0)), rtol=2e-3, atol=2e-4)


def test_penalties_grow_with_the_history_and_keep_their_mean(listening: TrainingData) -> None:
    heard = matrix(listening.user_row, listening.item_row, (60, 40))
    scaled = factors.penalties(heard, factors.FactorConfig(SMALL_ALS, frequency=1.0))
    lengths = np.diff(heard.indptr)
    np.testing.assert_allclose(scaled / lengths, (scaled / lengths)[0])
    assert scaled.mean() == pytest.approx(SMALL_ALS.regularization)


@pytest.mark.parametrize("block", [16, 1024])
def test_ease_weights_are_the_closed_form(block: int, listening: TrainingData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ease, "BLOCK", block)
    plays = matrix(listening.user_row, listening.item_row, (60, 40))
    heard = plays.toarray().astype(np.float64)
    inverse = np.linalg.inv(heard.T @ heard + 3.0 * np.eye(40))
    expected = -inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(expected, 0.0)
    np.testing.assert_allclose(ease.weights(plays, 3.0), expected, atol=1e-4)


def test_propagation_is_the_mean_of_powers_of_the_graph_and_so_is_its_gradient(listening: TrainingData) -> None:
    import torch

    graph = lightgcn._normalised(matrix(listening.user_row, listening.item_row, (60, 40)))
    dense = graph.toarray()
    expected = (np.eye(100) + dense + dense @ dense) / 3
    start = torch.randn(100, 4, generator=torch.Generator().manual_seed(0), requires_grad=True)
    found = lightgcn.propagate(start, graph, 2)
    np.testing.assert_allclose(found.detach().numpy(), expected @ start.detach().numpy(), atol=1e-5)
    pull = torch.randn(100, 4, generator=torch.Generator().manual_seed(1))
    (found * pull).sum().backward()
    assert start.grad is not None
    np.testing.assert_allclose(start.grad.numpy(), expected.T @ pull.numpy(), atol=1e-5)


def test_recent_weights_halve_with_the_half_life_and_are_one_without_times(make_data: Make) -> None:
    timed = make_data([(0, 0), (0, 1)], 1, 2, at=[86_400, 11 * 86_400])
    assert recent(timed, 10.0).toarray().tolist() == [[0.5, 1.0]]
    assert recent(make_data([(0, 0), (0, 1)], 1, 2), 10.0).toarray().tolist() == [[1.0, 1.0]]


def test_a_protocol_has_its_own_values_and_others_the_default(listening: TrainingData) -> None:
    seen: list[tuple[str, int]] = []

    def fit(data: TrainingData, config: str, seed: int) -> Scores:
        seen.append((config, seed))
        return lambda rows: np.zeros((len(rows), len(data.items)), np.float32)

    model = Baseline(fit, "default", {"lfm1m global": "tuned"})
    split = Split(listening, np.array([0]), np.array([0]), 0, protocol="lfm1m global")
    model(split, ARTIST_CONFIG, NoProgress())
    model(replace(split, protocol="another"), ARTIST_CONFIG, NoProgress())
    assert seen == [("tuned", 0), ("default", 0)]


def test_the_search_keeps_what_raises_ndcg_and_ends_with_its_budget(listening: TrainingData) -> None:
    split = Split(listening, np.arange(10), np.full(10, 39), 0)

    def fit(data: TrainingData, config: walks.WalkConfig, seed: int) -> Scores:
        scores = np.zeros((60, 40), np.float32)
        scores[:, :30] = np.linspace(1.5, 0.1, 30)
        scores[:, 39] = config.alpha + config.beta  # first only where both are high, in the list with one
        return lambda rows: scores[rows]

    grid = {"alpha": (0.0, 0.9), "beta": (0.0, 0.7)}
    model = Baseline(fit, walks.WalkConfig(alpha=0.2, beta=0.0), {}, grid)
    trials = tuning.search(model, split, seconds=60.0)
    assert (trials[0].config.alpha, trials[0].config.beta) == (0.9, 0.7)
    assert trials[0].ndcg > trials[-1].ndcg
    ticks = iter(range(1000))
    assert len(tuning.search(model, split, seconds=4.0, clock=lambda: float(next(ticks)))) == 2


def test_a_field_of_a_field_can_be_varied() -> None:
    config = tuning.varied(factors.FactorConfig(), "als.factors", 7)
    assert config.als.factors == 7
    assert config.als.alpha == factors.FactorConfig().als.alpha


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_has_a_grid_that_fits_its_config(name: str) -> None:
    baseline = BASELINES[name]
    for path, values in baseline.grid.items():
        for value in values:
            tuning.varied(baseline.default, path, value)
