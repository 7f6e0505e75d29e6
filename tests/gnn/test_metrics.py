"""Metrics by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gnn import metrics
from gnn.data import TrainingData
from gnn.metrics import Lists
from gnn.splits import Split

Make = Callable[..., TrainingData]


def split_of(make_data: Make) -> Split:
    train = make_data([(0, 0), (0, 1), (1, 0), (2, 3)], 3, 6, artist_of=[0, 0, 1, 1, 2, 2])
    return Split(train, np.array([0, 0, 1]), np.array([2, 4, 1]), 0)


def test_recall_ndcg_and_hit_of_known_lists(make_data: Make) -> None:
    lists = Lists(np.array([0, 1]), np.array([[2, 5, 4], [5, 4, 3]]))
    quality = metrics.measure(lists, split_of(make_data))
    assert quality.recall.tolist() == [1.0, 0.0]
    ideal = 1 + 1 / np.log2(3)
    np.testing.assert_allclose(quality.ndcg, [(1 + 1 / np.log2(4)) / ideal, 0.0])
    assert quality.hit.tolist() == [1.0, 0.0]


def test_ideal_is_cut_at_the_length_of_the_list(make_data: Make) -> None:
    quality = metrics.measure(Lists(np.array([0]), np.array([[4]])), split_of(make_data))
    assert quality.recall.tolist() == [0.5]
    assert quality.ndcg.tolist() == [1.0]


def test_coverage_novelty_and_artists(make_data: Make) -> None:
    quality = metrics.measure(Lists(np.array([0, 1]), np.array([[2, 5, 4], [5, 4, 3]])), split_of(make_data))
    assert quality.coverage == pytest.approx(4 / 6)  # items 2, 3, 4, 5
    assert quality.novelty == pytest.approx(-np.log2(1 / 3))  # one listener of three, or none
    assert quality.artists.tolist() == [2.0, 2.0]  # {1, 2} and {2, 1}
    expected = ("recall", "ndcg", "hit", "mrr", "newArtistRecall", "coverage", "novelty", "gini", "artists")
    assert set(quality.summary()) == {f"{name}@3" for name in expected}  # no tags: no diversity, no calibration


def test_trained_items_are_never_ranked_and_ties_go_by_row(make_data: Make) -> None:
    lists = metrics.rank(lambda rows: np.ones((len(rows), 6), np.float32), split_of(make_data), 3)
    assert lists.user_row.tolist() == [0, 1]
    assert lists.items.tolist() == [[2, 3, 4], [1, 2, 3]]


def test_ranking_in_blocks_equals_ranking_at_once(make_data: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = np.random.default_rng(0).random((3, 6)).astype(np.float32)
    whole = metrics.rank(lambda rows: scores[rows], split_of(make_data), 4)
    monkeypatch.setattr(metrics, "BLOCK", 1)
    parts = metrics.rank(lambda rows: scores[rows], split_of(make_data), 4)
    assert whole.items.tolist() == parts.items.tolist()


def test_bootstrap_holds_a_constant_difference_exactly() -> None:
    one = np.random.default_rng(0).random(50)
    low, high = metrics.bootstrap(one, one - 0.25)
    assert low == pytest.approx(0.25)
    assert high == pytest.approx(0.25)


def test_bootstrap_of_no_difference_spans_zero() -> None:
    generator = np.random.default_rng(0)
    low, high = metrics.bootstrap(generator.random(400), generator.random(400))
    assert low < 0 < high
