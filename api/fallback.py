"""What is answered when there is no model: the last list that was kept for a listener, else what is popular."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from api.popular import PopularFile
from api.stored_sets import StoredSet, StoredSets
from graph.edits import level_of
from graph.errors import ModelError, RuleBookError, StoredSetError
from graph.reads import Profile
from recommend.edits import refused_by
from recommend.rules import Action, RuleBook
from recommend.types import Degradation, Fill, RecommendationSet, RecommendRequest


@dataclass(frozen=True, slots=True)
class Left:
    """What may still be there.

    Attributes:
        sets: the lists that were kept.
        popular: the file of what is popular.
        rules: of the curators: what they took down stays down.
        now: unix seconds of the wall clock.
    """

    sets: StoredSets | None
    popular: PopularFile | None
    rules: RuleBook | None
    now: int


def without_model(request: RecommendRequest, profile: Profile, error: ModelError, left: Left) -> RecommendationSet:
    """The best that is left, without what the listener refuses or curators took down.

    Args:
        request: what was asked, its moment filled in.
        profile: of whom, as it was read.
        error: why there is no model.
        left: what may still be there.

    Raises:
        ModelError: there is neither; ``error`` itself.
    """
    down, degraded = _taken_down(left)
    refused = profile.blocked | profile.disliked | refused_by(profile.edits, request.as_of) | request.exclude | down
    kept = _last(request, profile, left.sets)
    if kept is not None:
        answer = _shown(request, refused, kept, str(error))
    else:
        found = None if left.popular is None else left.popular.answer(request, profile, refused, str(error))
        if found is None:
            raise error
        answer = found
    return replace(answer, degraded=(*answer.degraded, *degraded))


def _taken_down(left: Left) -> tuple[frozenset[str], tuple[Degradation, ...]]:
    """Ids of tracks, artists and genres; none where the rules cannot be read, which is said."""
    try:
        rules = () if left.rules is None else left.rules.rules()
    except RuleBookError as error:
        return frozenset(), (Degradation("rules", str(error)),)
    down = (rule for rule in rules if rule.action is Action.TAKE_DOWN and rule.active(left.now))
    return frozenset(id for rule in down for id in rule.targets), ()


def _last(request: RecommendRequest, profile: Profile, sets: StoredSets | None) -> StoredSet | None:
    """The newest list that rests on no more of the listener than it may."""
    kept = None
    if sets is not None:
        with suppress(StoredSetError):
            kept = sets.last(request.user_id, request.surface)
    return kept if kept is not None and kept.answer.level is level_of(profile.edits) else None


def _shown(request: RecommendRequest, refused: frozenset[str], kept: StoredSet, why: str) -> RecommendationSet:
    """The list without what is refused by now, and without reasons, which nobody can check.

    Of a list it is not known which genres its tracks are in: what is refused by genre was left out when it was made.
    """
    items = [
        item
        for item in kept.answer.items
        if not refused & {item.track.id, *(artist.id for artist in item.track.artists)}
    ][: request.n]
    shown = tuple(replace(item, rank=place, explanation=None) for place, item in enumerate(items, start=1))
    told = (Degradation("model", why), Degradation("answer", "the last list that was kept"))
    return replace(kept.answer, items=shown, fill=Fill(request.n, len(shown)), exploration=None, degraded=told)
