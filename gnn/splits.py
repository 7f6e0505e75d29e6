"""Which events a model may see and which it is tested on: the temporal cuts and the random split that tables quote.

Every function returns parts of one data set in the same rows; a test part holds events only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gnn.data import Mask, TrainingData
from graph.arrays import Ids, Rows

MIN_TRAIN = 5
"""Events that a user needs before the cut to be tested on a global cut or to be cut alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A training part and the events it is tested on.

    Attributes:
        train: what the models see.
        test_user_row: int64 [n_test].
        test_item_row: int64 [n_test].
        as_of: unix seconds at which recommendations are asked for: the last time seen in train.
        protocol: its name, by which baselines find the values tuned for it; empty for any other data.
        hidden_user_row: int64 [n_hidden], of pairs that are neither trained on nor ranked.
        hidden_item_row: int64 [n_hidden].
    """

    train: TrainingData
    test_user_row: Rows
    test_item_row: Rows
    as_of: int
    protocol: str = ""
    hidden_user_row: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    hidden_item_row: Rows = field(default_factory=lambda: np.empty(0, np.int64))


def _split(data: TrainingData, train: Mask, test: Mask, least: int) -> Split:
    """Leave out test events of unseen items and of users with fewer than ``least`` training events."""
    part = data.select(train)
    users = np.bincount(part.user_row, minlength=len(data.users))[data.user_row] >= least
    items = part.popularity[data.item_row] > 0
    held = test & users & items
    as_of = int(part.at.max()) if len(part) else 0
    return Split(part, data.user_row[held], data.item_row[held], as_of)


def _later(data: TrainingData, share: float) -> Mask:
    """The events at or after the given quantile of time, bool [n_events]."""
    return data.at >= int(np.quantile(data.at, share))


def global_cut(data: TrainingData, share: float = 0.8, *, validation: bool = False) -> Split:
    """One cut in time for everybody; ``validation`` cuts the training part once more."""
    if validation:
        data = data.select(~_later(data, share))
    later = _later(data, share)
    return _split(data, ~later, later, MIN_TRAIN)


def per_user(data: TrainingData, later: Mask) -> Split:
    """The data set's own split: ``later`` (bool [n_events]) are its test events."""
    return _split(data, ~later, later, 1)


def per_user_validation(earlier: TrainingData, share: float = 0.5) -> Split:
    """Hold out the last share of each user with at least ``MIN_TRAIN`` events, in time order."""
    order = np.lexsort((earlier.at, earlier.user_row))
    held = np.zeros(len(earlier), np.bool_)
    _, starts, counts = np.unique(earlier.user_row[order], return_index=True, return_counts=True)
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        if count >= MIN_TRAIN:
            held[order[start + count - max(1, round(count * share)) : start + count]] = True
    return _split(earlier, ~held, held, 1)


def absent_from(data: TrainingData, part: TrainingData) -> Mask:
    """The events of ``data`` whose user and item are no pair in ``part``, bool [n_events]; compared by id."""
    user_at, item_at = part.users.rows(data.users.values), part.items.rows(data.items.values)
    users, items = user_at[data.user_row], item_at[data.item_row]
    known = (users >= 0) & (items >= 0)
    return ~(known & np.isin(users * len(part.items) + items, part.pairs))


def five_core(data: TrainingData, least: int = 5) -> TrainingData:
    """Drop users and items with fewer than ``least`` events, until none is left."""
    while True:
        users = np.bincount(data.user_row, minlength=len(data.users)) >= least
        items = data.popularity >= least
        if users.all() and items.all():
            return data
        data = data.only(users, items)


def _numbers(ids: Ids) -> NDArray[np.int64]:
    """The number at the end of each id, or its place where an id has none."""
    tails = [value.rsplit(":", 1)[-1] for value in ids.values.tolist()]
    if all(tail.isdecimal() for tail in tails):
        return np.array([int(tail) for tail in tails], np.int64)
    return np.arange(len(ids), dtype=np.int64)


def random_share(data: TrainingData, seed: int, share: float = 0.2) -> Split:
    """Hold out a random share of each user's items, at least one: the HetRec protocol.

    Users share one generator in ascending order of the number in their id, and so do the items of each.
    """
    generator = np.random.default_rng(1000 + seed)
    held = np.zeros(len(data), np.bool_)
    for index in _by_user(data):
        held[generator.choice(index, max(1, round(len(index) * share)), replace=False)] = True
    part = data.select(~held)
    return Split(part, data.user_row[held], data.item_row[held], 0)


def random_tenths(data: TrainingData, seed: int, *, validation: bool = False) -> Split:
    """Eight tenths of each user's items to train on, one to validate, one to test: the protocol of RecBole's tables.

    No user and no item is left out, not even items without a training event. What is validated on is not trained on
    when the test is taken, and not ranked either.

    Source: Zhao et al., RecBole, 2021, section 3.3: ratio-based splitting in random order, grouped by user.
    """
    generator = np.random.default_rng(2000 + seed)
    tenth = np.zeros(len(data), np.int8)  # 0 train, 1 validation, 2 test
    for index in _by_user(data):
        order, held = generator.permutation(index), _tenth(len(index))
        tenth[order[len(index) - held :]] = 2
        tenth[order[len(index) - held - min(held, len(index) - held - 1) : len(index) - held]] = 1
    validated, tested = tenth == 1, tenth == 2
    part = data.select(tenth == 0)
    if validation:
        return Split(part, data.user_row[validated], data.item_row[validated], 0)
    hidden = {"hidden_user_row": data.user_row[validated], "hidden_item_row": data.item_row[validated]}
    return Split(part, data.user_row[tested], data.item_row[tested], 0, **hidden)


def _tenth(count: int) -> int:
    """A tenth of a user's events, rounded down but at least one, as long as one is left to train on."""
    return max(1, count // 10) if count > 1 else 0


def _by_user(data: TrainingData) -> Iterator[Rows]:
    """The events of each user by the number in their item's id, users by the number in theirs: positions, int64."""
    order = np.lexsort((_numbers(data.items)[data.item_row], _numbers(data.users)[data.user_row]))
    ends = np.flatnonzero(np.diff(data.user_row[order], append=-1)) + 1
    start = 0
    for end in ends.tolist():
        yield order[start:end]
        start = end
