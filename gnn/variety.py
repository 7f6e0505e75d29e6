"""What lists are like besides right: how much of the catalogue they show, how known, how different, how like the user.

Every function takes lists as item rows, int64 [n_users, k].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn.content import tf_idf
from gnn.data import TrainingData
from graph.arrays import Rows

Doubles = NDArray[np.float64]

BLOCK = 256
SMOOTHING = 0.01
"""Share of the user's own genres mixed into the list's, so that a missing genre costs much, but not everything."""


def exposure(items: Rows, train: TrainingData) -> Rows:
    """How many lists each item of the catalogue is in, int64 [n_items]."""
    return np.bincount(items.ravel(), minlength=len(train.items))


def coverage(items: Rows, train: TrainingData) -> float:
    """Share of the catalogue that is in any list."""
    return float((exposure(items, train) > 0).sum() / max(len(train.items), 1))


def gini(items: Rows, train: TrainingData) -> float:
    """How unevenly the catalogue is shown: 0 where every item is in as many lists, near 1 where one is in all.

    Source: Gini, Measurement of inequality of incomes, 1921; as in Fleder and Hosanagar, Blockbuster culture's next
    rise or fall, 2009, section 3.
    """
    shown = np.sort(exposure(items, train)).astype(np.float64)
    if not shown.sum():
        return 0.0
    place = np.arange(1, len(shown) + 1)
    return float(((2 * place - len(shown) - 1) @ shown) / (len(shown) * shown.sum()))


def novelty(items: Rows, train: TrainingData) -> float:
    """Mean of -log2 of the share of users who heard a listed item, in bits; one nobody heard counts as heard by one.

    Source: Vargas and Castells, Rank and relevance in novelty and diversity metrics, 2011, section 4.
    """
    share = np.maximum(train.popularity, 1) / max(len(train.users), 1)
    return float(-np.log2(share)[items].mean()) if items.size else 0.0


def artists(items: Rows, train: TrainingData) -> Doubles:
    """Number of different first artists in each list, float64 [n_users]; NaN where the items are artists."""
    if not len(train.performed_by):
        return np.full(len(items), np.nan)
    first = np.full(len(train.items), -1, np.int64)
    first[train.performed_by.source_row[::-1]] = train.performed_by.target_row[::-1]
    ordered = np.sort(first[items], axis=1)
    return np.asarray((np.diff(ordered, axis=1) > 0).sum(axis=1) + 1.0, np.float64)


def diversity(items: Rows, train: TrainingData) -> Doubles:
    """Mean of 1 - cosine over the pairs of a list, by the tf-idf of their tags or genres, float64 [n_users].

    Two items of which one has no tag are as different as can be. NaN for lists of one item and where no item has tags.

    Source: Ziegler, McNee, Konstan and Lausen, Improving recommendation lists through topic diversification, 2005,
    section 3.2.
    """
    k = items.shape[1]
    terms = train.terms
    if k < 2 or not len(terms.item_row):
        return np.full(len(items), np.nan)
    unit = tf_idf(terms.item_row, terms.term_row, terms.weight, (len(train.items), terms.count))
    total = _mixed(items, unit)
    own = np.asarray(unit.multiply(unit).sum(axis=1)).ravel()[items].sum(axis=1)
    crossed = np.asarray(total.multiply(total).sum(axis=1)).ravel() - own
    return np.asarray(1.0 - crossed / (k * (k - 1)), np.float64)


def _mixed(items: Rows, features: csr_array) -> csr_array:
    """The sum of the features of each list's items, CSR [n_users, n_features]."""
    indptr = np.arange(len(items) + 1) * items.shape[1]
    lists = csr_array((np.ones(items.size), items.ravel(), indptr), shape=(len(items), features.shape[0]))
    return csr_array(lists @ features)


def calibration(items: Rows, user_row: Rows, train: TrainingData) -> Doubles:
    """How far the tags or genres of each list are from those of the user's history, in nats, float64 [n_users].

    The Kullback-Leibler divergence of the list's from the user's; 0 is a list that is like the history. NaN for users
    whose items have none.

    Source: Steck, Calibrated recommendations, 2018, sections 3.1 and 3.2, equation 6 with alpha 0.01.
    """
    terms = train.terms
    found = np.full(len(items), np.nan)
    if not len(terms.item_row):
        return found
    shares = csr_array((terms.weight, (terms.item_row, terms.term_row)), shape=(len(train.items), terms.count))
    shares = _stochastic(shares)
    ones = np.ones(len(train))
    heard = csr_array((ones, (train.user_row, train.item_row)), shape=(len(train.users), len(train.items)))
    for start in range(0, len(items), BLOCK):
        at = slice(start, start + BLOCK)
        own = _normalised((heard[user_row[at]] @ shares).toarray())
        listed = _normalised(_mixed(items[at], shares).toarray())
        found[at] = _divergence(own, (1 - SMOOTHING) * listed + SMOOTHING * own)
    return found


def _stochastic(counts: csr_array) -> csr_array:
    """The matrix with rows that sum to 1, or are empty."""
    counts.sum_duplicates()
    total = np.asarray(counts.sum(axis=1), np.float64).ravel()
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    return csr_array((counts.data / total[rows], counts.indices, counts.indptr), shape=counts.shape)


def _normalised(counts: Doubles) -> Doubles:
    total = counts.sum(axis=1, keepdims=True)
    return np.asarray(counts / np.where(total > 0, total, 1.0), np.float64)


def _divergence(own: Doubles, smoothed: Doubles) -> Doubles:
    """``Σ own · log(own / smoothed)`` by row; NaN where ``own`` is empty."""
    present = own > 0
    ratio = np.divide(own, smoothed, out=np.ones_like(own), where=present)
    return np.where(present.any(axis=1), (own * np.log(ratio)).sum(axis=1), np.nan)
