"""How good lists are: every item of the catalogue is ranked for every tested user, what was trained on left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn import variety
from gnn.data import Floats
from gnn.splits import Split
from graph.arrays import Rows

Doubles = NDArray[np.float64]

BLOCK = 512

Scores = Callable[[Rows], Floats]
"""Scores of the whole catalogue for the users in the given rows: float32 [n_rows, n_items]."""


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """The best items of each tested user.

    Attributes:
        user_row: int64 [n_users], ascending.
        items: item rows, best first, int64 [n_users, length].
    """

    user_row: Rows
    items: Rows

    def first(self, k: int) -> Lists:
        """The same lists, at most ``k`` long."""
        return Lists(self.user_row, self.items[:, :k])


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """What lists of k items reach, per user where that has a meaning; NaN where it has none.

    Attributes:
        k: length of the lists.
        recall: float64 [n_users], share of the held-out items in the list.
        ndcg: float64 [n_users]; the ideal list is cut at k as well.
        hit: float64 [n_users], 1 where the list holds a held-out item.
        mrr: float64 [n_users], one over the place of the first held-out item, 0 without one.
        new_artists: float64 [n_users], recall of the held-out items whose artists the user never heard; NaN without
            such items and where the items are artists.
        artists: float64 [n_users], number of different artists in the list; NaN where the items are artists.
        diversity: float64 [n_users], how different the items of a list are by their tags or genres, 0 to 1.
        calibration: float64 [n_users], how far the list's tags or genres are from the history's, in nats.
        coverage: share of the catalogue that is in any list.
        novelty: mean over listed items of -log2 of the share of users who heard them, in bits.
        gini: how unevenly the catalogue is shown, 0 to 1.
        depth: length of the longer lists that ``deep_recall`` looks at; k without any.
        deep_recall: float64 [n_users], share of the held-out items in those.
    """

    k: int
    recall: Doubles
    ndcg: Doubles
    hit: Doubles
    mrr: Doubles
    new_artists: Doubles
    artists: Doubles
    diversity: Doubles
    calibration: Doubles
    coverage: float
    novelty: float
    gini: float
    depth: int
    deep_recall: Doubles

    def summary(self) -> dict[str, float]:
        """The means by name: ``recall@20``, ``ndcg@20`` and so on; what has no meaning in these data is left out."""
        found = {f"{name}@{self.k}": _mean(getattr(self, attribute)) for name, attribute in SUMMARY.items()}
        if self.depth > self.k:
            found[f"recall@{self.depth}"] = _mean(self.deep_recall)
        return {name: value for name, value in found.items() if not np.isnan(value)}


SUMMARY = {
    "recall": "recall",
    "ndcg": "ndcg",
    "hit": "hit",
    "mrr": "mrr",
    "newArtistRecall": "new_artists",
    "coverage": "coverage",
    "novelty": "novelty",
    "gini": "gini",
    "diversity": "diversity",
    "calibration": "calibration",
    "artists": "artists",
}
"""Name in tables and JSON -> attribute of ``Quality``."""


def _mean(values: Doubles | float) -> float:
    """The mean of what is not NaN; NaN where nothing is left."""
    known = np.asarray(values)[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


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
    """The k best items of every tested user, items of the training part and of hidden pairs left out."""
    train = split.train
    left_out = (
        np.concatenate([train.user_row, split.hidden_user_row]),
        np.concatenate([train.item_row, split.hidden_item_row]),
    )
    seen = matrix(*left_out, (len(train.users), len(train.items)))
    users = np.unique(split.test_user_row)
    parts = []
    for start in range(0, len(users), BLOCK):
        rows = users[start : start + BLOCK]
        block = np.array(scores(rows), np.float32)
        block[seen[rows].nonzero()] = -np.inf
        parts.append(best(block, k))
    return Lists(users, np.concatenate(parts) if parts else np.empty((0, k), np.int64))


def held_out(split: Split, user_row: Rows) -> csr_array:
    """The held-out items of some users, float32 CSR [n, n_items]."""
    shape = (len(split.train.users), len(split.train.items))
    return csr_array(matrix(split.test_user_row, split.test_item_row, shape)[user_row])


def found_in(lists: Lists, relevant: csr_array) -> Doubles:
    """1 where a listed item is one of the relevant of its user, CSR [n_users, n_items], float64 [n_users, length]."""
    rows = np.broadcast_to(np.arange(len(lists.user_row))[:, None], lists.items.shape)
    hits = np.asarray(relevant[rows.ravel(), lists.items.ravel()])
    return hits.reshape(lists.items.shape).astype(np.float64)


def measure(lists: Lists, split: Split, k: int | None = None) -> Quality:
    """Hold the first ``k`` of each list, all by default, against the held-out events, and the whole for the recall."""
    train, relevant = split.train, held_out(split, lists.user_row)
    length = lists.items.shape[1]
    k = min(k or length, length)
    deep = found_in(lists, relevant)
    hits, items = deep[:, :k], lists.items[:, :k]
    held = np.diff(relevant.indptr)
    gains = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(gains)[np.minimum(held, k) - 1]
    return Quality(
        k=k,
        recall=hits.sum(axis=1) / held,
        ndcg=hits @ gains / ideal,
        hit=(hits.sum(axis=1) > 0).astype(np.float64),
        mrr=(hits / np.arange(1, k + 1)).max(axis=1, initial=0.0),
        new_artists=_of_new_artists(hits, Lists(lists.user_row, items), split),
        artists=variety.artists(items, train),
        diversity=variety.diversity(items, train),
        calibration=variety.calibration(items, lists.user_row, train),
        coverage=variety.coverage(items, train),
        novelty=variety.novelty(items, train),
        gini=variety.gini(items, train),
        depth=length,
        deep_recall=deep.sum(axis=1) / held,
    )


def _of_new_artists(hits: Doubles, lists: Lists, split: Split) -> Doubles:
    """Recall of the held-out items none of whose artists the user heard, float64 [n_users]; NaN without such items."""
    performed = split.train.performed_by
    if not len(performed):
        return np.full(len(hits), np.nan)
    train = split.train
    shape = (len(train.items), len(train.artists))
    by_artist = matrix(performed.source_row, performed.target_row, shape)
    heard = matrix(train.user_row, train.item_row, (len(train.users), len(train.items)))[lists.user_row]
    known = csr_array(heard @ by_artist) @ by_artist.T  # above 0 where the user heard an artist of the item
    relevant = held_out(split, lists.user_row)
    relevant = csr_array(relevant - relevant.multiply(csr_array(known) > 0))
    relevant.eliminate_zeros()
    count = np.diff(relevant.indptr)
    found = (hits * found_in(lists, relevant)).sum(axis=1)
    return np.asarray(np.divide(found, count, out=np.full(len(hits), np.nan), where=count > 0), np.float64)


def evaluate(scores: Scores, split: Split, k: int = 20, depth: int = 200) -> Quality:
    """Rank the catalogue by ``scores`` for every tested user and measure lists of k, and the recall of ``depth``."""
    return measure(rank(scores, split, max(k, depth)), split, k)


def bootstrap(
    one: Doubles, other: Doubles, *, seed: int = 0, draws: int = 2000, level: float = 0.95
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
