"""What a listener did that the graph does not know yet: the end of the log, laid over the profile.

So the next answer shows an event as soon as it is durable, whether or not anybody applies events just then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from graph.reads import Profile
from ingest.events import ON_TRACKS, Event


def overlaid(profile: Profile, events: Sequence[Event], as_of: int) -> Profile:
    """The profile as it will be read at ``as_of`` once these events are applied.

    Args:
        profile: as the graph has it.
        events: the listener's, in the order of the log, none of them applied.
        as_of: unix seconds; later events are not seen.
    """
    seen = list({event.id: event for event in events if event.at <= as_of}.values())
    return profile if not seen else _refused(_played(profile, seen), seen, as_of)


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
    for event in on_tracks:
        place = row[event.target_id]
        counts[place] += event.kind == "PLAY"
        skips[place] += event.kind == "SKIP"
        last_at[place] = max(last_at[place], event.at)
    ids = np.array(list(row), np.str_)
    order = np.lexsort((ids, last_at))
    return replace(profile, track_ids=ids[order], counts=counts[order], skips=skips[order], last_at=last_at[order])


def _refused(profile: Profile, events: Sequence[Event], as_of: int) -> Profile:
    blocked, disliked = set(profile.blocked), set(profile.disliked)
    for event in sorted(events, key=lambda event: event.at):
        if event.kind in ("DISLIKE", "HATE"):
            disliked.add(event.target_id)
        elif event.kind == "BLOCK":
            holds = event.until is None or event.until > as_of
            (blocked.add if holds else blocked.discard)(event.target_id)
    return replace(profile, blocked=frozenset(blocked), disliked=frozenset(disliked))
