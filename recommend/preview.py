"""What an edit of the taste profile would change, before it is made: the next list with it beside the one without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graph.edits import Edit
from recommend.engine import Engine
from recommend.types import Profile, RecommendRequest, TrackRef


@dataclass(frozen=True, slots=True)
class Change:
    """A track whose place in the list changes; a place is None where the track is not in the list."""

    track: TrackRef
    before: int | None
    after: int | None


def preview(engine: Engine, request: RecommendRequest, profile: Profile, edits: Sequence[Edit]) -> tuple[Change, ...]:
    """The tracks that come, go or move in a list once the profile has these edits instead of its own.

    Args:
        engine: makes both lists.
        request: the list; reasons are not made.
        profile: as it was read, with the first plays.
        edits: every edit that would hold then.

    Returns:
        First those that go or move, in the order of the list as it is, then those that come, in their order.

    Raises:
        InvalidRequestError: the request cannot be met.
    """
    request = replace(request, explain=False)
    now, then = (engine.recommend(request, replace(profile, edits=tuple(held))) for held in (profile.edits, edits))
    before, after = ({item.track.id: item.rank for item in one.items} for one in (now, then))
    tracks = {item.track.id: item.track for item in (*now.items, *then.items)}
    changes = (Change(track, before.get(id), after.get(id)) for id, track in tracks.items())
    return tuple(change for change in changes if change.before != change.after)
