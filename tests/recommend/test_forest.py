"""Trees as arrays say what LightGBM says: scores, and TreeSHAP values, of small and of large trees."""

import numpy as np
import pytest

from graph.errors import ModelError
from recommend.forest import MOST_FEATURES, Forest, Leaf, _tabulated

lightgbm = pytest.importorskip("lightgbm")
FEATURES = 6


def examples(count, seed):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, FEATURES)).astype(np.float32)
    features[:, 0] = np.round(features[:, 0])  # many on a threshold's side by equality
    return features, features[:, 0] + features[:, 1] * features[:, 2] + rng.normal(size=count)


@pytest.fixture(scope="module", params=[(4, 3), (15, 5), (40, 7)], ids=["few", "default", "many leaves"])
def grown(request):
    leaves, depth = request.param
    settings = {"num_leaves": leaves, "max_depth": depth, "min_data_in_leaf": 5, "num_threads": 1, "verbose": -1}
    booster = lightgbm.train(settings, lightgbm.Dataset(*examples(2000, 0)), 20)
    return booster, Forest.of([tree["tree_structure"] for tree in booster.dump_model()["tree_info"]], FEATURES)


def test_scores_are_those_of_lightgbm(grown):
    booster, forest = grown
    features = examples(500, 1)[0]
    np.testing.assert_allclose(forest.raw(features), booster.predict(features, raw_score=True), rtol=0, atol=1e-12)


def test_contributions_are_those_of_lightgbm(grown):
    booster, forest = grown
    features = examples(50, 2)[0]
    expected = booster.predict(features, pred_contrib=True)
    np.testing.assert_allclose(forest.leaves.contributions(features), expected[:, :-1], rtol=0, atol=1e-12)
    assert forest.expected == pytest.approx(expected[0, -1], abs=1e-12)


def test_each_row_has_its_own_to_the_bit(grown):
    forest = grown[1]
    features = examples(40, 3)[0]
    scores, parts = forest.raw(features), forest.leaves.contributions(features)
    for row in range(len(features)):
        assert forest.raw(features[row : row + 1])[0] == scores[row]
        assert forest.leaves.contributions(features[row : row + 1])[0].tolist() == parts[row].tolist()


def test_a_number_on_a_threshold_goes_left():
    threshold = 0.1  # above the nearest number in single precision below it
    side = {"leaf_count": 1}
    tree = {
        "split_feature": 0,
        "threshold": threshold,
        "decision_type": "<=",
        "missing_type": "None",
        "internal_count": 2,
        "left_child": side | {"leaf_value": -1.0},
        "right_child": side | {"leaf_value": 1.0},
    }
    below = np.nextafter(np.float32(threshold), np.float32(0))
    above = np.float32(threshold)  # rounded up: 0.1 < float32(0.1)
    found = Forest.of([tree], 1).raw(np.array([[below], [above]], np.float32))
    assert found.tolist() == [-1.0, 1.0]


def test_a_tree_that_is_one_leaf_adds_the_same_to_all():
    forest = Forest.of([{"leaf_value": 0.5}], FEATURES)
    features = examples(3, 4)[0]
    assert forest.raw(features).tolist() == [0.5] * 3
    assert not forest.leaves.contributions(features).any()
    assert forest.expected == 0.5


def test_other_questions_are_refused():
    tree = {"split_feature": 0, "threshold": "1||2", "decision_type": "==", "missing_type": "None"}
    leaf = {"leaf_value": 0.0, "leaf_count": 1}
    with pytest.raises(ModelError, match="asks '=='"):
        Forest.of([tree | {"internal_count": 2, "left_child": leaf, "right_child": leaf}], FEATURES)


def test_too_many_features_on_one_way_are_refused():
    many = range(MOST_FEATURES + 1)
    leaf = Leaf(1.0, {column: (-1.0, 1.0) for column in many}, dict.fromkeys(many, 0.5))
    with pytest.raises(ModelError, match=f"{MOST_FEATURES + 1} features on the way"):
        _tabulated([leaf], MOST_FEATURES + 1)
