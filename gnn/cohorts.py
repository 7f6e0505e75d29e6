"""For whom and of what the lists are good: recall by group of users, and by how well known the held-out items are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn.data import TrainingData
from gnn.metrics import Doubles, Lists, Quality, held_out
from gnn.splits import Split
from graph.arrays import Rows

LENGTHS = (5, 10, 20, 50, 100)
"""Where groups of history lengths begin, after the shortest."""
BUCKETS = 5
"""Groups of items with the same number of held-out events each."""


@dataclass(frozen=True, slots=True)
class Group:
    """What a model reaches for one group.

    Attributes:
        label: of the group.
        count: users, or held-out events, in it.
        recall: mean over them; NaN for an empty group.
    """

    label: str
    count: int
    recall: float


def by_length(quality: Quality, user_row: Rows, train: TrainingData) -> list[Group]:
    """Recall by the number of items that a user heard."""
    heard = np.bincount(train.user_row, minlength=len(train.users))[user_row]
    edges = [0, *LENGTHS]
    groups = []
    for at, low in enumerate(edges):
        high = edges[at + 1] if at + 1 < len(edges) else None
        inside = (heard >= low) & (heard < high if high is not None else True)
        label = f"{low}-{high - 1}" if high is not None else f"{low}+"
        groups.append(_group(label, quality.recall[inside]))
    return [group for group in groups if group.count]


def by_cohort(quality: Quality, user_row: Rows, train: TrainingData) -> list[Group]:
    """Recall of the halves of users: short and long history, mainstream and niche taste, and, with times, new and old.

    A taste is the mean logarithm of the listeners of what a user heard.
    """
    groups = []
    for (low, high), measured in COHORTS.items():
        value = measured(train)[user_row]
        if value.min(initial=np.inf) < value.max(initial=-np.inf):
            upper = value > np.median(value)
            groups += [_group(low, quality.recall[~upper]), _group(high, quality.recall[upper])]
    return groups


def _history(train: TrainingData) -> Doubles:
    return np.bincount(train.user_row, minlength=len(train.users)).astype(np.float64)


def _taste(train: TrainingData) -> Doubles:
    known = np.log(np.maximum(train.popularity, 1))[train.item_row]
    total = np.bincount(train.user_row, weights=known, minlength=len(train.users))
    return np.asarray(total / np.maximum(_history(train), 1), np.float64)


def _arrival(train: TrainingData) -> Doubles:
    """How long before the end of the training part each user was first seen, in seconds."""
    end = int(train.at.max(initial=0))
    first = np.full(len(train.users), end, np.int64)
    np.minimum.at(first, train.user_row, train.at)
    return (end - first).astype(np.float64)


COHORTS: Mapping[tuple[str, str], Callable[[TrainingData], Doubles]] = {
    ("short history", "long history"): _history,
    ("niche", "mainstream"): _taste,
    ("new", "established"): _arrival,
}
"""Labels of the lower and upper half -> the value of each user that parts them."""


def by_popularity(lists: Lists, split: Split, k: int) -> list[Group]:
    """The share of held-out events that the first k of a list hold, by how known the item is, the least known first.

    Unlike the recall of a table every event counts the same, not every user.
    """
    relevant = held_out(split, lists.user_row)
    events = relevant.indices
    found = _events_found(lists.first(k), relevant)
    listeners = split.train.popularity[events]
    edges = np.unique(np.quantile(listeners, np.linspace(0, 1, BUCKETS + 1)[1:-1]).astype(np.int64))
    bucket = np.searchsorted(edges, listeners, side="left")
    groups = []
    for number in range(len(edges) + 1):
        inside = bucket == number
        if inside.any():
            label = f"{int(listeners[inside].min())}-{int(listeners[inside].max())}"
            groups.append(_group(label, found[inside].astype(np.float64)))
    return groups


def _events_found(lists: Lists, relevant: csr_array) -> NDArray[np.bool_]:
    """Whether each held-out event, in the order of ``relevant``, is in its user's list."""
    width = relevant.shape[1]
    rows = np.repeat(np.arange(relevant.shape[0]), np.diff(relevant.indptr))
    listed = np.arange(len(lists.items))[:, None] * width + lists.items
    return np.isin(rows * width + relevant.indices, listed)


def _group(label: str, values: Doubles) -> Group:
    return Group(label, len(values), float(values.mean()) if len(values) else float("nan"))
