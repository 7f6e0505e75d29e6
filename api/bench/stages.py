"""How long each stage of a long piece of work took, from what it tells of its progress."""

from __future__ import annotations

import time
from collections import defaultdict

from graph.progress import Progress


class TimedStages:
    """Passes progress on, and keeps the time of every stage until the next begins.

    Args:
        progress: told of everything.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._name, self._began = "", time.perf_counter()

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin the named stage, and end the one before."""
        now = time.perf_counter()
        self._seconds[self._name] += now - self._began
        self._name, self._began = name, now
        self._progress.stage(name, total)

    def advance(self, amount: float = 1) -> None:
        """Pass it on."""
        self._progress.advance(amount)

    def seconds(self, name: str) -> float:
        """How long all stages of this name took that have ended; 0 without any."""
        return self._seconds.get(name, 0.0)
