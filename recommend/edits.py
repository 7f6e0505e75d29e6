"""What a listener's edits make of their profile: what is left of their taste, and what must not be recommended.

An edit acts whenever an answer is made, also one about the past: what is not wanted is not wanted of old plays either.
Worked in twice, the edits give what they give once; taken back, they leave nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from gnn.catalogue import DAY_S
from graph.edits import Edit, EditKind, Level, level_of
from graph.reads import Profile
from recommend.blend import SESSION_S
from recommend.taste import tracks_under

Mask = NDArray[np.bool_]
Seconds = NDArray[np.int64]

BALANCED_DAYS = 90


def edited(profile: Profile, bundle: Bundle, as_of: int) -> Profile:
    """The profile that answers rest on.

    Args:
        profile: as it was read; returned as it is where nothing was edited.
        bundle: knows which tracks are an artist's, a genre's, a playlist's.
        as_of: unix seconds of the answer.

    Returns:
        What is out of the taste and was heard has a count of 0; what the level hides is not there at all.
    """
    if not profile.edits:
        return profile
    refused = refused_by(profile.edits, as_of)
    profile = _without(_at_level(_outside(profile, hidden_periods(profile.edits)), as_of), bundle)
    followed_artists = profile.followed_artists - _of(profile.edits, EditKind.MUTE)
    return replace(profile, blocked=profile.blocked | refused, followed_artists=followed_artists)


def may_try(profile: Profile) -> bool:
    """Whether lists may try something out: OFF and LIGHT do not allow what is remembered of trials to be known."""
    return level_of(profile.edits) in (Level.BALANCED, Level.DEEP)


def hidden_periods(edits: Sequence[Edit]) -> list[tuple[int, int]]:
    """The periods whose plays are in no taste, each from its first second to the one after its last."""
    ends = [edit for edit in edits if edit.kind is EditKind.END_PRIVATE_SESSION]
    found = []
    for edit in edits:
        if edit.kind in (EditKind.EXCLUDE_PERIOD, EditKind.PRIVATE_SESSION):
            assert edit.since is not None
            assert edit.until is not None
            is_session = edit.kind is EditKind.PRIVATE_SESSION
            until = min([edit.until, *(end.at for end in ends if is_session and end.number > edit.number)])
            found.append((edit.since, until))
    return found


def refused_by(edits: Iterable[Edit], as_of: int) -> frozenset[str]:
    """Ids of what must not be recommended for these edits."""
    return _ids(edit for edit in edits if _refuses(edit, as_of))


def _refuses(edit: Edit, as_of: int) -> bool:
    """Whether what the edit is about must not be recommended."""
    if edit.kind is EditKind.BLOCK:
        return edit.until is None or edit.until > as_of
    return edit.kind is EditKind.MUTE


def _of(edits: Iterable[Edit], *kinds: EditKind) -> frozenset[str]:
    return _ids(edit for edit in edits if edit.kind in kinds)


def _ids(edits: Iterable[Edit]) -> frozenset[str]:
    return frozenset(id for edit in edits for id in edit.ids)


def _firsts(profile: Profile) -> Seconds:
    """When each track was first played, as far as it is known."""
    return profile.last_at if profile.first_at is None else profile.first_at


def _at_level(profile: Profile, as_of: int) -> Profile:
    """What the listener allows to be known."""
    level = level_of(profile.edits)
    if level is Level.OFF:
        return replace(
            Profile.empty(profile.user_id),
            blocked=profile.blocked,
            allow_explicit=profile.allow_explicit,
            time_zone=profile.time_zone,
            country=profile.country,
            applied=profile.applied,
            edits=profile.edits,
        )
    if level is Level.BALANCED:
        since = as_of - BALANCED_DAYS * DAY_S
        recent = kept(profile, profile.last_at > since)
        # Of a track played before and after only the last play is known for certain to lie in the period.
        return replace(recent, counts=np.where(_firsts(recent) > since, recent.counts, np.minimum(recent.counts, 1)))
    if level is Level.LIGHT:
        return replace(_with_liked(kept(profile, profile.last_at > as_of - SESSION_S)), followed=())
    return profile


def kept(profile: Profile, chosen: Mask | Seconds) -> Profile:
    """Some of the plays, by mask or by place, as if there were no others."""
    return replace(
        profile,
        track_ids=profile.track_ids[chosen],
        counts=profile.counts[chosen],
        last_at=profile.last_at[chosen],
        skips=profile.skips[chosen],
        first_at=None if profile.first_at is None else profile.first_at[chosen],
    )


def _with_liked(profile: Profile) -> Profile:
    """What the listener said that they like counts as one play at least, whenever it was said."""
    heard = set(profile.track_ids[profile.counts > 0].tolist())
    liked = sorted(set(profile.liked) - heard)
    if not liked:
        return profile
    others = kept(profile, ~np.isin(profile.track_ids, liked))
    at = np.array([profile.liked[id] for id in liked], np.int64)
    ids = np.concatenate([others.track_ids, np.array(liked, np.str_)])
    last_at = np.concatenate([others.last_at, at])
    whole = replace(
        others,
        track_ids=ids,
        counts=np.concatenate([others.counts, np.ones(len(liked), np.float32)]),
        last_at=last_at,
        skips=np.concatenate([others.skips, np.zeros(len(liked), np.float32)]),
        first_at=np.concatenate([_firsts(others), at]),
    )
    return kept(whole, np.lexsort((ids, last_at)))


def _outside(profile: Profile, periods: Sequence[tuple[int, int]]) -> Profile:
    """The profile without what was played in these periods.

    Of a track the first and the last play are known, and how many there were. One that was played inside and outside
    counts once, at the time of the play outside.
    """
    for since, until in periods:
        first_at, last_at = _firsts(profile), profile.last_at
        first_in, last_in = _between(first_at, since, until), _between(last_at, since, until)
        if not (first_in | last_in).any():
            continue
        counts = np.where(first_in & last_in, 0, profile.counts)
        counts = np.where(first_in ^ last_in, np.minimum(counts, 1), counts).astype(np.float32)
        moved = np.where(last_in & ~first_in, first_at, last_at)
        order = np.lexsort((profile.track_ids, moved))
        first_at = np.where(first_in & ~last_in, last_at, first_at)
        profile = kept(replace(profile, counts=counts, last_at=moved, first_at=first_at), order)
    return profile


def _between(times: Seconds, since: int, until: int) -> Mask:
    return np.asarray((times >= since) & (times < until))


def _without(profile: Profile, bundle: Bundle) -> Profile:
    """The profile with what is muted or excluded heard, and of no weight."""
    out = tracks_under(_of(profile.edits, EditKind.MUTE, EditKind.EXCLUDE), bundle)
    if not len(out):
        return profile
    rows = bundle.catalogue.tracks.rows(profile.track_ids)
    return replace(profile, counts=np.where(np.isin(rows, out), 0, profile.counts).astype(np.float32))
