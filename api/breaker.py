"""Leaving a Neo4j alone that just failed: apart for what is away, and for each kind of question that takes too long."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import ParamSpec, TypeVar

from graph.errors import GraphError, GraphTimeoutError, GraphUnavailableError

PAUSE_S = 2.0
"""After a failure nothing is asked for this long, and whoever asks fails at once."""
PROBE_S = 30.0
"""After the pause one caller tries; the others go on failing until that one knows, at most for this long."""

P = ParamSpec("P")
T = TypeVar("T")


class Breaker:
    """Lets calls through until one fails in its way, then refuses until one that tries again comes through.

    Args:
        trips: the error that opens it; after any other the graph has answered.
        clock: seconds that never go back.
    """

    def __init__(self, trips: type[GraphError], clock: Callable[[], float]) -> None:
        self._trips = trips
        self._clock = clock
        self._lock = Lock()
        self._until = 0.0
        self._error: GraphError | None = None

    @property
    def error(self) -> GraphError | None:
        """Why the last call failed, or None since one came through."""
        return self._error

    def call(self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask, unless that failed a moment ago or somebody is trying.

        Raises:
            GraphError: what ``ask`` raises, or what the last call raised.
        """
        error = self._refusal()
        if error is not None:
            raise type(error)(str(error))  # a fresh one: tracebacks pile up on an old one
        try:
            answer = ask(*args, **kwargs)
        except Exception as raised:
            self._learn(raised if isinstance(raised, self._trips) else None)
            raise
        self._learn(None)
        return answer

    def _refusal(self) -> GraphError | None:
        """Why this caller may not ask; None for everybody while all is well, then for one caller after each pause."""
        if self._error is None:
            return None
        with self._lock:
            if self._error is None or self._clock() < self._until:
                return self._error
            self._until = self._clock() + PROBE_S
            return None

    def _learn(self, error: GraphError | None) -> None:
        if error is None and self._error is None:
            return
        with self._lock:
            self._error, self._until = error, self._clock() + PAUSE_S


class Breakers:
    """One for a Neo4j that is away, and one per kind of question for those that take too long.

    A verification that was stopped after its time says nothing about profiles: only verifications are paused then.

    Args:
        kinds: the kinds of questions there are.
        clock: seconds that never go back.
    """

    def __init__(self, kinds: tuple[str, ...], clock: Callable[[], float]) -> None:
        self.away = Breaker(GraphUnavailableError, clock)
        self.slow = {kind: Breaker(GraphTimeoutError, clock) for kind in kinds}

    def call(self, kind: str, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask a question of one of the kinds.

        Raises:
            GraphUnavailableError: nothing answers, or nothing did a moment ago, whatever was asked.
            GraphTimeoutError: the answer takes too long, or did a moment ago for a question of this kind.
        """
        return self.slow[kind].call(lambda: self.away.call(ask, *args, **kwargs))
