"""The graph as a long-lived process reads it: profiles remembered for seconds, no waiting for a Neo4j that is away."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import ParamSpec, TypeVar

from api.changes import Changes
from graph.errors import GraphError, GraphTimeoutError, GraphUnavailableError
from graph.reads import GraphReads, Profile, Step

FRESH_S = 5.0
"""A profile is read again after this long, so that events which another machine wrote are seen."""
REMEMBERED = 1000
"""Profiles kept; the last known one serves while Neo4j is away."""
PAUSE_S = 2.0
"""After a failure Neo4j is left alone for this long, and everything that needs it fails at once."""

P = ParamSpec("P")
T = TypeVar("T")


class Breaker:
    """Lets calls through until one fails for want of an answer, then refuses for ``PAUSE_S`` seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until = 0.0
        self._error: GraphError | None = None

    @property
    def error(self) -> GraphError | None:
        """Why the last call failed, or None since one came through."""
        return self._error

    def call(self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask, unless the last question failed a moment ago.

        Raises:
            GraphUnavailableError: nothing answers, or nothing did a moment ago.
            GraphTimeoutError: the answer takes too long, or did a moment ago.
        """
        if self._error is not None and self._clock() < self._until:
            raise type(self._error)(str(self._error))  # a fresh one: tracebacks pile up on an old one
        try:
            answer = ask(*args, **kwargs)
        except (GraphUnavailableError, GraphTimeoutError) as error:
            self._error, self._until = error, self._clock() + PAUSE_S
            raise
        self._error = None
        return answer


@dataclass(frozen=True, slots=True, eq=False)
class _Remembered:
    profile: Profile
    as_of: int
    read_at: float
    stamp: int


class GuardedReads:
    """What the engine asks of the graph, through one breaker; safe to share between threads.

    Args:
        reads: the graph.
        clock: seconds that never go back.
        changes: whose events were written, by this process or another.
    """

    def __init__(
        self, reads: GraphReads, *, clock: Callable[[], float] = time.monotonic, changes: Changes | None = None
    ) -> None:
        self._reads = reads
        self._clock = clock
        self._changes = changes or Changes.local()
        self._known: OrderedDict[str, _Remembered] = OrderedDict()
        self._lock = Lock()
        self.breaker = Breaker(clock)

    def profile(self, user_id: str, as_of: int) -> Profile:
        """What the graph knows of a listener, always asked. Raises as ``GraphReads.profile``."""
        return self.breaker.call(self._reads.profile, user_id, as_of)

    def verify(self, steps: Sequence[Step]) -> list[bool]:
        """Whether the graph holds each step. Raises as ``GraphReads.verify``."""
        return self.breaker.call(self._reads.verify, steps)

    def newest_event(self) -> int:
        """Unix seconds of the newest event. Raises as ``GraphReads.newest_event``."""
        return self.breaker.call(self._reads.newest_event)

    def recent_profile(self, user_id: str, as_of: int) -> Profile:
        """A listener as known now, at most ``FRESH_S`` seconds old. Raises as ``GraphReads.profile``."""
        with self._lock:
            known = self._known.get(user_id)
        if known is not None and self._is_fresh(known, as_of):
            return known.profile
        stamp = self._changes.stamp(user_id)  # before reading: what is written meanwhile makes it stale
        profile = self.profile(user_id, as_of)
        by_own_id = profile.user_id == user_id  # events name nobody by another source's id
        with self._lock:
            self._known[user_id] = _Remembered(profile, as_of, self._clock() if by_own_id else -FRESH_S, stamp)
            self._known.move_to_end(user_id)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return profile

    def last_profile(self, user_id: str) -> Profile | None:
        """A listener as last read, however long ago."""
        with self._lock:
            known = self._known.get(user_id)
        return None if known is None else known.profile

    def forget(self, user_ids: Collection[str]) -> None:
        """Let every process read these listeners again when next asked: something about them was written."""
        self._changes.touch(user_ids)

    def _is_fresh(self, known: _Remembered, as_of: int) -> bool:
        return (
            known.as_of <= as_of <= known.as_of + FRESH_S
            and self._clock() - known.read_at <= FRESH_S
            and self._changes.stamp(known.profile.user_id) == known.stamp
        )
