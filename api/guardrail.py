"""Whether a version on trial does its listeners harm: errors, empty lists and waiting times beside the live one's."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Literal

import numpy as np

WINDOW = 500
Side = Literal["live", "trial"]


@dataclass(frozen=True, slots=True)
class GuardrailConfig:
    """What is borne.

    Attributes:
        least: answers of the trial before anything is said of it.
        errors: more errors than the live model's, as a share of the answers.
        empty: more empty lists, as a share.
        slower: how many times the live model's 95th percentile.
        slack_ms: added to it: small numbers are noisy.
    """

    least: int = 40
    errors: float = 0.02
    empty: float = 0.05
    slower: float = 2.0
    slack_ms: float = 25.0


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer.

    Attributes:
        overlap: share of the live list's tracks that the shadow lists too; None where it was not compared.
    """

    ms: float
    failed: bool = False
    empty: bool = False
    overlap: float | None = None


class Guardrail:
    """The last answers of both sides; safe to share between threads."""

    def __init__(self, config: GuardrailConfig | None = None) -> None:
        self.config = config or GuardrailConfig()
        self._lock = Lock()
        self._answers: dict[Side, deque[Answered]] = {"live": deque(maxlen=WINDOW), "trial": deque(maxlen=WINDOW)}

    def tell(self, side: Side, answered: Answered) -> None:
        """Count one answer."""
        with self._lock:
            self._answers[side].append(answered)

    def _shares(self, side: Side) -> tuple[int, float, float, float]:
        """Answers, share of errors, share of empty lists, 95th percentile in ms."""
        with self._lock:
            found = list(self._answers[side])
        if not found:
            return 0, 0.0, 0.0, 0.0
        p95 = float(np.quantile([one.ms for one in found], 0.95))
        count = len(found)
        return count, sum(one.failed for one in found) / count, sum(one.empty for one in found) / count, p95

    def breach(self) -> str | None:
        """Why the trial must end, or None."""
        (count, failed, empty, p95), live = self._shares("trial"), self._shares("live")
        if count < self.config.least:
            return None
        if failed > live[1] + self.config.errors:
            return f"{failed:.1%} of its answers failed, {live[1]:.1%} of the live model's"
        if empty > live[2] + self.config.empty:
            return f"{empty:.1%} of its lists were empty, {live[2]:.1%} of the live model's"
        most = live[3] * self.config.slower + self.config.slack_ms
        if live[0] >= self.config.least and p95 > most:
            return f"its 95th percentile is {p95:.0f} ms, {live[3]:.0f} ms the live model's"
        return None

    def told(self) -> str:
        """Both sides in one line."""
        (count, failed, empty, p95), live = self._shares("trial"), self._shares("live")
        with self._lock:
            overlaps = [one.overlap for one in self._answers["trial"] if one.overlap is not None]
        common = f", {np.mean(overlaps):.0%} of the live list in common" if overlaps else ""
        return (
            f"{count} answers, {failed:.1%} failed, {empty:.1%} empty, p95 {p95:.0f} ms{common}; "
            f"live: {live[0]}, {live[1]:.1%}, {live[2]:.1%}, {live[3]:.0f} ms"
        )
