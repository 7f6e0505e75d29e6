"""The rivals that a model is judged against: all of them, tuned, whatever the size of the catalogue."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from api import judging
from api.judging import RIVALS, rival_ndcg, split_of
from api.validation import cut_in_time, listened
from gnn.baselines import BASELINES, tuned
from gnn.config import TRACK_CONFIG
from gnn.data import of_tracks
from gnn.evaluate import MODELS
from graph.progress import NoProgress
from ingest.collect import collect
from ingest.demo.config import DemoConfig
from ingest.sources.demo import Demo

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
