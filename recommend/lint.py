"""What is wrong with a playlist, for its maker or for one listener: repeats, gaps, jumps, and what may not be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gnn.bundle import Bundle
from graph.reads import Profile
from recommend.flow import transition_costs
from recommend.order import sounds_of
from recommend.taste import tracks_under

JUMP = 0.6
"""The cost of a step, 0 to 1, from which on it is a jump."""
IN_A_ROW = 2
"""Tracks by one artist in a row that are one too many."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: at which place, from 1, by which rule, and what to do."""

    place: int
    rule: str
    message: str
    suggestion: str


def lint(
    bundle: Bundle, ids: Sequence[str], profile: Profile | None = None, banned: Sequence[int] = ()
) -> list[Finding]:
    """Look through a list of tracks.

    Args:
        bundle: knows them.
        ids: the tracks in order.
        profile: whose blocks, dislikes and wish for clean tracks count; nobody's without.
        banned: rows that curators took down.
    """
    rows = bundle.catalogue.tracks.rows(list(ids))
    names = bundle.catalogue.spelled["track"][1]
    found: list[Finding] = []
    first_of: dict[int, int] = {}
    work_of: dict[int, int] = {}
    refused = _refused(bundle, profile)
    for place, row in enumerate(rows.tolist(), start=1):
        if row < 0:
            found.append(
                Finding(place, "unknown", f"{ids[place - 1]} is not in the model", "import and train, or remove it")
            )
            continue
        work = int(bundle.catalogue.work[row])
        if row in first_of:
            found.append(Finding(place, "duplicate", f"{names[row]} is at place {first_of[row]} already", "remove it"))
        elif work in work_of:
            found.append(
                Finding(place, "version", f"{names[row]} is a version of place {work_of[work]}", "keep one of them")
            )
        first_of.setdefault(row, place)
        work_of.setdefault(work, place)
        for rule, tracks in refused.items():
            if row in tracks:
                found.append(Finding(place, rule, f"{names[row]} is {rule} for this listener", "remove it"))
        if row in banned:
            found.append(Finding(place, "taken_down", f"{names[row]} was taken down", "remove it"))
    known = [(place, row) for place, row in enumerate(rows.tolist(), start=1) if row >= 0]
    return sorted([*found, *_steps(bundle, known)], key=lambda one: (one.place, one.rule))


def _refused(bundle: Bundle, profile: Profile | None) -> dict[str, set[int]]:
    if profile is None:
        return {}
    refused = {
        "blocked": set(tracks_under(profile.blocked, bundle).tolist()),
        "disliked": set(tracks_under(profile.disliked, bundle).tolist()),
    }
    if not profile.allow_explicit:
        refused["explicit"] = set(np.flatnonzero(bundle.catalogue.numbers["explicit"] == 1.0).tolist())
    return refused


def _steps(bundle: Bundle, known: list[tuple[int, int]]) -> list[Finding]:
    """From each track to the next: one artist too often, or a hard change."""
    if len(known) < 2:
        return []
    rows = np.array([row for _, row in known], np.int64)
    credits, nobody = bundle.catalogue.credits, len(bundle.catalogue.artists)
    names = bundle.catalogue.spelled["artist"][1]
    sounds = sounds_of(bundle, rows)
    heard = ~(np.isnan(sounds.tempo) | np.isnan(sounds.energy))
    costs = transition_costs(sounds)
    found, run = [], 1
    for at in range(1, len(rows)):
        place = known[at][0]
        both = set(credits[rows[at - 1]].tolist()) & set(credits[rows[at]].tolist()) - {nobody}
        run = run + 1 if both else 1
        if run == IN_A_ROW + 1:
            name = names[min(both)]
            found.append(Finding(place, "artist_run", f"{name} comes {run} times in a row", "put another between"))
        if heard[at - 1] and heard[at] and costs[at - 1, at] >= JUMP:
            cost = float(costs[at - 1, at])
            found.append(Finding(place, "jump", f"a hard change from place {known[at - 1][0]} ({cost:.2f})", "move it"))
    return found
