"""What curators decide: when a request matches, tracks are raised, pinned to a place, left out, or capped.

A takedown is a ban for everybody, at once, also in lists that were made before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np

from gnn.bundle import Bundle
from graph.errors import InvalidRequestError
from recommend.surfaces import BY_NAME
from recommend.taste import tracks_under
from recommend.types import RecommendRequest

LARGEST_BOOST = 10.0
"""Units; see ``recommend.terms.term.unit_of``."""


class Action(StrEnum):
    """What a rule does."""

    BOOST = "BOOST"  # raises its tracks by an amount of units, or lowers them
    PIN = "PIN"  # puts its tracks into a place and those behind it
    BAN = "BAN"  # leaves them out
    CAP = "CAP"  # shows at most an amount of them
    TAKE_DOWN = "TAKE_DOWN"  # leaves them out everywhere, for everybody, whatever else the rule says


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule holds; what is empty asks nothing.

    Attributes:
        surfaces: names.
        users: ids.
        activities: of the context that a request gives.
        market: that a request gives.
    """

    surfaces: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    activities: frozenset[str] = frozenset()
    market: str | None = None

    def holds(self, request: RecommendRequest) -> bool:
        """Whether a request matches."""
        activity = request.context.activity if request.context else None
        return (
            (not self.surfaces or request.surface in self.surfaces)
            and (not self.users or request.user_id in self.users)
            and (not self.activities or activity in self.activities)
            and (self.market is None or self.market == request.market)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One decision.

    Attributes:
        name: unique; contributions and counts are kept under ``rule:NAME``.
        action: what it does.
        targets: ids of tracks, artists or genres.
        amount: of a BOOST the units, of a PIN the place from 1, of a CAP how many; else without meaning.
        when: to which requests.
        since, until: unix seconds; from when, and before when, it holds; None for no bound.
        author: who made it.
    """

    name: str
    action: Action
    targets: tuple[str, ...]
    amount: float = 0.0
    when: Condition = field(default_factory=Condition)
    since: int | None = None
    until: int | None = None
    author: str = ""

    @property
    def key(self) -> str:
        """What its contributions and counts are kept under."""
        return f"rule:{self.name}"

    def checked(self) -> Rule:
        """The rule itself.

        Raises:
            InvalidRequestError: it can mean nothing.
        """
        if not self.name or not self.name.replace("-", "").replace("_", "").isalnum():
            raise InvalidRequestError(f"rule name {self.name!r}: use letters, digits, - and _")
        if not self.targets:
            raise InvalidRequestError(f"rule {self.name}: name at least one track, artist or genre")
        if unknown := sorted(self.when.surfaces - set(BY_NAME)):
            raise InvalidRequestError(f"rule {self.name}: unknown surface {unknown[0]!r}: use {', '.join(BY_NAME)}")
        if self.action is Action.BOOST and not 0 < abs(self.amount) <= LARGEST_BOOST:
            raise InvalidRequestError(
                f"rule {self.name}: boost by {self.amount}: give up to {LARGEST_BOOST:g} units, below 0 to lower"
            )
        if self.action in (Action.PIN, Action.CAP) and not (self.amount >= 1 and self.amount == int(self.amount)):
            raise InvalidRequestError(f"rule {self.name}: {self.action.lower()} {self.amount:g}: give 1 or more")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise InvalidRequestError(f"rule {self.name}: it ends before it begins")
        return self

    def active(self, at: int) -> bool:
        """Whether it holds at a moment, unix seconds."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    def holds(self, request: RecommendRequest, at: int) -> bool:
        """Whether it holds for a request now; a takedown asks for no more than its window."""
        return self.active(at) and (self.action is Action.TAKE_DOWN or self.when.holds(request))


class RuleBook(Protocol):
    """Where the rules are kept; safe to share between threads."""

    def rules(self) -> Sequence[Rule]:
        """All rules that were not ended, by name. Raises RuleBookError."""


@dataclass(frozen=True, slots=True)
class FixedRules:
    """A ``RuleBook`` of given rules."""

    kept: tuple[Rule, ...] = ()

    def rules(self) -> Sequence[Rule]:
        """See ``RuleBook``."""
        return self.kept


def holding(rules: Sequence[Rule], request: RecommendRequest, at: int) -> tuple[Rule, ...]:
    """The rules that hold for a request at ``at``, unix seconds of the wall clock."""
    return tuple(rule for rule in rules if rule.holds(request, at))


def targets_of(rule: Rule, bundle: Bundle) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The tracks that a rule is about, int64, ascending."""
    return tracks_under(frozenset(rule.targets), bundle)


BANS = (Action.BAN, Action.TAKE_DOWN)
