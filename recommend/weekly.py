"""Discover Weekly: thirty unheard tracks per listener and ISO week. The stored list is the answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

import numpy as np
import orjson

from graph.edits import Level, level_of
from graph.errors import InvalidRequestError
from recommend.edits import edited
from recommend.engine import Engine, Reads
from recommend.explain import text
from recommend.explain.reasons import confirmed, steps_of
from recommend.flow import CURVES
from recommend.order import in_flow
from recommend.residence import market_of, zone_of
from recommend.sources.source import Rows
from recommend.taste import tracks_under
from recommend.types import Explanation, ExplanationKind, Fill, Profile, RecommendationSet, RecommendRequest
from recommend.wire import from_json, to_json

TRACKS = 30
RESERVES = 10
"""Stored behind the list: they move up when a block removes a track."""

CURVE = "arc"
REMEMBERED_WEEKS = 12
"""A track of the last twelve lists does not come back."""
MOMENTARY = frozenset({"explanations", "exploration", "rules"})
"""Parts of an answer that fail for a moment: a list that lacks one is given, and not kept for the week."""


@dataclass(frozen=True, slots=True)
class WeeklyTrack:
    """One place of a stored list, as the graph keeps it."""

    track_id: str
    position: int
    score: float
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A list that is to be kept: whose, of which week, the whole answer as JSON, and its places."""

    user_id: str
    week: str
    answer: str
    tracks: Sequence[WeeklyTrack]


class WeeklyStore(Protocol):
    """Where the lists are kept."""

    def stored(self, user_id: str, week: str) -> str | None:
        """The answer kept for this user and week, or None."""

    def earlier_tracks(self, user_id: str, weeks: Sequence[str]) -> frozenset[str]:
        """Ids of the tracks on the lists of these weeks."""

    def keep(
        self, user_id: str, week: str, answer: str, tracks: Sequence[WeeklyTrack], *, created_at: int, replace: bool
    ) -> str:
        """Keep an answer unless there is one already and ``replace`` is False; the kept one is returned."""


def week_at(instant: int, zone: tzinfo) -> str:
    """The ISO week that unix second ``instant`` lies in, such as ``2026-W48``."""
    year, week, _ = datetime.fromtimestamp(instant, zone).isocalendar()
    return f"{year}-W{week:02d}"


def start_of_week(week: str, zone: tzinfo) -> int:
    """Unix seconds of Monday 00:00 of an ISO week; of the first moment of that Monday where clocks leave 00:00 out.

    Raises:
        InvalidRequestError: it is no ISO week.
    """
    found = re.fullmatch(r"(\d{4})-W(\d{2})", week)
    try:
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        monday = None
    if monday is None:
        raise InvalidRequestError(f"{week!r} is no ISO week: write it as 2026-W48")
    return int(datetime.combine(monday, time(), zone).timestamp())


def weeks_before(week: str, count: int) -> list[str]:
    """The ``count`` weeks before a week."""
    monday = datetime.fromtimestamp(start_of_week(week, UTC), UTC)
    days = [monday - timedelta(weeks=back) for back in range(1, count + 1)]
    return [week_at(int(day.timestamp()), UTC) for day in days]


def discover_weekly(
    engine: Engine,
    reads: Reads,
    store: WeeklyStore,
    user_id: str,
    week: str | None,
    *,
    as_of: int,
    regenerate: bool = False,
    curve: str = CURVE,
) -> RecommendationSet:
    """The list of a week: made once, from what was known on its Monday 00:00, and the same from then on.

    One that is empty, or lacks a part that failed for a moment, is not kept.

    Args:
        engine: makes it.
        reads: the listener's profile and the check of the paths.
        store: keeps it.
        user_id: whose.
        week: ISO week; the week of ``as_of`` where None.
        as_of: unix seconds of now.
        regenerate: make it anew and replace the stored one.
        curve: what the energy does over a list that is made, a name of ``recommend.flow.CURVES``.

    Raises:
        NotFoundError: there is no such user.
        InvalidRequestError: no ISO week, one that has not begun, or no such curve.
    """
    if curve not in CURVES:
        raise InvalidRequestError(f"unknown curve {curve!r}: choose one of {', '.join(CURVES)}")
    profile = reads.profile(user_id, as_of)
    zone = zone_of(profile)
    week = week or week_at(as_of, zone)
    monday = start_of_week(week, zone)
    if monday > as_of:
        raise InvalidRequestError(f"week {week} has not begun: ask for {week_at(as_of, zone)} or an earlier one")
    level = level_of(profile.edits)
    if level is Level.OFF:
        return _impersonal(engine, profile, week, curve)
    kept = None if regenerate else store.stored(profile.user_id, week)
    if kept is not None and stored_answer(kept).level is not level:  # it rests on more, or less, than it may
        kept, regenerate = None, True
    if kept is None:
        earlier = store.earlier_tracks(profile.user_id, weeks_before(week, REMEMBERED_WEEKS))
        market = market_of(profile)
        answer = make_week(engine, profile.user_id, week, monday, curve, earlier=earlier, market=market)
        if not answer.items:  # once there is something to discover, it is this week's list
            return answer
        kept = text_of(answer)
        if is_whole(answer):
            kept = store.keep(profile.user_id, week, kept, tracks_of(answer), created_at=as_of, replace=regenerate)
    return _as_of_now(stored_answer(kept), engine, reads, edited(profile, engine.bundle, as_of))


def make_week(
    engine: Engine,
    user_id: str,
    week: str,
    monday: int,
    curve: str,
    profile: Profile | None = None,
    *,
    earlier: frozenset[str],
    market: str | None,
) -> RecommendationSet:
    """The list of a listener's week with its reserves, from what was known on its Monday; nothing is kept.

    Args:
        engine: makes it.
        user_id: whose.
        week: ISO week.
        monday: unix seconds of its beginning in the listener's time zone.
        curve: a name of ``recommend.flow.CURVES``.
        profile: the listener's at that moment, where the caller holds it already.
        earlier: ids of the tracks on their lists of the last ``REMEMBERED_WEEKS``.
        market: for curators' rules that ask.
    """
    request = RecommendRequest(
        user_id, "discover_weekly", TRACKS + RESERVES, as_of=monday, exclude=earlier, market=market
    )
    answer = replace(engine.recommend(request, profile, hurries=False), week=week)
    return in_flow(answer, engine.bundle, TRACKS, curve, seed_of(user_id, week)) if answer.items else answer


def is_whole(answer: RecommendationSet) -> bool:
    """Whether a list is what anybody would make of the same week, and may be kept."""
    return MOMENTARY.isdisjoint(part.component for part in answer.degraded)


def _impersonal(engine: Engine, profile: Profile, week: str, curve: str) -> RecommendationSet:
    """The week's list of those who want no personal answers: one for all, wherever they live, and it is not kept."""
    monday, market = start_of_week(week, UTC), market_of(profile)
    request = RecommendRequest(profile.user_id, "discover_weekly", TRACKS, as_of=monday, market=market)
    answer = replace(engine.recommend(request, profile), week=week)
    return in_flow(answer, engine.bundle, TRACKS, curve, seed_of("", week)) if answer.items else answer


def seed_of(user_id: str, week: str) -> int:
    """What chance is drawn from in a listener's week: the same for whoever makes the list, and whenever."""
    return int.from_bytes(hashlib.sha256(f"{user_id}\n{week}".encode()).digest()[:8], "big")


def text_of(answer: RecommendationSet) -> str:
    """A list as it is kept, in one line."""
    return orjson.dumps(to_json(answer), option=orjson.OPT_SERIALIZE_NUMPY).decode()


def stored_answer(text: str) -> RecommendationSet:
    """The inverse of ``text_of``, without times."""
    return from_json(orjson.loads(text))


def tracks_of(answer: RecommendationSet) -> list[WeeklyTrack]:
    """The places of a list as the graph keeps them, without the reserves."""
    return [
        WeeklyTrack(
            track_id=item.track.id,
            position=item.rank,
            score=item.score,
            source=max(item.contributions, key=lambda name: (item.contributions[name], name)),
            reason=item.explanation.text if item.explanation else "",
        )
        for item in answer.items[:TRACKS]
    ]


def _as_of_now(answer: RecommendationSet, engine: Engine, reads: Reads, profile: Profile) -> RecommendationSet:
    """The stored list without what was blocked since, reserves moved up, every path asked for again."""
    items, lost = answer.items, {}
    for name, rows in _gone(engine, profile).items():
        ids = set(engine.bundle.catalogue.tracks.values[rows].tolist())
        left = tuple(item for item in items if item.track.id not in ids)
        items, lost[name] = left, len(items) - len(left)
    shown = [replace(item, rank=place) for place, item in enumerate(items[:TRACKS], start=1)]
    paths = [path for item in shown if item.explanation for path in item.explanation.paths]
    steps = list(dict.fromkeys(step for path in paths for step in steps_of(path)))
    holds = dict(zip(steps, reads.verify(steps), strict=True)) if steps else {}
    checked = []
    for item in shown:
        if item.explanation and item.explanation.paths:
            held = tuple(confirmed(item.explanation.paths, holds))
            reason = replace(item.explanation, paths=held) if held else _without_path(item.explanation)
            item = replace(item, explanation=reason)
        checked.append(item)
    removed = dict(answer.fill.removed) | {name: count for name, count in lost.items() if count}
    fill = Fill(TRACKS, len(checked), removed, answer.fill.relaxed)
    return replace(answer, items=tuple(checked), fill=fill)


def _gone(engine: Engine, profile: Profile) -> dict[str, Rows]:
    """What may not be shown any more: name of the reason -> tracks."""
    explicit = engine.bundle.catalogue.numbers["explicit"] == 1.0
    return {
        "taken_down": engine.taken_down(),
        "blocked_since": tracks_under(profile.blocked | profile.disliked, engine.bundle),
        "explicit_since": np.flatnonzero(explicit & (not profile.allow_explicit)),
    }


def _without_path(explanation: Explanation) -> Explanation:
    anchor = explanation.paths[0].nodes[1].name
    return Explanation(ExplanationKind.BECAUSE_YOU_PLAYED, text.STRONGEST_PLAY.format(anchor=anchor))
