"""A thread of a serving process that follows the registry, so that no request waits for a model to be loaded."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from graph.errors import PhonographError

EVERY_S = 0.5

_log = logging.getLogger(__name__)


class ModelWatch:
    """Looks again and again until it is stopped.

    Args:
        looks: what is called each time, in order.
        every_s: seconds between two looks.
    """

    def __init__(self, *looks: Callable[[], None], every_s: float = EVERY_S) -> None:
        self._looks = looks
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="model-watch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look that runs."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            for look in self._looks:
                try:
                    look()
                except PhonographError as error:
                    _log.warning("the registry cannot be followed: %s", error)
                except Exception:  # whatever it was, the next version must be noticed
                    _log.exception("a look at the registry failed")
