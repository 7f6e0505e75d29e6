"""Who and what is new in an evaluation: whole users and whole items that training never sees.

Rows stay those of the data set, so that what was hidden can be asked for afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gnn.data import Mask, Terms, TrainingData
from gnn.splits import Split
from graph.arrays import Rows

SHARE = 0.1
"""The share of users or items that is hidden."""
SEEDS = 3
"""Items of a hidden user that are shown to the trained models."""
GROUPS = 10
"""Parts of the users that are asked for apart where users tag items."""


@dataclass(frozen=True, slots=True, eq=False)
class ColdSplit:
    """What is trained on, what is known when lists are asked for, and what they are held against.

    Attributes:
        train: what the models are fitted on.
        known: the events behind the lists: those of ``train`` and the seeds of the hidden users.
        candidates: the items that are ranked, bool [n_items].
        test_user_row: int64 [n_test].
        test_item_row: int64 [n_test].
        terms: what is known of the items when lists are asked for; see ``side_of``.
        by_friends: whether the hidden users are known by whom they follow only.
    """

    train: TrainingData
    known: TrainingData
    candidates: Mask
    test_user_row: Rows
    test_item_row: Rows
    terms: Terms
    by_friends: bool = False

    @property
    def users(self) -> Rows:
        """The tested users, int64, ascending."""
        return np.unique(self.test_user_row)

    def as_split(self) -> Split:
        """The same for ``gnn.metrics``, which leaves what is known out of the lists."""
        as_of = int(self.known.at.max(initial=0))
        return Split(self.known, self.test_user_row, self.test_item_row, as_of)

    @property
    def groups(self) -> Rows:
        """The group of each user, int64 [n_users]: no tag of a group says anything about an item to the same group.

        Tags that are nobody's need no groups.
        """
        users = len(self.train.users)
        if not (self.terms.user_row >= 0).any():
            return np.zeros(users, np.int64)
        return np.random.default_rng(0).permutation(users) % GROUPS

    def side_of(self, group: int) -> TrainingData:
        """The training part with all that is known of the items but what the users of a group said of them."""
        said = self.terms.user_row
        own = (said >= 0) & (self.groups[np.maximum(said, 0)] == group)
        return replace(self.train, terms=self.terms.select(~own))


def _all(data: TrainingData) -> Mask:
    return np.ones(len(data), np.bool_)


def _hidden(count: int, seed: int, share: float) -> Mask:
    """A random share of ``count`` rows, at least one, bool [count]."""
    chosen = np.zeros(count, np.bool_)
    chosen[np.random.default_rng(seed).choice(count, max(1, round(count * share)), replace=False)] = True
    return chosen


def cold_users(
    data: TrainingData, seen: Mask | None = None, *, seed: int = 0, share: float = SHARE, seeds: int = SEEDS
) -> ColdSplit:
    """Hide whole users, show ``seeds`` random items of each, and ask for all their other items.

    A newcomer names the seeds when the list is asked for: whenever they were played, they count as played then.

    Args:
        data: every event.
        seen: the events that training may use, bool [n_events]; all by default.
        seed: of the choice of users and of their seeds.
        share: of the users that is hidden.
        seeds: items shown of each; a user with no more has nothing to be asked for.
    """
    seen = _all(data) if seen is None else seen
    hidden = _hidden(len(data.users), seed, share)[data.user_row]
    shown = hidden & (_random_place(data, seed) < seeds)
    train = data.select(seen & ~hidden)
    now = replace(data, at=np.where(shown, train.at.max(initial=0), data.at))
    return _users(data, train, now.select((seen & ~hidden) | shown), hidden & ~shown)


def cold_friends(data: TrainingData, *, seed: int = 0, share: float = SHARE) -> ColdSplit:
    """Hide whole users, of whom nothing is known but whom they follow, and ask for all their items.

    The same users as in ``cold_users``, those left out who follow nobody with a known item.
    """
    hidden = _hidden(len(data.users), seed, share)
    train = data.select(~hidden[data.user_row])
    heard = np.bincount(train.user_row, minlength=len(data.users)) > 0
    led = np.zeros(len(data.users), np.bool_)
    led[data.follows.source_row[heard[data.follows.target_row]]] = True
    split = _users(data, train, train, (hidden & led)[data.user_row])
    return replace(split, by_friends=True)


def _users(data: TrainingData, train: TrainingData, known: TrainingData, asked: Mask) -> ColdSplit:
    """Only items that training knows can be asked for."""
    warm = train.popularity > 0
    asked = asked & warm[data.item_row]
    return ColdSplit(train, known, warm, data.user_row[asked], data.item_row[asked], train.terms)


def _random_place(data: TrainingData, seed: int) -> Rows:
    """A random place of each event among those of its user, from 0, int64 [n_events]."""
    order = np.lexsort((np.random.default_rng(seed).random(len(data)), data.user_row))
    starts = np.searchsorted(data.user_row[order], data.user_row[order])
    place = np.empty(len(data), np.int64)
    place[order] = np.arange(len(data)) - starts
    return place


def cold_items(data: TrainingData, seen: Mask | None = None, *, seed: int = 0, share: float = SHARE) -> ColdSplit:
    """Hide whole items, and rank them among themselves for every user who has heard one of them.

    The models see nothing that the hidden pairs' users said of an item, see ``TrainingData.select``. When lists are
    asked for, the items have the tags of everybody but the asked users' group, see ``ColdSplit.side_of``.

    Args:
        data: every event.
        seen: the events that training may use, bool [n_events]; the others are asked for. All are used and asked for
            by default, but for those of the hidden items, which no model sees.
        seed: of the choice of items.
        share: of the items that is hidden.
    """
    asked = _all(data) if seen is None else ~seen
    seen = _all(data) if seen is None else seen
    cold = _hidden(len(data.items), seed, share)
    train = data.select(seen & ~cold[data.item_row])
    warm = np.bincount(train.user_row, minlength=len(data.users)) > 0
    asked = asked & cold[data.item_row] & warm[data.user_row]
    return ColdSplit(train, train, cold, data.user_row[asked], data.item_row[asked], data.terms)
