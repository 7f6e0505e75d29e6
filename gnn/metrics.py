"""How good lists are: every item of the catalogue is ranked for every tested user, what was trained on left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn.data import Floats, TrainingData
from gnn.splits import Split
from graph.arrays import Rows

BLOCK = 512

Scores = Callable[[Rows], Floats]
"""Scores of the whole catalogue for the users in the given rows: float32 [n_rows, n_items]."""


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """The best items of each tested user.

    Attributes:
        user_row: int64 [n_users], ascending.
        items: item rows, best first, int64 [n_users, k].
    """

    user_row: Rows
    items: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """What lists of k items reach, per user where that has a meaning.

    Attributes:
        recall: float64 [n_users], share of the held-out items in the list.
        ndcg: float64 [n_users]; the ideal list is cut at k as well.
        hit: float64 [n_users], 1 where the list holds a held-out item.
        novelty: mean over listed items of -log2 of the share of users who heard them, in bits.
        coverage: share of the catalogue that is in any list.
        artists: mean number of different artists in a list; NaN where the items are artists.
    """

    k: int
    recall: NDArray[np.float64]
    ndcg: NDArray[np.float64]
    hit: NDArray[np.float64]
    novelty: float
    coverage: float
    artists: float

    def summary(self) -> dict[str, float]:
        """The means by name: ``recall@20``, ``ndcg@20`` and so on."""
        found = {
            "recall": float(self.recall.mean()),
            "ndcg": float(self.ndcg.mean()),
            "hit": float(self.hit.mean()),
            "coverage": self.coverage,
            "novelty": self.novelty,
        }
        if not np.isnan(self.artists):
            found["artists"] = self.artists
        return {f"{name}@{self.k}": value for name, value in found.items()}


def matrix(user_row: Rows, item_row: Rows, shape: tuple[int, int]) -> csr_array:
    """A binary matrix float32 of (users, items)."""
    found = csr_array((np.ones(len(user_row), np.float32), (user_row, item_row)), shape=shape)
    found.sum_duplicates()
    found.data[:] = 1.0
    return found


def best(scores: Floats, k: int) -> Rows:
    """The k best columns of each row, best first, ties by column, int64 [n, k]."""
    k = min(k, scores.shape[1])
    least = -np.partition(-scores, k - 1, axis=1)[:, k - 1 : k]
    better, equal = scores > least, scores == least
    chosen = better | (equal & (np.cumsum(equal, axis=1) <= k - better.sum(axis=1, keepdims=True)))
    top = np.nonzero(chosen)[1].reshape(len(scores), k)
    values = np.take_along_axis(scores, top, axis=1)
    return np.take_along_axis(top, np.argsort(-values, axis=1, kind="stable"), axis=1).astype(np.int64)


def rank(scores: Scores, split: Split, k: int = 20) -> Lists:
    """The k best items of every tested user, items of the training part left out."""
    train = split.train
    seen = matrix(train.user_row, train.item_row, (len(train.users), len(train.items)))
    users = np.unique(split.test_user_row)
    parts = []
    for start in range(0, len(users), BLOCK):
        rows = users[start : start + BLOCK]
        block = np.array(scores(rows), np.float32)
        block[seen[rows].nonzero()] = -np.inf
        parts.append(best(block, k))
    return Lists(users, np.concatenate(parts) if parts else np.empty((0, k), np.int64))


def measure(lists: Lists, split: Split) -> Quality:
    """Hold lists against the held-out events."""
    train = split.train
    shape = (len(train.users), len(train.items))
    relevant = matrix(split.test_user_row, split.test_item_row, shape)[lists.user_row]
    k = lists.items.shape[1]
    rows = np.arange(len(lists.user_row))[:, None]
    hits = np.asarray(relevant[np.broadcast_to(rows, lists.items.shape).ravel(), lists.items.ravel()])
    hits = hits.reshape(lists.items.shape).astype(np.float64)
    held = np.diff(relevant.indptr)
    gains = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(gains)[np.minimum(held, k) - 1]
    return Quality(
        k,
        hits.sum(axis=1) / held,
        hits @ gains / ideal,
        (hits.sum(axis=1) > 0).astype(np.float64),
        _novelty(lists, train),
        len(np.unique(lists.items)) / max(len(train.items), 1),
        _artists(lists, train),
    )


def evaluate(scores: Scores, split: Split, k: int = 20) -> Quality:
    """Rank the catalogue by ``scores`` for every tested user and measure the lists."""
    return measure(rank(scores, split, k), split)


def _novelty(lists: Lists, train: TrainingData) -> float:
    share = np.maximum(train.popularity, 1) / max(len(train.users), 1)
    return float(-np.log2(share)[lists.items].mean()) if lists.items.size else 0.0


def _artists(lists: Lists, train: TrainingData) -> float:
    """Mean number of different first artists in a list."""
    if not len(train.performed_by):
        return float("nan")
    first = np.full(len(train.items), -1, np.int64)
    first[train.performed_by.source_row[::-1]] = train.performed_by.target_row[::-1]
    ordered = np.sort(first[lists.items], axis=1)
    return float(((np.diff(ordered, axis=1) > 0).sum(axis=1) + 1).mean())


def bootstrap(
    one: NDArray[np.float64], other: NDArray[np.float64], *, seed: int = 0, draws: int = 2000, level: float = 0.95
) -> tuple[float, float]:
    """The interval of the mean difference ``one - other`` of the same users, float64 [n_users] each.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile interval).
    """
    generator = np.random.default_rng(seed)
    difference = one - other
    means = np.array([difference[generator.integers(0, len(difference), len(difference))].mean() for _ in range(draws)])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def summaries(found: Mapping[str, Quality]) -> dict[str, dict[str, float]]:
    """The means of several models, by model and metric."""
    return {name: quality.summary() for name, quality in found.items()}
