"""What is answered when there is no model: the last list that was kept for a listener, else what is popular."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from api.popular import PopularFile
from api.stored_sets import StoredSet, StoredSets
from graph.edits import level_of
from graph.errors import ModelError, StoredSetError
from graph.reads import Profile
from recommend.types import Degradation, Fill, RecommendationSet, RecommendRequest


def without_model(
    request: RecommendRequest,
    profile: Profile,
    error: ModelError,
    sets: StoredSets | None,
    popular: PopularFile | None,
) -> RecommendationSet:
    """The best that is left.

    Args:
        request: what was asked, its moment filled in.
        profile: of whom.
        error: why there is no model.
        sets: the lists that were kept.
        popular: the file of what is popular.

    Raises:
        ModelError: there is neither; ``error`` itself.
    """
    kept = _last(request, profile, sets)
    if kept is not None:
        return _shown(request, profile, kept, str(error))
    answer = None if popular is None else popular.answer(request, profile, str(error))
    if answer is None:
        raise error
    return answer


def _last(request: RecommendRequest, profile: Profile, sets: StoredSets | None) -> StoredSet | None:
    """The newest list that rests on no more of the listener than it may."""
    kept = None
    if sets is not None:
        with suppress(StoredSetError):
            kept = sets.last(request.user_id, request.surface)
    return kept if kept is not None and kept.answer.level is level_of(profile.edits) else None


def _shown(request: RecommendRequest, profile: Profile, kept: StoredSet, why: str) -> RecommendationSet:
    """The list without what is refused by now, and without reasons, which nobody can check."""
    refused = profile.blocked | profile.disliked
    items = [
        item
        for item in kept.answer.items
        if not refused & {item.track.id, *(artist.id for artist in item.track.artists)}
    ][: request.n]
    shown = tuple(replace(item, rank=place, explanation=None) for place, item in enumerate(items, start=1))
    told = (Degradation("model", why), Degradation("answer", "the last list that was kept"))
    return replace(kept.answer, items=shown, fill=Fill(request.n, len(shown)), exploration=None, degraded=told)
