"""What a listener did that the graph does not know yet: the end of the log, laid over the profile.

So the next answer shows an event as soon as it is durable, whether or not anybody applies events just then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from graph.reads import Profile
from ingest.events import ON_TRACKS, Event

_LATEST = 2**53


def overlaid(profile: Profile, events: Sequence[Event], as_of: int) -> Profile:
    """The profile as it will be read at ``as_of`` once these events are applied.

    Args:
        profile: as the graph has it.
        events: the listener's, in the order of the log, none of them applied.
        as_of: unix seconds; later events are not seen.
    """
    seen = list({event.id: event for event in events if event.at <= as_of}.values())
    return profile if not seen else _refused(_liked(_played(profile, seen), seen), seen, as_of)


def blocked_since(profile: Profile, events: Sequence[Event], as_of: int) -> Profile:
    """The profile of somebody who wants no personal answers: of what they did, what they block alone counts."""
    return overlaid(profile, [event for event in events if event.kind == "BLOCK"], as_of)


def _played(profile: Profile, events: Sequence[Event]) -> Profile:
    on_tracks = [event for event in events if event.kind in ON_TRACKS]
    if not on_tracks:
        return profile
    row = {str(id): place for place, id in enumerate(profile.track_ids.tolist())}
    for event in on_tracks:
        row.setdefault(event.target_id, len(row))
    new = len(row) - len(profile.track_ids)
    counts = np.r_[profile.counts, np.zeros(new, np.float32)]
    skips = np.r_[profile.skips, np.zeros(new, np.float32)]
    last_at = np.r_[profile.last_at, np.zeros(new, np.int64)]
    first_at = None if profile.first_at is None else np.r_[profile.first_at, np.full(new, _LATEST)]
    for event in on_tracks:
        place = row[event.target_id]
        counts[place] += event.kind == "PLAY"
        skips[place] += event.kind == "SKIP"
        last_at[place] = max(last_at[place], event.at)
        if first_at is not None:
            first_at[place] = min(first_at[place], event.at)
    ids = np.array(list(row), np.str_)
    order = np.lexsort((ids, last_at))
    return replace(
        profile,
        track_ids=ids[order],
        counts=counts[order],
        skips=skips[order],
        last_at=last_at[order],
        first_at=None if first_at is None else first_at[order],
    )


def _liked(profile: Profile, events: Sequence[Event]) -> Profile:
    new = {event.target_id: event.at for event in sorted(events, key=lambda event: event.at) if event.kind == "LIKE"}
    return replace(profile, liked={**profile.liked, **new}) if new else profile


def _refused(profile: Profile, events: Sequence[Event], as_of: int) -> Profile:
    blocked, disliked = set(profile.blocked), set(profile.disliked)
    for event in sorted(events, key=lambda event: event.at):
        if event.kind in ("DISLIKE", "HATE"):
            disliked.add(event.target_id)
        elif event.kind == "BLOCK":
            holds = event.until is None or event.until > as_of
            (blocked.add if holds else blocked.discard)(event.target_id)
    return replace(profile, blocked=frozenset(blocked), disliked=frozenset(disliked))
