"""The rankers behind one protocol: contributions sum, each track scores alone, what is stored reads back the same."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import ExtraMissingError, ModelError
from recommend.features import FAMILIES, FEATURES, NAMES, RAISES, by_source
from recommend.ranker import LinearRanker, default_ranker, fit_linear, fusion_ranker
from recommend.rankers import READERS, serving, stored
from recommend.trees import Ranked, TreeConfig, fit_trees

GROWN = TreeConfig(leaves=7, depth=4, trees=30, least_in_leaf=20)
COSINE, POPULAR = NAMES.index("gnn_cosine"), NAMES.index("popular_all")


def planted(listeners, seed):
    """Listeners of 40 candidates who want what the GraphSAGE cosine and, where it is high, popularity say."""
    rng = np.random.default_rng(seed)
    features = rng.random((40 * listeners, len(FEATURES))).astype(np.float32)
    liking = 3 * features[:, COSINE] + 2 * features[:, POPULAR] * (features[:, COSINE] > 0.5)
    wanted = liking + rng.normal(0, 0.3, len(features)) > 3.5
    return Ranked(features, wanted, np.full(listeners, 40))


@pytest.fixture(scope="module")
def linear():
    examples = planted(80, 0)
    return fit_linear(examples.features, examples.wanted)


@pytest.fixture(scope="module")
def trees(linear):
    return fit_trees(planted(80, 0), planted(20, 1), linear, GROWN)


@pytest.fixture(scope="module")
def rankers(trees, linear):
    return {ranker.kind: ranker for ranker in (trees, linear, fusion_ranker())}


@pytest.fixture(scope="module", params=["lambdarank", "linear", "fusion"])
def ranker(request, rankers):
    return rankers[request.param]


def test_contributions_sum_to_the_score(ranker):
    features = planted(10, 2).features
    parts = ranker.contributions(features)
    np.testing.assert_allclose(parts.sum(axis=1), ranker.score(features), atol=1e-6)
    summed = by_source(parts)
    assert all(set(by_name) == set(FAMILIES) for by_name in summed)
    np.testing.assert_allclose([sum(by_name.values()) for by_name in summed], ranker.score(features), atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_track_scores_the_same_to_the_bit_whichever_others_are_scored(ranker, data):
    features = planted(10, 3).features
    rows = data.draw(st.lists(st.integers(0, len(features) - 1), min_size=1, max_size=50))
    assert ranker.score(features[rows]).tolist() == ranker.score(features)[rows].tolist()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 399), st.integers(0, len(FEATURES) - 1), st.floats(0.0, 2.0))
def test_more_evidence_never_lowers_a_score(ranker, row, column, more):
    lower = planted(10, 4).features[row : row + 1]
    higher = lower.copy()
    higher[0, column] += np.float32(more)
    if RAISES[column]:
        assert ranker.score(higher)[0] >= ranker.score(lower)[0]


def test_what_is_stored_scores_the_same_when_read(ranker):
    features = planted(10, 5).features
    again = READERS[ranker.kind](ranker.to_json())
    assert again.kind == ranker.kind
    assert again.score(features).tolist() == ranker.score(features).tolist()


def test_no_candidates_have_no_scores(ranker):
    nothing = np.zeros((0, len(FEATURES)), np.float32)
    assert ranker.score(nothing).shape == (0,)
    assert ranker.contributions(nothing).shape == (0, len(FEATURES))


def test_what_was_planted_is_learned(rankers):
    unseen = planted(20, 6)

    def precision(ranker):
        best = np.argsort(-ranker.score(unseen.features).reshape(20, 40), axis=1)[:, :5]
        return np.take_along_axis(unseen.wanted.reshape(20, 40), best, axis=1).mean()

    assert precision(rankers["lambdarank"]) > precision(rankers["linear"]) > 0.7
    assert precision(rankers["linear"]) > precision(rankers["fusion"]) + 0.2


def test_threads_do_not_disturb_each_other(trees):
    parts = [planted(5, seed).features for seed in range(8)]
    alone = [trees.score(part).tolist() for part in parts]
    with ThreadPoolExecutor(4) as pool:
        assert [found.tolist() for found in pool.map(trees.score, parts * 5)] == alone * 5


def test_the_chosen_ranker_serves(rankers):
    kept = stored(list(rankers.values()), "lambdarank", "best")
    ranker, degraded = serving(kept)
    assert (ranker.kind, degraded) == ("lambdarank", ())
    assert serving(stored(list(rankers.values()), "linear", "best"))[0].kind == "linear"


def test_without_lightgbm_the_linear_ranker_serves_and_says_so(rankers, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    ranker, degraded = serving(stored(list(rankers.values()), "lambdarank", "best"))
    assert ranker.kind == "linear"
    assert [(part.component, "phonograph[rank]" in part.reason) for part in degraded] == [("ranker", True)]
    with pytest.raises(ExtraMissingError, match=r"pip install 'phonograph\[rank\]'"):
        fit_trees(planted(40, 0), planted(10, 1), default_ranker(), GROWN)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": ["gnn_cosine"]}, "made for other features"),
        ({"trees": "no trees"}, "cannot be read"),
        ({"probe": [0.0] * 8}, "do not score as when they were stored"),
    ],
)
def test_trees_that_are_not_what_was_stored_are_refused(trees, change, message):
    with pytest.raises(ModelError, match=message):
        READERS["lambdarank"](trees.to_json() | change)


def test_a_linear_ranker_for_other_features_is_refused():
    with pytest.raises(ModelError, match="made for other features"):
        LinearRanker.from_json({"kind": "linear", "weights": {"gnn_cosine": 1.0}})


@pytest.mark.parametrize(
    "kept", [{}, {"serve": "linear", "rankers": {}}, {"serve": "forest", "rankers": {"forest": {}}}]
)
def test_a_bundle_without_a_known_ranker_is_refused(kept):
    with pytest.raises(ModelError, match="holds no ranker that this program knows"):
        serving(kept)


def test_the_default_ranker_knows_its_features():
    assert (default_ranker().weights != 0).sum() == 7
