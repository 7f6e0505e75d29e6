"""How much of a list is tried out, by surface and listener; and where in it the trials stand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

LEAST, MOST = 0.05, 0.5
FIRST, APART = 3, 5
"""Never in the first three places; from one trial to the next at least four tracks of the list."""


@dataclass(frozen=True, slots=True)
class Curiosity:
    """What is known of how a listener takes to what is new.

    Attributes:
        age_days: since the first play; None where unknown.
        diversity: normalised entropy of the genres played, 0 to 1; None where unknown.
        success: share of the trials that went well; None where there were too few.
    """

    age_days: float | None = None
    diversity: float | None = None
    success: float | None = None


def rate_for(base: float, who: Curiosity) -> float:
    """The surface's rate times what the listener is like, between ``LEAST`` and ``MOST``; 0 stays 0."""
    if base <= 0:
        return 0.0
    rate = base
    if who.age_days is not None and who.age_days < 30:
        rate *= 1.3
    if who.diversity is not None:
        rate *= 1.2 if who.diversity > 0.7 else 0.7 if who.diversity < 0.3 else 1.0
    if who.success is not None:
        rate *= 1.1 if who.success > 0.3 else 0.8 if who.success < 0.1 else 1.0
    return min(max(rate, LEAST), MOST)


def places(n: int) -> list[int]:
    """Where trials may stand in a list of n, counted from 0: the 4th, 9th, 14th place and so on."""
    return list(range(FIRST, n, APART))


def shares(rate: float, n: int, rng: np.random.Generator) -> tuple[int, int]:
    """How many tracks are injected as trials, and how many more the mix of candidates owes.

    What is no whole track is one with that probability, so that both shares hold over many lists.
    """
    wanted = rate * n
    injected = min(wanted, float(len(places(n))))
    return _whole(injected, rng), _whole(wanted - injected, rng)


def _whole(value: float, rng: np.random.Generator) -> int:
    return math.floor(value) + int(rng.random() < value - math.floor(value))
