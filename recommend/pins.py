"""The stage that puts what curators pin into its place; the others move down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommend.filters import apply_filters
from recommend.rules import Action, Rule, targets_of
from recommend.sources.source import Rows
from recommend.trace import Trace, with_rows


def pinned(found: Trace, rules: tuple[Rule, ...]) -> Trace:
    """The list with the pinned tracks that pass the filters; of several for one place the first rule by name wins."""
    rows = found.pool.rows[found.choice.places].tolist()
    length, pins = len(rows), dict[int, str]()
    for rule in sorted((one for one in rules if one.action is Action.PIN), key=lambda rule: (rule.amount, rule.name)):
        for offset, row in enumerate(_allowed(found, targets_of(rule, found.question.bundle))):
            place = int(rule.amount) - 1 + offset
            if row in pins or place >= length:
                continue
            if row in rows:
                rows.remove(row)
            rows.insert(min(place, len(rows)), row)
            pins[row] = rule.key
    if not pins:
        return found
    return replace(with_rows(found, np.array(rows[:length], np.int64)), pinned=pins)


def _allowed(found: Trace, rows: Rows) -> list[int]:
    keep, _ = apply_filters(found.question, rows)
    return [int(row) for row in rows[keep]]
