"""The thread that follows the registry outlives whatever happens to one of its looks."""

from __future__ import annotations

import threading

from api.model_watch import ModelWatch


def test_the_watch_goes_on_after_a_look_that_failed():
    seen = threading.Event()
    looks = iter([ZeroDivisionError("a bug"), None])

    def look():
        found = next(looks, None)
        if found is not None:
            raise found
        seen.set()

    watch = ModelWatch(look, every_s=0.01)
    watch.start()
    try:
        assert seen.wait(10)
    finally:
        watch.stop()
