"""Whose events were written lately: a board that all processes of one home share, so that no cache hides an event.

A cache keeps the stamp that it saw before it read, and reads again once the stamp is another. Several listeners share a
place on the board; a change of one costs the others one more read.
"""

from __future__ import annotations

import mmap
import time
from collections.abc import Iterable
from pathlib import Path
from zlib import crc32

PLACES = 4096
_ANYBODY = PLACES
_NEWEST = PLACES + 1
_BYTES = (PLACES + 2) * 8


class Changes:
    """A stamp for each listener, and one for all of them; safe to share between threads and processes."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory  # a view on it would keep the file from being closed
        self._stamps = memoryview(memory).cast("Q")

    @classmethod
    def local(cls) -> Changes:
        """A board of this process alone."""
        return cls(mmap.mmap(-1, _BYTES))

    @classmethod
    def shared(cls, path: Path) -> Changes:
        """The board in a file, made if it is missing.

        Raises:
            OSError: the file cannot be made or mapped.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.truncate(_BYTES)  # what is there stays
            return cls(mmap.mmap(file.fileno(), _BYTES))

    def stamp(self, user_id: str | None = None) -> int:
        """Another number than before once something about the listener, or with None about anybody, was written."""
        return int(self._stamps[_ANYBODY if user_id is None else _place(user_id)])

    def newest(self) -> int:
        """Unix seconds of the newest event that was ever told of here, 0 before the first."""
        return int(self._stamps[_NEWEST])

    def touch(self, user_ids: Iterable[str], newest: int = 0) -> None:
        """Say that something about these listeners was written; called after the log or the graph has it.

        Args:
            user_ids: the listeners.
            newest: unix seconds of the newest event, 0 where it is not known.
        """
        self._stamps[_NEWEST] = max(newest, self._stamps[_NEWEST])
        for place in {*map(_place, user_ids), _ANYBODY}:
            self._stamps[place] = max(time.time_ns(), self._stamps[place] + 1)  # one aligned word: never half-written


def _place(user_id: str) -> int:
    return crc32(user_id.encode()) % PLACES
