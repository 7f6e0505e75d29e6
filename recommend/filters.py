"""What may not be recommended: each filter a named predicate, so that an answer can say what it removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from recommend.attributes import values_of
from recommend.released import out_lately
from recommend.rules import BANS, Rule, targets_of
from recommend.surfaces import surface_named
from recommend.taste import tracks_under
from recommend.types import Profile, RecommendRequest

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Question:
    """What the filters know of a request.

    Attributes:
        played_rows: int64: every track of the profile that the bundle knows, also those that a counterfactual leaves
            out of the taste.
        rules: the curators' rules that hold for it.
        resting_rows: int64: those of them that may not come again on this surface; mostly all.
    """

    request: RecommendRequest
    profile: Profile
    bundle: Bundle
    played_rows: Rows
    resting_rows: Rows
    rules: tuple[Rule, ...] = ()


def _outside(rows: Rows, forbidden: Rows, count: int) -> Mask:
    """Which rows are not forbidden, bool [m]; both are below ``count``."""
    if not len(forbidden):
        return np.ones(len(rows), np.bool_)
    open_ = np.ones(count, np.bool_)
    open_[forbidden] = False
    return np.asarray(open_[rows])


def unplayed(question: Question, rows: Rows) -> Mask:
    """Tracks that the listener has never played, or that have rested long enough for the surface."""
    return _outside(rows, question.resting_rows, len(question.bundle.catalogue))


def other_work(question: Question, rows: Rows) -> Mask:
    """Tracks that are no version of one the listener has played."""
    work = question.bundle.catalogue.work
    return _outside(work[rows], work[question.resting_rows], len(work))


def unblocked(question: Question, rows: Rows) -> Mask:
    """Tracks that are not blocked, themselves, by an artist or by a genre."""
    return _outside(rows, tracks_under(question.profile.blocked, question.bundle), len(question.bundle.catalogue))


def not_disliked(question: Question, rows: Rows) -> Mask:
    """Tracks that the listener has not disliked."""
    return _outside(rows, tracks_under(question.profile.disliked, question.bundle), len(question.bundle.catalogue))


def not_excluded(question: Question, rows: Rows) -> Mask:
    """Tracks that the request does not exclude."""
    return _outside(rows, tracks_under(question.request.exclude, question.bundle), len(question.bundle.catalogue))


def clean_enough(question: Question, rows: Rows) -> Mask:
    """Tracks not known to be explicit, for listeners who do not want those."""
    if question.profile.allow_explicit:
        return np.ones(len(rows), np.bool_)
    explicit: Mask = question.bundle.catalogue.numbers["explicit"][rows] == 1.0
    return ~explicit


def new_enough(question: Question, rows: Rows) -> Mask:
    """Tracks that came out within four weeks, on surfaces that show no others."""
    if not surface_named(question.request.surface).only_new:
        return np.ones(len(rows), np.bool_)
    return out_lately(question.bundle, question.request.as_of)[rows]


def within_ranges(question: Question, rows: Rows) -> Mask:
    """Tracks whose attributes are known to lie within the bounds that the request gives."""
    keep = np.ones(len(rows), np.bool_)
    for one in question.request.attributes:
        values = values_of(question.bundle.catalogue, one.name)[rows]
        if one.low is not None:
            keep &= values >= one.low  # NaN is not
        if one.high is not None:
            keep &= values <= one.high
    return keep


FILTERS: dict[str, Callable[[Question, Rows], Mask]] = {
    "played": unplayed,
    "same_work": other_work,
    "blocked": unblocked,
    "disliked": not_disliked,
    "excluded": not_excluded,
    "explicit": clean_enough,
    "attributes": within_ranges,
    "released": new_enough,
}
"""In this order; the name is what the answer counts under. ``per_artist`` and ``repeated_work`` act while choosing."""


def filters_of(question: Question) -> dict[str, Callable[[Question, Rows], Mask]]:
    """Every filter of a request: those of all, and one for each rule that leaves something out."""
    bans = {rule.key: _outside_rule(rule) for rule in question.rules if rule.action in BANS}
    return FILTERS | bans if bans else FILTERS


def _outside_rule(rule: Rule) -> Callable[[Question, Rows], Mask]:
    def passes(question: Question, rows: Rows) -> Mask:
        return _outside(rows, targets_of(rule, question.bundle), len(question.bundle.catalogue))

    return passes


def apply_filters(question: Question, rows: Rows) -> tuple[Mask, dict[str, int]]:
    """Keep what passes every filter: bool [m], and how many each filter was the first to remove."""
    keep = np.ones(len(rows), np.bool_)
    removed: dict[str, int] = {}
    for name, passes in filters_of(question).items():
        lost = keep & ~passes(question, rows)
        if lost.any():
            removed[name] = int(lost.sum())
            keep &= ~lost
    return keep, removed
