"""Which edges are predicted from a graph without them: otherwise a model learns to read off the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gnn import als
from gnn.als import AlsConfig, AlsModel
from gnn.config import FoldConfig
from gnn.data import Mask, TrainingData
from graph.arrays import Rows

LEAST_EVENTS = 5
"""A shorter history is never cut in time."""
KEPT_OF_COLD = 3
"""Items that a user hidden whole may keep."""


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Positions among the events of the training data.

    Attributes:
        visible: the events of the message graph, bool [n_events].
        supervised: the events that are predicted, bool [n_events]; none of them is visible.
    """

    visible: Mask
    supervised: Mask


def make(data: TrainingData, config: FoldConfig) -> list[Fold]:
    """All folds of a data set; the same seed gives the same folds."""
    generator = np.random.default_rng(config.seed)
    if config.kind == "cut":
        found = [_one_cut(data, share) for share in np.linspace(0.6, 0.9, config.count).tolist()]
    elif config.kind == "time":
        found = [_in_time(data, config.next_events, generator) for _ in range(config.count)]
    else:
        part = generator.permutation(len(data)) % config.count
        found = [Fold(part != number, part == number) for number in range(config.count)]
    return found + list(_whole_users(data, config.cold_count, generator))


def _places(data: TrainingData) -> tuple[Rows, Rows]:
    """Place of each event in its user's history in time, and the history's length, int64 [n_events] each."""
    order = np.lexsort((data.item_row, data.at, data.user_row))
    lengths = np.bincount(data.user_row, minlength=len(data.users))
    starts = np.cumsum(lengths) - lengths
    place = np.empty(len(data), np.int64)
    place[order] = np.arange(len(data)) - starts[data.user_row[order]]
    return place, lengths[data.user_row]


def _in_time(data: TrainingData, next_events: int, generator: np.random.Generator) -> Fold:
    """Half of the users lose everything after a random point of their history; the next events are predicted."""
    place, length = _places(data)
    chosen = generator.random(len(data.users)) < 0.5
    share = generator.random(len(data.users))
    cut = np.maximum(2, (share[data.user_row] * length).astype(np.int64))
    hidden = chosen[data.user_row] & (length >= LEAST_EVENTS) & (place >= cut)
    return Fold(~hidden, hidden & (place < cut + next_events))


def _one_cut(data: TrainingData, share: float) -> Fold:
    """Everybody loses everything after one time, at a quantile of all events; what users did next is predicted."""
    visible = data.at < int(np.quantile(data.at, share))
    users = np.bincount(data.user_row[visible], minlength=len(data.users)) >= LEAST_EVENTS
    items = np.bincount(data.item_row[visible], minlength=len(data.items)) > 0
    return Fold(visible, ~visible & users[data.user_row] & items[data.item_row])


def _whole_users(data: TrainingData, count: int, generator: np.random.Generator) -> Iterator[Fold]:
    """Each user is hidden once: 60 % keep three random items, the others nothing but whom they follow."""
    group = generator.permutation(len(data.users)) % max(count, 1)
    for number in range(count):
        order = np.lexsort((generator.random(len(data)), data.user_row))
        rank = np.empty(len(data), np.int64)
        starts = np.searchsorted(data.user_row[order], data.user_row[order])
        rank[order] = np.arange(len(data)) - starts
        keeps = generator.random(len(data.users)) < 0.6
        hidden = (group[data.user_row] == number) & ~(keeps[data.user_row] & (rank < KEPT_OF_COLD))
        yield Fold(~hidden, hidden)


def refit(part: TrainingData, config: AlsConfig) -> AlsModel:
    """Fit ALS to the visible part alone."""
    return als.fit(part.user_row, part.item_row, part.count, (len(part.users), len(part.items)), config)
