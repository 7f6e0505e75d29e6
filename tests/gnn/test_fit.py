"""Training on worlds with one right answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from gnn import baselines, cold, metrics
from gnn.config import ARTIST_CONFIG, TRACK_CONFIG, FitConfig
from gnn.data import TrainingData
from gnn.evaluate import MODELS, evaluate
from gnn.fit import fit, preset
from gnn.sage import completed
from gnn.splits import Split, global_cut
from gnn.tower import History
from graph.errors import InvalidRequestError, NotEnoughDataError
from graph.progress import Progress

Make = Callable[..., TrainingData]
SMALL = replace(
    ARTIST_CONFIG,
    als=replace(ARTIST_CONFIG.als, factors=8, regularization=0.5, alpha=2.0, iterations=10),
    sage=replace(ARTIST_CONFIG.sage, dim=8, epochs=4, folds=replace(ARTIST_CONFIG.sage.folds, count=5, cold_count=2)),
)


def test_the_diagonal_of_the_checkerboard_comes_first(checkerboard: TrainingData) -> None:
    models = fit(checkerboard, SMALL)
    everybody = np.arange(50)
    scores = baselines.of_vectors(models.user_vectors, models.tower)
    lists = metrics.rank(scores, Split(checkerboard, everybody, everybody, 0), 1)
    assert lists.items[:, 0].tolist() == everybody.tolist()


def two_scenes(make_data: Make) -> TrainingData:
    """Users 0-19 hear tracks 0-18, users 20-39 tracks 19-37; track 38 belongs to the first scene's artist 0.

    Nobody but users 0 and 20 heard track 39, by artist 7: the bridge.
    """
    pairs = [(user, item) for user in range(20) for item in range(19) if (user + item) % 3]
    pairs += [(user + 20, item + 19) for user, item in pairs]
    pairs += [(user, 38) for user in range(4)] + [(0, 39), (20, 39)]
    artist_of = [item % 3 for item in range(19)] + [3 + item % 3 for item in range(19)] + [0, 7]
    return make_data(sorted(pairs), 40, 40, artist_of=artist_of)


def test_a_scene_keeps_to_itself_and_the_bridge_lies_between(make_data: Make) -> None:
    data = two_scenes(make_data)
    models = fit(data, replace(SMALL, cold_plays=0))
    vectors = models.item_vectors
    near, far = models.user_vectors[:20] @ vectors[:19].T, models.user_vectors[:20] @ vectors[19:38].T
    assert near.min() > far.max()
    first, second = vectors[:19].mean(axis=0), vectors[19:38].mean(axis=0)
    bridge = abs(vectors[39] @ first - vectors[39] @ second)
    assert bridge < abs(vectors[0] @ first - vectors[0] @ second)
    assert vectors[38] @ first > vectors[38] @ second


def test_training_is_reproducible(listening: TrainingData) -> None:
    config = replace(TRACK_CONFIG, als=replace(TRACK_CONFIG.als, factors=6), sage=replace(TRACK_CONFIG.sage, dim=6))
    one, again = fit(listening, config), fit(listening, config)
    np.testing.assert_array_equal(one.item_vectors, again.item_vectors)
    np.testing.assert_array_equal(one.user_vectors, again.user_vectors)


def test_candidates_may_be_fewer_than_the_catalogue(listening: TrainingData) -> None:
    config = replace(SMALL, sage=replace(SMALL.sage, candidates=15))
    models = fit(listening, config)
    user = History(np.arange(4), np.ones(4, np.float32), np.zeros(4, np.int64))  # the scene of even users
    scores = models.tower.scores(user, 0, np.arange(40))
    assert scores[:20].mean() > scores[20:].mean()


def test_presets_follow_the_times(listening: TrainingData, checkerboard: TrainingData) -> None:
    assert preset(listening) is TRACK_CONFIG
    assert preset(checkerboard) is ARTIST_CONFIG


def test_too_little_data_is_refused_in_one_line(make_data: Make) -> None:
    with pytest.raises(NotEnoughDataError, match="found 1, 2 and 2: import more plays"):
        fit(make_data([(0, 0), (0, 1)], 1, 2), FitConfig())


def test_ridge_finds_what_content_determines() -> None:
    generator = np.random.default_rng(0)
    content = generator.standard_normal((60, 3)).astype(np.float32)
    vectors = content @ generator.standard_normal((3, 5)).astype(np.float32) + 1
    away = np.arange(60) < 10
    shown = np.where(away[:, None], 0, vectors).astype(np.float32)
    found = cold.ridge(content, shown, np.full(60, 9), away, 1e-6)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert (np.einsum("nd,nd->n", found[away], unit[away]) > 0.9).all()
    np.testing.assert_array_equal(found[~away], shown[~away])


def test_completed_vectors_are_unit_vectors_that_keep_the_order() -> None:
    generator = np.random.default_rng(0)
    items, user = generator.standard_normal((30, 4)).astype(np.float32), generator.standard_normal(4)
    found = completed(items)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)
    assert np.argsort(found @ np.append(user, 0)).tolist() == np.argsort(items @ user).tolist()


def test_evaluation_by_name(listening: TrainingData) -> None:
    found = evaluate(global_cut(listening), ["popularity", "itemknn", "artist_path", "als"], k=5)
    assert list(found) == ["popularity", "itemknn", "artist_path", "als"]
    for result in found.values():
        assert {"recall@5", "ndcg@5", "coverage@5", "trainSeconds"} <= set(result.summary())
    assert found["itemknn"].summary()["recall@5"] > found["popularity"].summary()["recall@5"]


def test_a_caller_may_bring_models_of_its_own(listening: TrainingData) -> None:
    def backwards(split: Split, config: FitConfig, progress: Progress) -> metrics.Scores:
        return lambda rows: -baselines.popularity(split.train)(rows)

    found = evaluate(global_cut(listening), ["backwards"], registry={**MODELS, "backwards": backwards}, k=5)
    assert found["backwards"].quality.novelty > 0
    with pytest.raises(InvalidRequestError, match="no model is called 'backwards'"):
        evaluate(global_cut(listening), ["backwards"])


def test_unknown_models_and_models_without_their_data_are_refused(checkerboard: TrainingData) -> None:
    split = Split(checkerboard, np.array([0]), np.array([0]), 0)
    with pytest.raises(InvalidRequestError, match="no model is called 'sagee'"):
        evaluate(split, ["sagee"])
    with pytest.raises(InvalidRequestError, match="artist_path needs tracks"):
        evaluate(split, ["artist_path"])
