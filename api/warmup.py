"""Lets Neo4j plan what the service will ask before a listener has to wait for it: a plan costs 0.1 to 0.7 s."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Thread

from graph.browse import GraphBrowse
from graph.errors import GraphError, GraphTimeoutError, NotFoundError
from graph.reads import GraphReads, Step
from graph.store import GraphStore
from graph.weekly import WeeklyPlaylists
from recommend.weekly import REMEMBERED_WEEKS

NOBODY = "phonograph:warm-up"
"""An id that nothing has: the plan is what matters, and nothing is read for it."""
SIZES = (1, 2, 11, 101)
"""One list length of each class for which Neo4j plans anew: one, up to ten, up to a hundred, more."""
AT_ONCE = 2
TRIES = 5
"""A server that has just started plans so slowly that a question may run out of its time; the next try is faster."""

_log = logging.getLogger(__name__)

Question = Callable[[], object]


def warm(store: GraphStore) -> int:
    """Ask everything that an answer is made of, about nobody; nothing is written.

    Returns:
        How many questions were asked.

    Raises:
        GraphError: Neo4j is absent, refuses, or takes too long.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return len(list(pool.map(_ask, (*_core(store), *_pages(store)))))


def _ask(question: Question) -> None:
    for left in reversed(range(TRIES)):
        try:
            question()
        except NotFoundError:
            return
        except GraphTimeoutError:
            if not left:
                raise
        else:
            return


def _core(store: GraphStore) -> Iterator[Question]:
    """What recommendations and Discover Weekly read."""
    reads, playlists = GraphReads(store), WeeklyPlaylists(store)
    step = Step("User", NOBODY, "PLAYED", "Track", NOBODY)
    yield reads.newest_event
    yield reads.unpersonal
    yield partial(reads.profile, NOBODY, 1)
    yield partial(reads.profile, NOBODY, 1, unpersonal={NOBODY})
    for size in SIZES:
        yield partial(reads.verify, [step] * size)
    yield partial(playlists.stored, NOBODY, "2026-W01")
    yield partial(playlists.earlier_tracks, NOBODY, ["2026-W01"] * REMEMBERED_WEEKS)


def _pages(store: GraphStore) -> Iterator[Question]:
    """What the other fields of the API read: nodes by their ids, first and later pages of lists, searches."""
    reads, browse = GraphReads(store), GraphBrowse(store)
    for size in SIZES[:-1]:  # no more than a hundred ids go into one statement
        for by_id in (browse.tracks, browse.artists, browse.genres, browse.playlists, browse.users):
            yield partial(by_id, [NOBODY] * size)
    for after in (None, (1, NOBODY)):
        for listed in (browse.artist_tracks, browse.genre_tracks, browse.playlist_tracks, browse.history):
            yield partial(listed, NOBODY, 1, after)
        yield partial(browse.all_genres, 1, after)
    yield partial(browse.genre_called, NOBODY)
    yield partial(browse.track_of_isrc, NOBODY)
    yield partial(reads.search, NOBODY)
    yield partial(reads.search, NOBODY, ("Track",))


class WarmUp:
    """The warm-up of one serving process: beside the first requests, not before them.

    Args:
        store: the graph.
    """

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._thread = Thread(target=self._run, name="warm-up", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether it has ended; also where Neo4j went away meanwhile, since answers go on without."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def _run(self) -> None:
        try:
            warm(self._store)
        except GraphError as error:
            _log.warning("not warm: %s", error)
