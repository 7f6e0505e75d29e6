"""Who computes: one thread of a process at a time, while others wait for the graph.

Python computes in one thread at a time anyway. Left alone, threads take turns every few milliseconds, so that of two
answers begun together both are late; one after the other, the first is there in half the time, the second no later.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local


class Turns:
    """A turn at computing; whoever waits for something else lets others have theirs meanwhile."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._mine = local()

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Wait for a turn, and keep it but for what is ``waiting``."""
        with self._lock:
            self._mine.held = True
            try:
                yield
            finally:
                self._mine.held = False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Give the turn away while waiting for something; nothing happens in a thread that has none."""
        if not getattr(self._mine, "held", False):
            yield
            return
        self._mine.held = False
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()
            self._mine.held = True
