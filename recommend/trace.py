"""What is kept of how a list came about: the candidates with their scores, the choice, and the time of each stage."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from recommend.blend import Blend
from recommend.diversity import Choice
from recommend.filters import Question
from recommend.ranker import Ranker
from recommend.sources.source import Floats, Rows
from recommend.surfaces import surface_named
from recommend.types import Profile, RecommendRequest, SourceReport


@dataclass(slots=True)
class Stopwatch:
    """Milliseconds per stage."""

    stages: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> float:
        """Book the time since the last lap on ``stage``."""
        now = time.perf_counter()
        spent, self._last = (now - self._last) * 1e3, now
        self.stages[stage] = self.stages.get(stage, 0.0) + spent
        return spent


@dataclass(frozen=True, eq=False)
class Pool:
    """The scored candidates that passed the filters, in order of row.

    Attributes:
        rows: int64 [m].
        features: float32 [m, len(FEATURES)].
        scores: float32 [m].
        removed: filter -> tracks it removed.
        sources: what each source did.
    """

    rows: Rows
    features: Floats
    scores: Floats
    removed: Mapping[str, int]
    sources: tuple[SourceReport, ...]


@dataclass(frozen=True, eq=False)
class Trace:
    """How a list came about, up to its order; what answers, and what explains why something is not in them, both read.

    Attributes:
        request: what was asked.
        profile: of whom.
        blend: the tastes that scored.
        ranker: what made scores of their features.
        question: what the filters knew.
        pool: the candidates.
        choice: which of them make the list.
        relaxed: the rules that had to give way.
    """

    request: RecommendRequest
    profile: Profile
    blend: Blend
    ranker: Ranker
    question: Question
    pool: Pool
    choice: Choice
    relaxed: tuple[str, ...]

    @property
    def max_per_artist(self) -> int:
        """The cap that was asked for."""
        return self.request.max_per_artist or surface_named(self.request.surface).max_per_artist
