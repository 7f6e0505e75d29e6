"""What is known of the arms: successes and failures for each surface, segment of listeners and arm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

PRIOR = (1.0, 4.0)
"""Successes and failures that an arm begins with: it must prove itself."""
SEGMENTS = (("new", 0), ("some", 20), ("many", 200))
"""Name -> played tracks from which on a listener belongs to it."""


class Key(NamedTuple):
    """What one posterior is about."""

    surface: str
    segment: str
    arm: str


class Counts(NamedTuple):
    """What was seen of it; fractions where a policy forgets."""

    successes: float
    failures: float


@dataclass(frozen=True, slots=True)
class Posteriors:
    """A moment's knowledge; an arm that it does not name has the prior alone."""

    counts: Mapping[Key, Counts] = field(default_factory=dict)

    def beta(self, surface: str, segment: str, arms: Iterable[str]) -> Doubles:
        """The parameters of the Beta distribution of each arm's success, float64 [k, 2]."""
        none = Counts(0.0, 0.0)
        seen = [self.counts.get(Key(surface, segment, arm), none) for arm in arms]
        return np.array([[PRIOR[0] + one.successes, PRIOR[1] + one.failures] for one in seen]).reshape(-1, 2)


def segment_of(played: int) -> str:
    """The segment of a listener who has played so many tracks."""
    return [name for name, least in SEGMENTS if played >= least][-1]
