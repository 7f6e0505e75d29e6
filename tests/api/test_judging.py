"""The rivals that a model is judged against: all of them, tuned, whatever the size of the catalogue."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from api import judging
from api.judging import RIVALS, agreement, probed, rival_ndcg, split_of
from api.validation import cut_in_time, listened
from gnn.baselines import BASELINES, tuned
from gnn.build import build
from gnn.config import TRACK_CONFIG
from gnn.data import of_tracks
from gnn.evaluate import MODELS
from gnn.fit import fit
from gnn.gate import GateConfig
from gnn.index import ExactIndex
from graph.progress import NoProgress
from ingest.collect import collect
from ingest.demo.config import DemoConfig
from ingest.sources.demo import Demo
from recommend.ranker import default_ranker

SMALL = dataclasses.replace(
    TRACK_CONFIG,
    als=dataclasses.replace(TRACK_CONFIG.als, factors=8),
    sage=dataclasses.replace(TRACK_CONFIG.sage, dim=8),
)
WORLD = DemoConfig(user_count=80, track_count=300, artist_count=50, playlist_count=10, event_count=8_000, clip_count=0)


@pytest.fixture(scope="module")
def split():
    before, later, cut = cut_in_time(listened(collect(Demo(None, WORLD))))
    return split_of(of_tracks(before), later, cut)


def test_rivals_have_the_values_that_were_tuned_for_plays_with_times(split):
    assert split.protocol == tuned.GLOBAL
    for name in ("itemknn", "ease", "als", "artist_path"):
        chosen = BASELINES[name].config(split.protocol)
        assert chosen != BASELINES[name].default, name


def test_every_rival_answers_for_every_judge(split):
    assert set(RIVALS) <= set(MODELS)
    found = rival_ndcg(split, SMALL, NoProgress())
    assert set(found) == set(RIVALS) == {"popularity", "itemknn", "ease", "als", "artist_path"}
    judges = len(np.unique(split.test_user_row))
    assert {len(values) for values in found.values()} == {judges}
    assert all(values.mean() > 0 for values in found.values())


@pytest.fixture(scope="module")
def bundle():
    arrays = listened(collect(Demo(None, WORLD)))
    fitted = fit(of_tracks(arrays), SMALL)
    return build(arrays, fitted, version="v", manifest={}, ranker=default_ranker().to_json())


def test_a_model_agrees_with_plays_and_one_whose_rows_were_mixed_up_does_not(split, bundle):
    users, least = np.unique(split.test_user_row), GateConfig().least_agreement
    good = agreement(bundle.tower, split.train, users)
    assert good > least + 0.1, good
    mixed = np.random.default_rng(0).permutation(len(bundle.catalogue))
    tower = dataclasses.replace(
        bundle.tower,
        item_vectors=bundle.tower.item_vectors[:][mixed],
        item_states=bundle.tower.item_states[:][mixed],
        als=type(bundle.tower.als).of(bundle.tower.als.item_factors[mixed], bundle.tower.als.config),
    )
    assert agreement(tower, split.train, users) < least
    half_blind = dataclasses.replace(tower, item_vectors=bundle.tower.item_vectors[:])
    assert agreement(half_blind, split.train, users) < least


def test_a_bad_index_is_seen_by_the_listeners_who_ask_it(bundle, monkeypatch):
    """HNSW finds tracks near tracks and loses those near listeners: the less of both counts."""
    recall, size = probed(bundle, "annoy")
    assert recall > 0.95
    assert size > bundle.track_vectors.nbytes

    class Blind:
        """Finds the first rows, whatever listeners ask; tracks, which have a last coordinate, are answered well."""

        def __init__(self, vectors):
            self.exact = ExactIndex(vectors)

        def query(self, vector, count, allowed=None):
            if abs(vector[-1]) > 1e-6:
                return self.exact.query(vector, count, allowed)
            return np.arange(count), np.ones(count, np.float32)

    monkeypatch.setattr("api.judging.choice.opened", lambda folder, name, vectors, kind: Blind(vectors))
    recall, _ = probed(bundle, "annoy")
    assert recall < 0.5


def test_in_a_large_catalogue_ease_ranks_the_tracks_heard_most(split, monkeypatch):
    monkeypatch.setattr(judging, "MOST_FOR_EASE", 100)
    scores = judging._of_most_heard(split, SMALL, NoProgress())(np.array([0, 3]))
    ranked = np.isfinite(scores)
    assert (ranked.sum(axis=1) <= 100).all()
    popularity = split.train.popularity
    assert popularity[ranked[0]].min() >= np.sort(popularity)[-100]
    found = rival_ndcg(split, SMALL, NoProgress())
    assert set(found) == set(RIVALS)
    monkeypatch.setattr(judging, "MOST_FOR_EASE", len(popularity))
    whole = judging._of_most_heard(split, SMALL, NoProgress())(np.array([0, 3]))
    np.testing.assert_allclose(
        whole, MODELS["ease"](split, SMALL, NoProgress())(np.array([0, 3])), rtol=1e-4, atol=1e-5
    )
