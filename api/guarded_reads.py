"""The graph as a long-lived process reads it: profiles remembered for seconds, no waiting for a Neo4j that is away."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import ParamSpec, TypeVar

from api.breaker import Breaker, Breakers
from api.changes import Changes
from api.turns import Turns
from graph.edits import Level, level_of
from graph.reads import GraphReads, Profile, Step
from ingest.events import Event
from ingest.tail import blocked_since, overlaid

FRESH_S = 5.0
"""A profile is read again after this long, so that events which another machine wrote are seen."""
REMEMBERED = 1000
"""Profiles kept; the last known one serves while Neo4j is away."""
EDITORS = ""
"""Nobody's id: its stamp on the board changes with every edit of anybody's taste profile."""
KINDS = ("profile", "verify", "newest_event", "browse", "search")
"""The questions that are paused apart when they take too long."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class _Remembered:
    found: Profile
    profile: Profile
    as_of: int
    read_at: float
    stamp: int


@dataclass(frozen=True, slots=True)
class _Unpersonal:
    """Who wants no personal answers, when that was read, and at which stamp of the board."""

    user_ids: frozenset[str]
    read_at: float
    stamp: int


class GuardedReads:
    """What the engine and the pages ask of the graph, through breakers; safe to share between threads.

    Args:
        reads: the graph.
        clock: seconds that never go back.
        changes: whose events were written, by this process or another.
        pending: a listener's events that a profile does not know yet.
    """

    def __init__(
        self,
        reads: GraphReads,
        *,
        clock: Callable[[], float] = time.monotonic,
        changes: Changes | None = None,
        pending: Callable[[Profile], Sequence[Event]] = lambda profile: (),
    ) -> None:
        self._reads = reads
        self._pending = pending
        self._clock = clock
        self._changes = changes or Changes.local()
        self._known: OrderedDict[str, _Remembered] = OrderedDict()
        self._unpersonal: _Unpersonal | None = None
        self._lock = Lock()
        self._breakers = Breakers(KINDS, clock)
        self.turns = Turns()

    @property
    def breaker(self) -> Breaker:
        """The one that opens when Neo4j is away."""
        return self._breakers.away

    def ask(self, kind: str, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask a question of one of ``KINDS`` that has no method here. Raises as ``Breakers.call``."""
        with self.turns.waiting():
            return self._breakers.call(kind, ask, *args, **kwargs)

    def profile(self, user_id: str, as_of: int, *, firsts: bool = False) -> Profile:
        """What is known of a listener, always asked. Raises as ``GraphReads.profile``."""
        return self._with_pending(self._asked(user_id, as_of, firsts), as_of)

    def verify(self, steps: Sequence[Step]) -> list[bool]:
        """Whether the graph holds each step. Raises as ``GraphReads.verify``."""
        return self.ask("verify", self._reads.verify, steps)

    def newest_event(self) -> int:
        """Unix seconds of the newest event. Raises as ``GraphReads.newest_event``."""
        return self.ask("newest_event", self._reads.newest_event)

    def recent_profile(self, user_id: str, as_of: int) -> Profile:
        """A listener as known now, at most ``FRESH_S`` seconds old. Raises as ``GraphReads.profile``."""
        with self._lock:
            known = self._known.get(user_id)
        if known is not None and self._is_fresh(known, as_of):
            return known.profile
        stamp = self._changes.stamp(user_id)  # before reading: what is written meanwhile makes it stale
        found = self._asked(user_id, as_of)
        profile = self._with_pending(found, as_of)
        by_own_id = profile.user_id == user_id  # events name nobody by another source's id
        with self._lock:
            self._known[user_id] = _Remembered(found, profile, as_of, self._clock() if by_own_id else -FRESH_S, stamp)
            self._known.move_to_end(user_id)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return profile

    def last_profile(self, user_id: str, as_of: int) -> Profile | None:
        """A listener as last read, however long ago, and what the log knows since; None where neither knows them.

        None as well where they may want no personal answers by now, and Neo4j cannot be asked.
        """
        with self._lock:
            known, unpersonal = self._known.get(user_id), self._unpersonal
        is_fresh = unpersonal is not None and unpersonal.stamp == self._changes.stamp(EDITORS)
        told = unpersonal.user_ids if unpersonal is not None and is_fresh else None
        if known is None and (told is None or user_id in told):
            return None
        if known is not None and told is None and known.stamp != self._changes.stamp(known.profile.user_id):
            return None  # what was written may be that they want no personal answers
        profile = self._with_pending(Profile.empty(user_id) if known is None else known.found, as_of)
        return None if known is None and not len(profile.track_ids) else profile

    def _asked(self, user_id: str, as_of: int, firsts: bool = False) -> Profile:
        """The profile as the graph has it, without anything that a listener did who does not want that."""
        unpersonal = self._unpersonal_ids()
        return self.ask("profile", self._reads.profile, user_id, as_of, unpersonal=unpersonal, firsts=firsts)

    def _with_pending(self, found: Profile, as_of: int) -> Profile:
        """The profile with the listener's events that the graph does not know."""
        laid = blocked_since if level_of(found.edits) is Level.OFF else overlaid
        return laid(found, self._pending(found), as_of)

    def _unpersonal_ids(self) -> frozenset[str]:
        """Who wants no personal answers; read again after ``FRESH_S``, and after every edit. Raises as ``ask``."""
        with self._lock:
            known = self._unpersonal
        stamp = self._changes.stamp(EDITORS)  # before reading
        if known is not None and known.stamp == stamp and self._clock() - known.read_at <= FRESH_S:
            return known.user_ids
        user_ids = self.ask("profile", self._reads.unpersonal)
        with self._lock:
            self._unpersonal = _Unpersonal(user_ids, self._clock(), stamp)
        return user_ids

    def _is_fresh(self, known: _Remembered, as_of: int) -> bool:
        return (
            known.as_of <= as_of <= known.as_of + FRESH_S
            and self._clock() - known.read_at <= FRESH_S
            and self._changes.stamp(known.profile.user_id) == known.stamp
        )
