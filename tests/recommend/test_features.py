"""The table of features: the same number whichever others are asked for, and split over the plays that made it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn.tower import History
from recommend.features import FAMILIES, FEATURES, NAMES, features_of, splits_of
from recommend.sources import SOURCES
from recommend.sources.source import REACH, Ranking, united
from recommend.taste import Taste, taste_of

NEVER = 2_000_000_000
ROWS = np.arange(0, 2000, 37)


@pytest.fixture(scope="module")
def taste(demo):
    return taste_of(demo.reads.profile(str(demo.reads.arrays.users.values[11]), NEVER), demo.bundle, NEVER)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 1999), min_size=1, max_size=60))
def test_a_feature_is_the_same_to_the_bit_whichever_other_tracks_are_candidates(taste, rows):
    every = taste.once("every", lambda: features_of(taste, np.arange(2000)))
    assert every.dtype == np.float32
    assert np.isfinite(every).all()
    assert features_of(taste, np.array(rows)).tolist() == every[rows].tolist()


def test_plays_add_up_to_each_feature_that_plays_make(taste):
    features, parts = features_of(taste, ROWS), splits_of(taste, ROWS).sum(axis=0)
    for column, (feature, family) in enumerate(zip(FEATURES, FAMILIES, strict=True)):
        if family == "popular":
            assert not parts[:, column].any(), feature.name
        elif not feature.name.endswith("_standing"):
            np.testing.assert_allclose(parts[:, column], features[:, column], atol=2e-4, err_msg=feature.name)


def test_a_standing_is_split_like_what_it_grows_with(taste):
    parts = splits_of(taste, ROWS)
    for standing_of, like in (("gnn", "gnn_cosine"), ("als", "als_recent"), ("knn", "knn_90_days")):
        same = parts[:, :, NAMES.index(f"{standing_of}_standing")] == parts[:, :, NAMES.index(like)]
        assert same.all()


def test_without_plays_only_what_is_known_of_the_tracks_says_anything(demo):
    features = features_of(Taste(demo.bundle, History.none(), NEVER), ROWS)
    spoken = {family for family, column in zip(FAMILIES, features.T, strict=True) if column.any()}
    assert spoken == {"popular"}


def test_every_source_nominates_unplayed_tracks_once_best_first(taste):
    for source in SOURCES:
        if source.unavailable(taste.bundle) is None:
            rows = source.nominate(taste, 50)
            assert len(set(rows.tolist())) == len(rows) <= 50
            assert taste.played[rows].all() if source.name == "favourites" else not taste.played[rows].any()
            assert set(source.nominate(taste, 10).tolist()) <= set(rows.tolist()), source.name


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=800))
def test_a_standing_is_the_place_in_the_catalogue(scores):
    scores = np.array(scores, np.float32)
    found = Ranking(np.ones(len(scores), np.bool_), scores).standing(np.arange(len(scores)))
    better = (scores[None, :] > scores[:, None]).sum(axis=1)
    expected = np.where((scores > 0) & (better < REACH), 1 - np.log1p(better) / np.log1p(REACH), 0)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_genre_patterns_are_the_genres_of_the_tracks(taste):
    patterns, pattern = taste.bundle.genre_patterns
    assert patterns.shape[0] == pattern.max() + 1 < len(pattern)
    assert (patterns[pattern] != taste.bundle.genre_unit).nnz == 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 99)), max_size=5))
def test_a_union_holds_each_row_once(several):
    rows = united([np.array(part, np.int64) for part in several], 100)
    assert rows.tolist() == sorted({row for part in several for row in part})


def test_a_recent_fold_in_counts_old_plays_less(taste):
    als, history = taste.bundle.als, taste.history
    same = als.fold_in(history.item_rows, history.counts, np.ones(len(history), np.float32))
    np.testing.assert_array_equal(same, als.fold_in(history.item_rows, history.counts))
    only = np.zeros(len(history), np.float32)
    only[-1] = 1.0
    newest = als.fold_in(history.item_rows, history.counts, only)
    targets = als.item_factors[ROWS].T.astype(np.float64)
    shares = als.shares(history.item_rows, history.counts, targets, only)
    assert not shares[:-1].any()
    np.testing.assert_allclose(shares.sum(axis=0), als.item_factors[ROWS] @ newest, atol=1e-4)
