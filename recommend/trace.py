"""What is kept of how a list came about: the candidates with their scores, the choice, and the time of each stage."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from recommend.diversity import Choice
from recommend.filters import Question
from recommend.scorer import Scored, Scorer
from recommend.sources.source import Rows
from recommend.surfaces import surface_named
from recommend.types import Degradation, ExplorationReport, Profile, RecommendRequest, SourceReport, Trial


@dataclass(slots=True)
class Stopwatch:
    """Milliseconds per stage.

    Attributes:
        hurries: whether a list may be late; one that is kept for a week may not differ with the machine's load.
    """

    stages: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)
    hurries: bool = False

    @property
    def elapsed(self) -> float:
        """Milliseconds that were booked."""
        return sum(self.stages.values())

    def is_late(self, by_ms: float) -> bool:
        """Whether more time was booked than a list has that somebody waits for."""
        return self.hurries and self.elapsed > by_ms

    def lap(self, stage: str) -> float:
        """Book the time since the last lap on ``stage``."""
        now = time.perf_counter()
        spent, self._last = (now - self._last) * 1e3, now
        self.stages[stage] = self.stages.get(stage, 0.0) + spent
        return spent


@dataclass(frozen=True, eq=False)
class Pool(Scored):
    """The scored candidates that passed the filters, in order of row.

    Attributes:
        removed: filter -> tracks it removed.
        sources: what each source did.
    """

    removed: Mapping[str, int]
    sources: tuple[SourceReport, ...]

    @classmethod
    def of(cls, found: Scored, removed: Mapping[str, int], sources: tuple[SourceReport, ...]) -> Pool:
        """Scored tracks as candidates."""
        return cls(found.rows, found.features, found.scores, found.added, removed, sources)


@dataclass(frozen=True, eq=False)
class Trace:
    """How a list came about, up to its order; what answers, and what explains why something is not in them, both read.

    Attributes:
        request: what was asked.
        profile: of whom.
        scorer: what scored.
        question: what the filters knew.
        pool: the candidates.
        choice: which of them make the list.
        relaxed: the rules that had to give way.
        trials: row -> what tries it out, of the list's tracks.
        pinned: row -> the rule that put it into its place.
        exploration: how much is tried out; None where nothing may be.
        degraded: what did not do its work on the way.
    """

    request: RecommendRequest
    profile: Profile
    scorer: Scorer
    question: Question
    pool: Pool
    choice: Choice
    relaxed: tuple[str, ...]
    trials: Mapping[int, Trial] = field(default_factory=dict)
    pinned: Mapping[int, str] = field(default_factory=dict)
    exploration: ExplorationReport | None = None
    degraded: tuple[Degradation, ...] = ()

    @property
    def removed(self) -> dict[str, int]:
        """What each filter removed; of a short list also all that was heard, which most sources do not nominate."""
        removed = dict(self.pool.removed) | self.choice.removed
        heard = len(self.question.resting_rows)
        if heard and len(self.choice.places) < self.request.n:
            removed["played"] = heard
        return removed

    @property
    def max_per_artist(self) -> int:
        """The cap that was asked for."""
        return self.request.max_per_artist or surface_named(self.request.surface).max_per_artist


def with_rows(found: Trace, rows: Rows, scored: Scored | None = None) -> Trace:
    """The trace with another list, int64 [n]; its new tracks stand behind the other candidates.

    Args:
        found: the trace.
        rows: the list.
        scored: what is scored already, where it holds every new track; else they are scored here.
    """
    pool = found.pool
    places = _places(pool.rows, rows)
    new = rows[places < 0]
    if len(new):
        more = found.scorer.score(new) if scored is None else scored.at(_places(scored.rows, new))
        places[places < 0] = len(pool.rows) + np.arange(len(new))
        pool = _joined(pool, more)
    return replace(found, pool=pool, choice=Choice(places, found.choice.removed))


def _places(among: Rows, rows: Rows) -> Rows:
    """Where each row stands among others that hold each once, int64 [n]; -1 for one that is not there."""
    if not len(among):
        return np.full(len(rows), -1, np.int64)
    order = np.argsort(among)
    at = order[np.minimum(np.searchsorted(among, rows, sorter=order), len(among) - 1)]
    return np.where(among[at] == rows, at, -1)


def _joined(pool: Pool, more: Scored) -> Pool:
    added = {name: np.concatenate([values, more.added[name]]) for name, values in pool.added.items()}
    both = Scored(
        np.concatenate([pool.rows, more.rows]),
        np.concatenate([pool.features, more.features]),
        np.concatenate([pool.scores, more.scores]),
        added,
    )
    return Pool.of(both, pool.removed, pool.sources)
