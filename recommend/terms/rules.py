"""What curators raise or lower: a term for each rule that boosts, so that each is seen by its own name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommend.filters import Question
from recommend.rules import Action, Rule, targets_of
from recommend.sources.source import Floats, Rows
from recommend.terms.term import Adds

FAMILY = "rule"


@dataclass(frozen=True, slots=True)
class BoostTerm:
    """One rule."""

    rule: Rule

    @property
    def name(self) -> str:
        """See ``Term``."""
        return self.rule.key

    def of(self, question: Question) -> Adds | None:
        """See ``Term``."""
        targets = targets_of(self.rule, question.bundle)
        if not len(targets):
            return None

        def adds(rows: Rows) -> Floats:
            return np.where(np.isin(rows, targets), np.float32(self.rule.amount), np.float32(0.0))

        return adds


def boosts(rules: tuple[Rule, ...]) -> tuple[BoostTerm, ...]:
    """A term for each rule that boosts."""
    return tuple(BoostTerm(rule) for rule in rules if rule.action is Action.BOOST)
