"""Why a track is not in a list: the first stage of the engine at which it fell out, and by how much.

The engine is run as for the list itself, so that the answer is about the very list that the listener sees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from recommend.engine import Engine
from recommend.explain.links import track_ref
from recommend.filters import filters_of
from recommend.rules import Action, targets_of
from recommend.trace import Trace
from recommend.types import Profile, RecommendRequest, TrackRef


class Stage(StrEnum):
    """Where a track fell out of a list, in the order of the engine."""

    FILTERED = "FILTERED"  # it may not be recommended: see the filter
    NOT_A_CANDIDATE = "NOT_A_CANDIDATE"  # no source nominated it
    BELOW_CUTOFF = "BELOW_CUTOFF"  # its score is too low
    DIVERSITY = "DIVERSITY"  # its score would do, but what is in the list is too much like it
    GAVE_WAY = "GAVE_WAY"  # it would be in the list were nothing tried out there
    RECOMMENDED = "RECOMMENDED"  # it is in the list


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What became of a track.

    Attributes:
        track: the track.
        stage: where it fell out.
        rule: the filter or the rule of diversity that removed it, None where none did.
        rank: its place by score among the candidates; the place in the list where it is recommended.
        score: its score.
        cutoff: the lowest score in the list of what stands there by its score, None for an empty one; trials and what a
            curator put there do not.
        message: the same in a sentence.
    """

    track: TrackRef
    stage: Stage
    rule: str | None
    rank: int
    score: float
    cutoff: float | None
    message: str


ABOUT_FILTER = {
    "played": "the listener has played it, and it may not come again here yet",
    "same_work": "the listener has played another version of it",
    "blocked": "the listener blocked or muted it, an artist of it or a genre of it",
    "disliked": "the listener disliked it",
    "excluded": "the request excludes it",
    "explicit": "it is explicit, and the listener does not want that",
    "released": "it did not come out within the last four weeks",
    "attributes": "its sound is outside the bounds of the request, or unknown",
}
"""Filter -> in plain words; the names are those of ``recommend.filters``."""


def why_not(engine: Engine, request: RecommendRequest, track_id: str, profile: Profile | None = None) -> WhyNot:
    """Find out why a track is not in the list of this request.

    Raises:
        NotFoundError: there is no such user, or the model does not know the track.
        InvalidRequestError: the request cannot be met.
        GraphUnavailableError: the profile cannot be read.
    """
    row = engine.row(track_id)
    found = engine.trace(request, profile)
    rank, score = engine.standing(found, row)
    rows = found.pool.rows[found.choice.places]
    earned = ~np.isin(rows, [*found.trials, *found.pinned])
    cutoff = float(found.pool.scores[found.choice.places][earned].min()) if earned.any() else None
    stage, rule, message = _fell_out(found, row, rank, score, cutoff)
    if stage in (Stage.BELOW_CUTOFF, Stage.DIVERSITY) and found.trials:
        plain = engine.trace(replace(request, exploration=0.0), profile)
        if row in plain.pool.rows[plain.choice.places]:
            stage, rule = Stage.GAVE_WAY, None
            message = (
                f"its score {score:.3f} would do (candidate {rank}), but {len(found.trials)} places try something out"
            )
    if stage is Stage.RECOMMENDED:
        rank = 1 + int(np.flatnonzero(rows == row)[0])
    return WhyNot(track_ref(engine.bundle, row), stage, rule, rank, score, cutoff, message)


def _fell_out(found: Trace, row: int, rank: int, score: float, cutoff: float | None) -> tuple[Stage, str | None, str]:
    """The stage, the rule, and the sentence."""
    pool, places = found.pool, found.choice.places
    if row in pool.rows[places]:
        return (
            Stage.RECOMMENDED,
            None,
            f"it is in the list, at place {1 + int(np.flatnonzero(pool.rows[places] == row)[0])}",
        )
    for name, passes in filters_of(found.question).items():
        if not passes(found.question, np.array([row], np.int64))[0]:
            return Stage.FILTERED, name, ABOUT_FILTER.get(name, f"a curator left it out by {name}")
    if row not in pool.rows:
        return Stage.NOT_A_CANDIDATE, None, f"no source nominated it; by its score it would be candidate {rank}"
    if cutoff is None or score < cutoff:
        last = "nothing" if cutoff is None else f"{cutoff:.3f}"
        sentence = f"its score {score:.3f} makes it candidate {rank}; the list of {len(places)} ends at {last}"
        return Stage.BELOW_CUTOFF, None, sentence
    rule, because = _crowded_out(found, row)
    return Stage.DIVERSITY, rule, f"its score {score:.3f} would do (candidate {rank}), but {because}"


def _crowded_out(found: Trace, row: int) -> tuple[str, str]:
    """Which rule of the list closed it, and what that means."""
    catalogue = found.question.bundle.catalogue
    shown = found.pool.rows[found.choice.places]
    if (catalogue.work[shown] == catalogue.work[row]).any():
        return "repeated_work", "another version of it is in the list"
    for rule in found.question.rules:
        is_full = rule.action is Action.CAP and found.choice.removed.get(rule.key)
        if is_full and row in targets_of(rule, found.question.bundle):
            return rule.key, f"a curator allows {rule.amount:g} of its kind by {rule.key}"
    cap = found.max_per_artist
    for artist in catalogue.artist_rows(row).tolist():
        if int((catalogue.credits[shown] == artist).any(axis=1).sum()) >= cap:
            name = catalogue.spelled["artist"][1][artist]
            return "per_artist", f"the list has {cap} tracks by {name}, the most allowed"
    return "diversity", "others of nearly that score are less like the rest of the list"
