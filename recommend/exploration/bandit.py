"""The seam to whatever remembers trials: what is known at a moment, and what was shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from recommend.exploration.posteriors import Posteriors


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What trials have taught until a moment.

    Attributes:
        posteriors: of the arms.
        success: share of the listener's own trials that went well; None where there were too few.
    """

    posteriors: Posteriors = field(default_factory=Posteriors)
    success: float | None = None


@dataclass(frozen=True, slots=True)
class ShownTrial:
    """A trial in a list that was given out."""

    set_id: str
    user_id: str
    track_id: str
    surface: str
    segment: str
    arm: str
    chance: float
    propensity: float
    rank: int
    at: int


class Bandit(Protocol):
    """Remembers trials and what became of them; safe to share between threads."""

    def knowledge(self, user_id: str, as_of: int) -> Knowledge:
        """What was known at ``as_of``, unix seconds. Raises BanditError."""

    def show(self, trials: Sequence[ShownTrial]) -> None:
        """Remember what was given out; a list that is given out again counts once. Raises BanditError."""
