"""Sources that a bundle may lack: silent without their model, exact with it, and kept only where they add."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from gnn import bundle as bundles
from gnn.build import build
from gnn.data import of_tracks
from gnn.optional import OptionalConfig, fit_optional
from gnn.sequence import SequenceConfig
from gnn.tower import History
from recommend.earned import Candidates, judge, without_the_rest
from recommend.features import NAMES as FEATURES
from recommend.ranker import default_ranker
from recommend.sources import SCORERS, SOURCES, unavailable
from recommend.sources.source import left_out
from recommend.taste import Taste

NAMES = tuple(source.name for source in SCORERS)
SMALL = OptionalConfig(SequenceConfig(length=20, state_dim=8, negatives=32, epochs=1))
OPTIONAL = [source for source in SOURCES if source.name in ("sequence", "cultural")]


@pytest.fixture(scope="module")
def full(two_scenes, scenes):
    """A bundle with every optional model."""
    config = scenes.bundle.tower
    data = of_tracks(two_scenes)
    fitted = SimpleNamespace(tower=config, item_vectors=config.item_vectors, als=config.als, by_content=None)
    models = fit_optional(two_scenes, data, config.als, config=SMALL)
    return build(two_scenes, fitted, version="full", manifest={}, ranker=default_ranker().to_json(), optional=models)


@pytest.fixture
def taste(full):
    rows = np.array([3, 17, 40, 5])
    at = 1_700_000_000 + 86_400 * np.arange(4)
    return Taste(full, History(rows, np.ones(4, np.float32), at), int(at[-1]))


@pytest.mark.parametrize("source", OPTIONAL, ids=lambda source: source.name)
def test_nominations_are_unplayed_and_best_first(source, taste):
    rows = source.nominate(taste, 15)
    assert 0 < len(rows) <= 15
    assert not taste.played[rows].any()
    assert (np.diff(source.score(taste, rows)[:, 0]) <= 0).all()


@pytest.mark.parametrize("source", OPTIONAL, ids=lambda source: source.name)
def test_scores_split_over_the_plays_without_a_rest(source, taste):
    rows = np.arange(len(taste.bundle.catalogue))
    parts = source.split(taste, rows)
    assert parts.shape == (4, len(rows), 1)
    np.testing.assert_allclose(parts.sum(axis=0), source.score(taste, rows), atol=1e-4)


@pytest.mark.parametrize("source", OPTIONAL, ids=lambda source: source.name)
def test_a_score_is_the_same_to_the_bit_whoever_else_is_a_candidate(source, taste):
    rows = np.arange(0, 60, 7)
    alone = np.concatenate([source.score(taste, rows[at : at + 1]) for at in range(len(rows))])
    np.testing.assert_array_equal(source.score(taste, rows), alone)


def test_a_written_bundle_keeps_its_optional_models(full, tmp_path):
    folder = tmp_path / full.version
    folder.mkdir()
    bundles.write(full, folder)
    again = bundles.read(folder)
    assert again.sequence is not None
    assert again.cultural is not None
    assert again.context is None
    np.testing.assert_array_equal(again.sequence.items, full.sequence.items)
    assert {"sequence.npz", "cultural.npz"} <= set(again.manifest["files"])


def test_without_the_models_the_sources_say_why(scenes, full):
    reasons = unavailable(scenes.bundle)
    assert reasons["sequence"] == "no play times to learn from"
    assert reasons["cultural"] == "no words of tracks to learn from"
    assert unavailable(full)["sequence"] is None
    judged = replace(scenes.bundle, manifest={"verdicts": {"sequence": {"reason": "ndcg@20 .1 -> .1"}}})
    assert left_out(judged, "sequence", "") == "added nothing on validation: ndcg@20 .1 -> .1"


def listeners(informative: bool) -> list[Candidates]:
    """People whose later plays only the sequence score tells, or nobody."""
    generator = np.random.default_rng(4)
    found = []
    for _ in range(80):
        wanted = np.zeros(60, np.bool_)
        wanted[generator.choice(60, 6, replace=False)] = True
        features = generator.random((60, len(FEATURES))).astype(np.float32)
        if informative:
            features[:, FEATURES.index("sequence_score")] += wanted
        found.append(Candidates(np.arange(60), features, wanted, np.ones((60, len(NAMES)), np.bool_), 6))
    return found


@pytest.mark.parametrize("informative", [True, False])
def test_a_source_stays_if_and_only_if_it_adds(full, informative):
    verdicts = judge(full, listeners(informative))
    assert verdicts["sequence"].kept is informative
    assert not verdicts["cultural"].kept
    left = without_the_rest(full, verdicts)
    assert (left.sequence is not None) is informative
    assert left.cultural is None
    assert left.tower is full.tower


def test_without_a_source_its_nominations_and_features_are_gone():
    one = listeners(True)[0]
    only = Candidates(one.rows, one.features, one.wanted, np.eye(60, len(NAMES), dtype=np.bool_), one.later)
    kept = [name for name in NAMES if name != "sequence"]
    assert len(only.of(kept).rows) == len(NAMES) - 1
    assert not only.of(kept).features[:, FEATURES.index("sequence_score")].any()
    assert only.of(kept).features.any(axis=0).sum() == len(FEATURES) - 1
