"""New users and new items on worlds with one right answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from api import cold_evaluation as of_data_sets
from gnn import cold, cold_evaluation, cold_scores, metrics
from gnn.cold_splits import ColdSplit, cold_friends, cold_items, cold_users
from gnn.config import ARTIST_CONFIG
from gnn.data import Terms, TrainingData
from gnn.fit import FittedModels, fit
from graph.errors import InvalidRequestError

Make = Callable[..., TrainingData]
SMALL = replace(
    ARTIST_CONFIG,
    als=replace(ARTIST_CONFIG.als, factors=8, regularization=0.5, alpha=2.0, iterations=10),
    sage=replace(ARTIST_CONFIG.sage, dim=8, epochs=4, folds=replace(ARTIST_CONFIG.sage.folds, count=3, cold_count=2)),
)


@pytest.fixture(scope="module")
def scenes(make_data: Make) -> TrainingData:
    """Two scenes of 20 users and 20 items each; users follow three of their scene, items have its genre."""
    pairs = [(user, item) for user in range(40) for item in range(40) if user // 20 == item // 20 and (user + item) % 3]
    return make_data(
        pairs,
        40,
        40,
        artist_of=[item // 2 for item in range(40)],
        follows=[(user, 20 * (user // 20) + (user + step) % 20) for user in range(40) for step in (1, 7, 11)],
        terms=[(item, term) for item in range(40) for term in (item // 20, 2 + item // 20 * 5 + item % 5)],
    )


def fitted(split: ColdSplit) -> FittedModels:
    return fit(split.train, SMALL)


def test_hidden_users_leave_nothing_but_their_seeds(listening: TrainingData) -> None:
    split = cold_users(listening, seed=4, share=0.2)
    hidden = np.setdiff1d(np.unique(listening.user_row), np.unique(split.train.user_row))
    assert len(hidden) == 12
    assert np.array_equal(split.users, hidden)
    assert (np.bincount(split.known.user_row, minlength=60)[hidden] == 3).all()
    asked = split.test_user_row * 40 + split.test_item_row
    assert not np.isin(asked, split.known.pairs).any()
    assert np.isin(asked, listening.pairs).all()


def test_training_sees_only_what_it_may(listening: TrainingData) -> None:
    seen = np.arange(len(listening)) % 2 == 0
    assert np.isin(cold_users(listening, seen).train.pairs, listening.pairs[seen]).all()
    split = cold_items(listening, seen)
    assert np.isin(split.train.pairs, listening.pairs[seen]).all()
    asked = split.test_user_row * 40 + split.test_item_row
    assert np.isin(asked, listening.pairs[~seen]).all()


def test_hidden_items_have_no_listener_and_are_alone_ranked(listening: TrainingData) -> None:
    split = cold_items(listening, share=0.25)
    assert split.candidates.sum() == 10
    assert not split.train.popularity[split.candidates].any()
    assert split.candidates[split.test_item_row].all()


def test_users_known_by_friends_follow_somebody_who_is_known(listening: TrainingData) -> None:
    split = cold_friends(listening, share=0.5, seed=1)
    heard = np.bincount(split.train.user_row, minlength=60) > 0
    assert len(split.users)
    for user in split.users.tolist():
        assert not heard[user]
        assert heard[listening.follows.target_row[listening.follows.source_row == user]].any()


def test_the_same_seed_hides_the_same(listening: TrainingData) -> None:
    one, again, other = (cold_users(listening, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(one.test_item_row, again.test_item_row)
    assert not np.array_equal(one.users, other.users)


def test_tags_of_the_asked_group_are_not_read(listening: TrainingData) -> None:
    said = Terms(listening.user_row, listening.item_row, listening.item_row % 7, np.ones(len(listening)), 7)
    split = cold_items(replace(listening, terms=said))
    groups = split.groups
    assert len(np.unique(groups)) == 10
    for group in (0, 9):
        left = split.side_of(group).terms.user_row
        assert len(left)
        assert not (groups[left] == group).any()


@pytest.mark.parametrize("name", ["itemknn", "rp3beta", "als", "sage", "short_mix", "content"])
def test_three_seeds_name_the_scene(scenes: TrainingData, name: str) -> None:
    split = cold_users(scenes)
    lists = metrics.rank(cold_evaluation.OF_USERS[name](_setting(split)), split.as_split(), 10)
    assert (lists.items // 20 == lists.user_row[:, None] // 20).all()


def test_quality_is_measured_for_each_way(scenes: TrainingData) -> None:
    split = cold_users(scenes)
    chosen = {name: cold_evaluation.OF_USERS[name] for name in ("popularity", "itemknn")}
    found = cold_evaluation.cold_quality(split, chosen, _once(split), k=10)
    assert list(found) == ["popularity", "itemknn"]
    assert len(found["itemknn"].recall) == len(split.users)
    assert found["itemknn"].recall.mean() > found["popularity"].recall.mean()


@pytest.mark.parametrize("name", ["itemknn", "als", "sage", "sage_mean", "friends_mix"])
def test_friends_name_the_scene(scenes: TrainingData, name: str) -> None:
    split = cold_friends(scenes)
    lists = metrics.rank(cold_evaluation.ways(split, "friends")[name](_setting(split)), split.as_split(), 10)
    assert (lists.items // 20 == lists.user_row[:, None] // 20).all()


@pytest.mark.parametrize("name", ["content", "ridge_als", "ridge", "ridge_content", "artist_path", "path_ridge"])
def test_content_names_the_scene_of_an_item(scenes: TrainingData, name: str) -> None:
    split = cold_items(scenes, share=0.2, seed=3)
    way = cold_evaluation.ways(split, "items")[name]
    scores = way(_setting(split))(split.users)[:, split.candidates]
    same = np.flatnonzero(split.candidates)[None, :] // 20 == split.users[:, None] // 20
    least, most = np.where(same, scores, np.inf).min(axis=1), np.where(same, -np.inf, scores).max(axis=1)
    assert same.any(axis=0).all()
    assert (least > most).all()


_FITTED: dict[tuple[int, int, bool], FittedModels] = {}


def _once(split: ColdSplit) -> FittedModels:
    key = (len(split.train), len(split.test_user_row), split.by_friends)
    if key not in _FITTED:
        _FITTED[key] = fitted(split)
    return _FITTED[key]


def _setting(split: ColdSplit) -> cold_scores.Setting:
    return cold_scores.Setting(split, _once(split), cold.content(split.side_of(0)))


def test_fitted_models_have_vectors_for_what_nobody_heard(scenes: TrainingData) -> None:
    split = cold_items(scenes, share=0.2, seed=3)
    vectors = _once(split).item_vectors
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_an_item_is_not_in_the_mean_of_its_artist(make_data: Make) -> None:
    data = make_data([(user, item) for user in range(4) for item in (0, 1, 3)], 4, 5, artist_of=[0, 0, 0, 1, 2])
    vectors = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    few = data.popularity == 0
    found = cold.with_artists(np.zeros((5, 0), np.float32), vectors, data, few)
    np.testing.assert_allclose(found[0, :3], vectors[1], atol=1e-6)
    np.testing.assert_allclose(found[1, :3], vectors[0], atol=1e-6)
    np.testing.assert_allclose(found[2, :3], (vectors[0] + vectors[1]) / 2, atol=1e-6)
    assert found[:, 3].tolist() == [1, 1, 1, 0, 0], "the only items of their artists have no others"
    assert not found[3:, :3].any()


def test_without_artists_content_stays_alone(make_data: Make) -> None:
    content = np.ones((2, 3), np.float32)
    data = make_data([(0, 0)], 1, 2)
    assert cold.with_artists(content, content, data, np.zeros(2, np.bool_)) is content


def test_wrong_names_say_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="no data set is called 'lastfm': choose from hetrec, lfm1m"):
        of_data_sets.run("lastfm", tmp_path, "users")
    with pytest.raises(
        InvalidRequestError, match="nothing cold is called 'artists': choose from users, friends, items"
    ):
        of_data_sets.run("hetrec", tmp_path, "artists")


def test_a_model_that_does_not_fit_is_named() -> None:
    folder = Path(__file__).resolve().parents[2] / "../shared/data/hetrec2011-lastfm-2k"
    if not folder.is_dir():
        pytest.skip("local data set absent: ../shared/data/hetrec2011-lastfm-2k")
    with pytest.raises(InvalidRequestError, match="no model is called 'artist_path': choose from content, ridge_als"):
        of_data_sets.run("hetrec", folder, "items", ["artist_path"])
