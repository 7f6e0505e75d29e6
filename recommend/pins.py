"""The stage that puts what curators pin into its place; the others move down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommend.filters import apply_filters
from recommend.rules import Action, Rule, targets_of
from recommend.sources.source import Rows
from recommend.trace import Trace, with_rows


def pinned(found: Trace, rules: tuple[Rule, ...]) -> Trace:
    """The list with the pinned tracks that pass the filters, each in its place or, where that is taken, the next.

    Of two rules for one place the first by name has it.
    """
    rows = found.pool.rows[found.choice.places].tolist()
    at: dict[int, int] = {}
    keys: dict[int, str] = {}
    for rule in sorted((one for one in rules if one.action is Action.PIN), key=lambda rule: rule.name):
        place = int(rule.amount) - 1
        for row in _allowed(found, targets_of(rule, found.question.bundle)):
            while place in at:
                place += 1
            if row not in keys and place < len(rows):
                at[place], keys[row] = row, rule.key
    if not keys:
        return found
    rest = iter([row for row in rows if row not in keys])
    whole = [at[place] if place in at else next(rest) for place in range(len(rows))]
    return replace(with_rows(found, np.array(whole, np.int64)), pinned=keys)


def _allowed(found: Trace, rows: Rows) -> list[int]:
    keep, _ = apply_filters(found.question, rows)
    return [int(row) for row in rows[keep]]
