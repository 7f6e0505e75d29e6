"""What is learned from later plays, what is not learned from too few, and what is said of it."""

import sys

import numpy as np
import pytest

from graph.arrays import Links
from recommend.learn import LearnConfig, learn
from recommend.trees import TreeConfig

NEVER = 2_000_000_000
QUICK = LearnConfig(held_out=4, trees=TreeConfig(leaves=4, depth=3, trees=10, least_in_leaf=5))


@pytest.fixture(scope="module")
def later(two_scenes):
    """Each listener goes on with four tracks of their own scene."""
    scene = np.array([id[0] for id in two_scenes.tracks.values.tolist()])
    heard = np.zeros((len(two_scenes.users), len(two_scenes.tracks)), np.bool_)
    heard[two_scenes.played.source_row, two_scenes.played.target_row] = True
    rng = np.random.default_rng(0)
    users, tracks = [], []
    for user, id in enumerate(two_scenes.users.values.tolist()):
        unheard = np.flatnonzero(~heard[user] & (scene == id[2]))
        users += [user] * 4
        tracks += rng.choice(unheard, 4, replace=False).tolist()
    return Links(np.array(users), np.array(tracks))


def _learn(scenes, later, config):
    return learn(scenes.bundle, scenes.reads.arrays.played, later, as_of=NEVER, config=config)


def test_every_ranker_is_learned_measured_and_the_best_serves(scenes, later):
    found = _learn(scenes, later, QUICK)
    assert [ranker.kind for ranker in found.rankers] == ["lambdarank", "linear", "fusion"]
    assert set(found.metrics) == {"lambdarank", "linear", "fusion"}
    ndcg = {kind: values["ndcg@20"] for kind, values in found.metrics.items()}
    assert ndcg[found.serve] == max(ndcg["lambdarank"], ndcg["linear"])
    assert "best NDCG@20 on 10 listeners that it did not learn from" in found.why
    assert found.candidates["union_recall"] == 1.0, "a scene is small enough to be nominated whole"
    assert found.candidates["knn_nominated_recall"] > 0.9


def test_the_same_plays_give_the_same_rankers(scenes, later):
    one, other = (_learn(scenes, later, QUICK) for _ in range(2))
    assert [ranker.to_json() for ranker in one.rankers] == [ranker.to_json() for ranker in other.rankers]


def test_too_few_listeners_keep_the_default_weights(scenes, later):
    found = _learn(scenes, later, LearnConfig(least_users=41))
    assert found.serve == "linear"
    assert found.why == "default weights: 40 listeners have plays on both sides of the cut, fewer than 41"
    assert found.metrics == {}


def test_without_lightgbm_the_others_are_learned_and_the_extra_is_named(scenes, later, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    found = _learn(scenes, later, QUICK)
    assert [ranker.kind for ranker in found.rankers] == ["linear", "fusion"]
    assert found.serve == "linear"
    assert "pip install 'phonograph[rank]'" in found.why
