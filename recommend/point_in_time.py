"""What the features of candidates were at moments of the past: from arrays, by the code that serving runs.

A listener's plays are cut at the moment. The catalogue and the models are those of the bundle, known until its
watermark: a moment before it is scored by a catalogue that knows more than it should, as in every table of this kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from graph.arrays import Ids, Links, Rows
from graph.errors import NotEnoughDataError
from graph.past import known_at
from recommend.learn import Example, example
from recommend.surfaces import BY_NAME
from recommend.taste import Taste, history_of


@dataclass(frozen=True, slots=True)
class Moment:
    """A listener at a time: their row among the users of the graph, and unix seconds."""

    user_row: int
    at: int


@dataclass(frozen=True, slots=True)
class SampleConfig:
    """Which moments are drawn.

    Attributes:
        users: listeners, at most.
        instants: moments of each, at most: times at which they had just played something.
        seed: of both.
    """

    users: int = 100
    instants: int = 1
    seed: int = 0


class Past:
    """The listeners of a graph at any moment, as a bundle knows them.

    Args:
        bundle: scores.
        users: the listeners.
        tracks: of the plays; a bundle that does not know one of them leaves its plays out.
        played: user -> track with ``count``, ``firstAt`` and ``lastAt``; what was only ever skipped is no play.
    """

    def __init__(self, bundle: Bundle, users: Ids, tracks: Ids, played: Links) -> None:
        self.bundle, self.users = bundle, users
        listened = played.select(np.asarray(played.columns["count"].astype(np.int64) > 0))
        self._played = listened.select(np.argsort(listened.source_row, kind="stable"))
        self._row = bundle.catalogue.tracks.rows(tracks.values)  # of each track of the graph in the bundle

    def moments(self, as_of: int, config: SampleConfig) -> list[Moment]:
        """Moments drawn at random, none after ``as_of``, ascending by user and time.

        Raises:
            NotEnoughDataError: nobody had played anything by then.
        """
        rng = np.random.default_rng(config.seed)
        listeners = np.unique(known_at(self._played, as_of).source_row)
        if not len(listeners):
            raise NotEnoughDataError(f"nobody had played anything by {as_of}: give a later moment")
        chosen = np.sort(rng.permutation(listeners)[: config.users])
        found = []
        for user in chosen.tolist():
            known = known_at(self._of(user), as_of).columns["lastAt"].astype(np.int64)
            drawn = np.sort(rng.permutation(np.unique(known))[: config.instants])
            found += [Moment(user, at) for at in drawn.tolist()]
        return found

    def taste(self, moment: Moment) -> Taste:
        """The listener as they were at the moment."""
        known = known_at(self._of(moment.user_row), moment.at)
        rows = self._row[known.target_row]
        there = rows >= 0
        counts = known.columns["count"][there].astype(np.float32)
        times = known.columns["lastAt"][there].astype(np.int64)
        return Taste(self.bundle, history_of(rows[there], counts, times), moment.at)

    def examples(self, moments: list[Moment]) -> Iterator[tuple[Moment, Example]]:
        """The candidates of each moment with their features, and which of them were played for the first time later."""
        for moment in moments:
            yield moment, example(self.taste(moment), self._later(moment), BY_NAME["home"])

    def _of(self, user_row: int) -> Links:
        start, end = np.searchsorted(self._played.source_row, [user_row, user_row + 1])
        return self._played.select(np.arange(start, end))

    def _later(self, moment: Moment) -> Rows:
        own = self._of(moment.user_row)
        rows = self._row[own.target_row[own.columns["firstAt"].astype(np.int64) > moment.at]]
        later: NDArray[np.int64] = np.unique(rows[rows >= 0])
        return later
