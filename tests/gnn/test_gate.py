"""The gate can say no: models that were made worse on purpose are refused, each for the reason that it was given."""

import dataclasses

import numpy as np
import pytest

from gnn import baselines
from gnn.fit import fit_als, preset
from gnn.gate import Evidence, GateConfig, effective_rank, is_judge, judge, mean_cosine
from gnn.metrics import evaluate
from gnn.splits import Split, global_cut
from graph.progress import NoProgress


@pytest.fixture(scope="module")
def split(world):
    return global_cut(world, 0.7)


@pytest.fixture(scope="module")
def world(make_data):
    """150 listeners of three tastes with 160 tracks each, some better known than others, in a random order."""
    generator = np.random.default_rng(11)
    known = 1.0 / np.arange(5, 165)
    pairs = sorted(
        {
            (user, 160 * (user % 3) + int(item))
            for user in range(150)
            for item in generator.choice(160, 12, replace=False, p=known / known.sum())
        }
    )
    at = 1_400_000_000 + generator.permutation(len(pairs)) * 600
    return make_data(pairs, 150, 480, at=at.tolist(), artist_of=[item // 4 for item in range(480)])


@pytest.fixture(scope="module")
def measured(split):
    """A good model, ALS, and what it has to beat."""
    config = preset(split.train)
    config = dataclasses.replace(
        config, als=dataclasses.replace(config.als, factors=8, alpha=40.0, regularization=10.0)
    )
    model = fit_als(split.train, config)
    rivals = {
        "popularity": baselines.popularity(split.train),
        "itemknn": baselines.BASELINES["itemknn"](split, config, NoProgress()),
    }
    return model, {name: evaluate(scores, split).ndcg for name, scores in rivals.items()}


def evidence(split, scores, rivals, vectors, live=None, **changes):
    quality = evaluate(scores, split)
    made = Evidence(
        split=split,
        served=quality.ndcg,
        rivals=rivals,
        coverage=quality.coverage,
        new_artists=0.1,
        track_vectors=vectors,
        agreement=0.9,
        index_recall=0.99,
        tower_ms=0.3,
        bytes=1_000_000,
        live=live,
    )
    return dataclasses.replace(made, **changes)


@pytest.fixture(scope="module")
def good(split, measured):
    """A model that beats popularity; the strong rival of this world is left out where others are meant."""
    model, rivals = measured
    return evidence(split, baselines.of_als(split.train, model), rivals, model.item_factors)


def refused_for(found, *reasons):
    verdict = judge(found, GateConfig())
    assert not verdict.passed
    assert [check.name for check in verdict.failed] == list(reasons)
    assert verdict.reason.startswith("refused: ")
    for name in reasons:
        assert name in verdict.reason


LIVE = {"coverage@20": 0.5, "newArtists@20": 0.05}


def test_a_good_model_passes(good):
    beaten = good.rivals | {"itemknn": good.rivals["popularity"]}
    verdict = judge(dataclasses.replace(good, rivals=beaten, live=LIVE), GateConfig())
    assert verdict.passed, verdict.reason
    assert verdict.reason == "passed every check"
    told = verdict.to_json()
    assert told["passed"] is True
    assert {"name", "observed", "required", "passed", "binding"} == set(told["checks"][0])


def test_a_first_model_need_only_beat_popularity_and_says_so(good):
    strong = good.rivals | {"itemknn": good.served + 0.1}
    verdict = judge(dataclasses.replace(good, rivals=strong), GateConfig())
    assert verdict.passed
    assert verdict.reason == "passed as a first model: it need only beat popularity"
    refused_for(dataclasses.replace(good, rivals=strong, live=LIVE), "NDCG above itemknn, lower end")


def test_a_model_as_good_as_its_rival_is_not_better(good):
    refused_for(dataclasses.replace(good, rivals={"als": good.served}, live=LIVE), "NDCG above als, lower end")


def test_shuffled_features(split, measured):
    model, rivals = measured
    shuffled = type(model).of(model.item_factors[np.random.default_rng(0).permutation(480)], model.config)
    users = model.fold_in_all(split.train.user_row, split.train.item_row, split.train.count, len(split.train.users))
    found = evidence(split, lambda rows: users[rows] @ shuffled.item_factors.T, rivals, shuffled.item_factors)
    refused_for(found, "NDCG above popularity, lower end")


def test_half_trained(split, measured, world):
    model, rivals = measured
    start = np.random.default_rng(0).normal(size=model.item_factors.shape).astype(np.float32)
    begun = type(model).of(start, model.config)  # the factors that training starts from
    found = evidence(split, baselines.of_als(split.train, begun), rivals, start)
    refused_for(found, "NDCG above popularity, lower end")


def test_collapsed_vectors(good):
    line = np.outer(np.random.default_rng(0).normal(size=240), np.ones(200)).astype(np.float32)
    refused_for(dataclasses.replace(good, track_vectors=line), "effective rank of the tracks")
    cone = (np.ones((240, 8)) + 0.2 * np.random.default_rng(0).normal(size=(240, 8))).astype(np.float32)
    refused_for(dataclasses.replace(good, track_vectors=cone), "mean cosine of two tracks")


def test_rows_that_were_mixed_up(good):
    refused_for(dataclasses.replace(good, agreement=0.51), "agreement of the vectors with plays")


def test_vectors_that_are_no_numbers(good):
    broken = good.track_vectors.copy()
    broken[3, 1] = np.nan
    broken[4, 2] = np.inf
    refused_for(dataclasses.replace(good, track_vectors=broken), "numbers in the vectors that are not finite")


def test_leaked_features(split, world, good):
    """Factors fitted on the test plays as well: too good to be true beside rivals that did not see them."""
    config = preset(world)
    config = dataclasses.replace(
        config, als=dataclasses.replace(config.als, factors=96, alpha=40.0, regularization=1.0)
    )
    leaky = fit_als(world, config)
    users = leaky.fold_in_all(world.user_row, world.item_row, world.count, len(world.users))
    found = evidence(split, lambda rows: users[rows] @ leaky.item_factors.T, good.rivals, leaky.item_factors)
    assert found.served.mean() > 0.9
    refused_for(found, "NDCG over the best rival")


def test_a_broken_split(split, world, good):
    """The test plays are still in the training part, and so are later ones."""
    broken = Split(world, split.test_user_row, split.test_item_row, split.as_of)
    verdict = judge(dataclasses.replace(good, split=broken), GateConfig())
    assert "test plays that training saw" in [check.name for check in verdict.failed]
    (check,) = [check for check in verdict.checks if check.name == "test plays that training saw"]
    assert check.observed >= 2 * len(split.test_user_row)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"coverage": 0.3, "live": LIVE}, "coverage"),
        ({"new_artists": 0.01, "live": LIVE}, "recall among new artists"),
        ({"index_recall": 0.5}, "recall of the index"),
        ({"tower_ms": 80.0}, "milliseconds for a listener's vector"),
        ({"bytes": 10**11}, "bytes of vectors and index"),
    ],
)
def test_each_limit_refuses_by_itself(good, changes, reason):
    weak = {"popularity": good.rivals["popularity"]}
    refused_for(dataclasses.replace(good, rivals=weak, **changes), reason)


def test_a_slack_is_allowed(good):
    weak = {"popularity": good.rivals["popularity"]}
    close = dataclasses.replace(good, rivals=weak, coverage=0.495, new_artists=0.046, live=LIVE)
    assert judge(close, GateConfig()).passed


def test_the_verdict_is_the_same_each_time(good):
    assert judge(good, GateConfig()) == judge(good, GateConfig())


def test_cosine_and_rank_of_known_vectors():
    assert effective_rank(np.eye(7, dtype=np.float32)) == pytest.approx(7)
    assert effective_rank(np.ones((9, 4), np.float32)) == pytest.approx(1, abs=0.01)
    assert mean_cosine(np.ones((9, 4), np.float32)) == pytest.approx(1)
    opposite = np.array([[1, 0], [-1, 0]], np.float32)
    assert mean_cosine(opposite) == pytest.approx(-1)


def test_judges_are_a_quarter_and_always_the_same():
    users = [f"lfm1m:user:{number}" for number in range(4000)]
    chosen = is_judge(users)
    assert 0.2 < chosen.mean() < 0.3
    assert (is_judge(users[::-1])[::-1] == chosen).all()
