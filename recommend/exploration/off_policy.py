"""What another policy would have earned, told from the log of this one: inverse propensities and doubly robust.

Source: Horvitz and Thompson, 1952 (IPS); Swaminathan and Joachims, The self-normalized estimator, 2015 (SNIPS);
Dudik, Langford and Li, Doubly robust policy evaluation and learning, 2011.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.errors import NotEnoughDataError

Doubles = NDArray[np.float64]
Z95 = 1.959964
MOST_WEIGHT = 50.0
"""A single trial counts at most so much."""


@dataclass(frozen=True, slots=True, eq=False)
class TrialLog:
    """Trials that were shown.

    Attributes:
        arm: int64 [n], which was taken.
        propensity: float64 [n], with which probability.
        reward: float64 [n], 0 to 1.
        target: float64 [n], with which probability the policy that is judged would have taken it.
        expected: float64 [n, k] of each arm's reward by a model, for ``doubly_robust``; None without one.
        target_all: float64 [n, k], the judged policy's probabilities of all arms; None without ``expected``.
    """

    arm: NDArray[np.int64]
    propensity: Doubles
    reward: Doubles
    target: Doubles
    expected: Doubles | None = None
    target_all: Doubles | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its interval of 95 %, with the number of trials that it rests on in effect."""

    value: float
    low: float
    high: float
    effective: float


def ips(log: TrialLog) -> Estimate:
    """The mean of the rewards, each weighed by how much more likely the judged policy takes it."""
    weight = _weights(log)
    return _of(weight * log.reward, weight)


def snips(log: TrialLog) -> Estimate:
    """The same, divided by the mean weight: a little biased, and much steadier."""
    weight = _weights(log)
    total = weight.sum()
    if total <= 0:
        raise NotEnoughDataError("the judged policy would have shown nothing of what was shown: nothing can be said")
    value = float((weight * log.reward).sum() / total)
    deviation = weight * (log.reward - value) * len(weight) / total
    half = Z95 * float(deviation.std(ddof=1)) / np.sqrt(len(weight))
    return Estimate(value, value - half, value + half, _effective(weight))


def doubly_robust(log: TrialLog) -> Estimate:
    """The model's expectation under the judged policy, corrected by what was seen: right if either is."""
    if log.expected is None or log.target_all is None:
        raise NotEnoughDataError("doubly robust needs a model's expectations of all arms: use snips")
    weight = _weights(log)
    predicted = (log.expected * log.target_all).sum(axis=1)
    own = log.expected[np.arange(len(log.arm)), log.arm]
    return _of(predicted + weight * (log.reward - own), weight)


def _weights(log: TrialLog) -> Doubles:
    if len(log.reward) < 2:
        raise NotEnoughDataError(f"{len(log.reward)} trials: at least 2 are needed")
    if not (log.propensity > 0).all():
        raise NotEnoughDataError("a trial was logged with propensity 0: it cannot have been shown")
    return np.asarray(np.minimum(log.target / log.propensity, MOST_WEIGHT))


def _of(values: Doubles, weight: Doubles) -> Estimate:
    value = float(values.mean())
    half = Z95 * float(values.std(ddof=1)) / np.sqrt(len(values))
    return Estimate(value, value - half, value + half, _effective(weight))


def _effective(weight: Doubles) -> float:
    """Kish's effective number of trials."""
    return float(weight.sum() ** 2 / max(float((weight**2).sum()), 1e-12))
