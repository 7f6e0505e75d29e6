"""A thread of a serving process that moves events from the log into the graph, in one process of the home at a time.

Whoever holds the lock applies; when that process ends, however it ends, another takes over within a second.
"""

from __future__ import annotations

import fcntl
import logging
import threading
from pathlib import Path
from typing import IO

from graph.errors import PhonographError
from ingest.consumer import Consumer

WAIT_S = 1.0
"""How long one poll waits, and how often the others ask for the lock."""
LONGEST_WAIT_S = 10.0
"""Between two tries while the graph or the log is away."""

_log = logging.getLogger(__name__)


class Applier:
    """Applies events until it is stopped.

    Args:
        consumer: this thread's own.
        lock: the file whose holder applies; None where nobody else could.
    """

    def __init__(self, consumer: Consumer, lock: Path | None = None) -> None:
        self._consumer = consumer
        self._lock = lock
        self._held: IO[bytes] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="applier", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the batch that is being applied."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._held is not None:
            self._held.close()  # and with it the lock

    def _run(self) -> None:
        pause = WAIT_S
        while not self._stop.is_set():
            if not self._has_lock():
                self._stop.wait(WAIT_S)
                continue
            try:
                self._consumer.step(WAIT_S)
                pause = WAIT_S
            except PhonographError as error:
                _log.warning("events wait: %s", error)
                self._stop.wait(pause)
                pause = min(2 * pause, LONGEST_WAIT_S)

    def _has_lock(self) -> bool:
        if self._lock is None or self._held is not None:
            return True
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        file = self._lock.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._held = file
        return True
