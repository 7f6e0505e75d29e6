"""Every metric against a slow reading of its definition, on random worlds."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn import metrics, variety
from gnn.data import TrainingData
from gnn.metrics import Lists, Quality
from gnn.splits import Split

Make = Callable[..., TrainingData]
USERS, ITEMS, TERMS = 4, 9, 4
pairs = st.sets(st.tuples(st.integers(0, USERS - 1), st.integers(0, ITEMS - 1)), min_size=8, max_size=24)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[tuple[int, int]], list[tuple[int, int]], list[int]]:
    """Train pairs, test pairs, terms of items, artist of each item."""
    chosen = sorted(draw(pairs))
    held = draw(st.sets(st.sampled_from(chosen), min_size=1, max_size=len(chosen) // 2))
    terms = sorted(draw(st.sets(st.tuples(st.integers(0, ITEMS - 1), st.integers(0, TERMS - 1)), min_size=2)))
    artist_of = draw(st.lists(st.integers(0, 4), min_size=ITEMS, max_size=ITEMS))
    return [pair for pair in chosen if pair not in held], sorted(held), terms, artist_of


def split_of(make_data: Make, world: tuple[list[tuple[int, int]], ...]) -> Split:
    train, test, terms, artist_of = world
    data = make_data(train, USERS, ITEMS, terms=terms, artist_of=artist_of)
    user, item = np.array(test, np.int64).T
    return Split(data, user, item, 0)


def slowly(split: Split, lists: Lists) -> dict[str, float]:
    """The metrics as their definitions read, one user and item at a time."""
    train, k = split.train, lists.items.shape[1]
    heard = {user: set(train.item_row[train.user_row == user].tolist()) for user in range(USERS)}
    first = dict(zip(train.performed_by.source_row.tolist(), train.performed_by.target_row.tolist(), strict=True))
    found: dict[str, list[float]] = {name: [] for name in ("recall", "ndcg", "hit", "mrr", "newArtistRecall")}
    for user, ranked in zip(lists.user_row.tolist(), lists.items.tolist(), strict=True):
        relevant = set(split.test_item_row[split.test_user_row == user].tolist())
        hits = [item in relevant for item in ranked]
        ideal = sum(1 / math.log2(place + 2) for place in range(min(k, len(relevant))))
        found["recall"].append(sum(hits) / len(relevant))
        found["ndcg"].append(sum(1 / math.log2(place + 2) for place in range(k) if hits[place]) / ideal)
        found["hit"].append(float(any(hits)))
        found["mrr"].append(1 / (hits.index(True) + 1) if any(hits) else 0.0)
        new = {item for item in relevant if first[item] not in {first[other] for other in heard[user]}}
        if new:
            found["newArtistRecall"].append(sum(item in new for item in ranked) / len(new))
    return {name: float(np.mean(values)) for name, values in found.items() if values}


@settings(max_examples=40, deadline=None)
@given(world=worlds(), k=st.integers(1, 5), seed=st.integers(0, 99))
def test_metrics_per_user_are_what_their_definitions_say(make_data: Make, world: tuple, k: int, seed: int) -> None:
    split = split_of(make_data, world)
    scores = np.random.default_rng(seed).random((USERS, ITEMS)).astype(np.float32)
    lists = metrics.rank(lambda rows: scores[rows], split, k)
    summary = metrics.measure(lists, split).summary()
    expected = slowly(split, lists)
    assert {name: summary.get(f"{name}@{k}") for name in expected} == pytest.approx(expected)
    assert ("newArtistRecall" in expected) == (f"newArtistRecall@{k}" in summary)


@settings(max_examples=40, deadline=None)
@given(world=worlds(), k=st.integers(1, 5))
def test_the_best_possible_list_has_an_ndcg_of_one(make_data: Make, world: tuple, k: int) -> None:
    split = split_of(make_data, world)
    perfect = np.zeros((USERS, ITEMS), np.float32)
    perfect[split.test_user_row, split.test_item_row] = 1.0
    quality = metrics.evaluate(lambda rows: perfect[rows], split, k, depth=k)
    assert quality.ndcg.tolist() == pytest.approx([1.0] * len(quality.ndcg))
    assert quality.mrr.tolist() == [1.0] * len(quality.mrr)


def entropies(split: Split, lists: Lists) -> tuple[list[float], list[float]]:
    """Diversity and calibration, slowly."""
    terms, train = split.train.terms, split.train
    rows = [[0.0] * TERMS for _ in range(ITEMS)]
    for item, term in zip(terms.item_row.tolist(), terms.term_row.tolist(), strict=True):
        rows[item][term] = 1.0
    frequency = [sum(row[term] for row in rows) for term in range(TERMS)]
    weighed = [
        [v * math.log(2) * math.log(ITEMS / max(f, 1)) for v, f in zip(row, frequency, strict=True)] for row in rows
    ]
    norms = [math.sqrt(sum(v * v for v in row)) or 1.0 for row in weighed]
    unit = [[v / norm for v in row] for row, norm in zip(weighed, norms, strict=True)]
    diversity, calibration = [], []
    for user, ranked in zip(lists.user_row.tolist(), lists.items.tolist(), strict=True):
        both = [(a, b) for at, a in enumerate(ranked) for b in ranked[at + 1 :]]
        cosines = [sum(x * y for x, y in zip(unit[a], unit[b], strict=True)) for a, b in both]
        diversity.append(1 - sum(cosines) / len(cosines))
        own = spread([rows[item] for item in train.item_row[train.user_row == user].tolist()])
        listed = spread([rows[item] for item in ranked])
        mixed = [0.99 * q + 0.01 * p for p, q in zip(own, listed, strict=True)]
        parts = [p * math.log(p / m) for p, m in zip(own, mixed, strict=True) if p]
        calibration.append(sum(parts) if sum(own) else math.nan)
    return diversity, calibration


def spread(rows: list[list[float]]) -> list[float]:
    """The mean distribution over terms of items that have any."""
    shares = [[value / sum(row) for value in row] for row in rows if sum(row)]
    total = [sum(column) for column in zip(*shares, strict=True)] or [0.0] * TERMS
    return [value / (sum(total) or 1.0) for value in total]


@settings(max_examples=40, deadline=None)
@given(world=worlds(), k=st.integers(2, 5), seed=st.integers(0, 99))
def test_diversity_and_calibration_are_what_their_definitions_say(
    make_data: Make, world: tuple, k: int, seed: int
) -> None:
    split = split_of(make_data, world)
    scores = np.random.default_rng(seed).random((USERS, ITEMS)).astype(np.float32)
    lists = metrics.rank(lambda rows: scores[rows], split, k)
    quality = metrics.measure(lists, split)
    diversity, calibration = entropies(split, lists)
    np.testing.assert_allclose(quality.diversity, diversity, atol=1e-6)
    np.testing.assert_allclose(quality.calibration, calibration, atol=1e-9)


def test_gini_is_none_where_all_are_shown_alike_and_most_where_one_is(make_data: Make) -> None:
    data = make_data([(0, 0)], 1, 4)
    assert variety.gini(np.array([[0, 1], [2, 3]]), data) == pytest.approx(0.0)
    assert variety.gini(np.array([[2], [2], [2]]), data) == pytest.approx(3 / 4)
    assert variety.gini(np.array([[0, 1]]), data) == pytest.approx(1 / 2)


def test_a_list_like_the_history_is_calibrated(make_data: Make) -> None:
    data = make_data([(0, 0), (0, 2)], 1, 4, terms=[(0, 0), (1, 0), (2, 1), (3, 1)])
    one_kind, both_kinds = np.array([[1]]), np.array([[1, 3]])
    assert variety.calibration(both_kinds, np.array([0]), data)[0] == pytest.approx(0.0, abs=1e-12)
    assert variety.calibration(one_kind, np.array([0]), data)[0] > 1.0


def test_deep_recall_looks_further_than_the_list(make_data: Make) -> None:
    split = Split(make_data([(0, 0)], 1, 6), np.array([0, 0]), np.array([3, 5]), 0)
    by_row = lambda rows: np.tile(-np.arange(6, dtype=np.float32), (len(rows), 1))  # noqa: E731
    quality: Quality = metrics.evaluate(by_row, split, 2, depth=4)
    assert quality.recall.tolist() == [0.0]
    assert quality.deep_recall.tolist() == [0.5]
    assert quality.summary()["recall@4"] == 0.5
