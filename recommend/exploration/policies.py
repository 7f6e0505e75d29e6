"""Which arm is tried: each policy says with which probability it takes each, so that its log can judge another."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

Doubles = NDArray[np.float64]

GRID = np.linspace(0.0, 1.0, 501)
"""Rates of success over which a probability is integrated: the error is below a thousandth."""
REMEMBERED = 4096
"""Answers that are remembered: knowledge changes far more seldom than it is asked for."""


class Policy(Protocol):
    """Chooses among arms."""

    def probabilities(self, beta: Doubles, about: Doubles) -> Doubles:
        """With which probability each arm is taken, float64 [k]; they sum to 1.

        Args:
            beta: float64 [k, 2], the parameters of the Beta posterior of each arm's success.
            about: float64 [d], what is known of the listener; its first number is 1.
        """


@dataclass(frozen=True, slots=True)
class Thompson:
    """An arm is taken as often as it is likely to be the best.

    Sampling an arm from these probabilities is Thompson sampling; they are integrated over the rate of success, so that
    propensities are numbers and no estimates.

    Source: Thompson, On the likelihood that one unknown probability exceeds another, 1933; Russo et al., A tutorial on
    Thompson sampling, 2018.
    """

    least: float = 0.02
    """Every arm is taken at least so often: what is never tried cannot be judged offline."""

    def probabilities(self, beta: Doubles, about: Doubles) -> Doubles:
        """See ``Policy``."""
        return _at_least(np.array(_best_of(tuple(map(tuple, beta.tolist())))), self.least)


@dataclass(frozen=True, slots=True)
class EpsilonGreedy:
    """The arm with the best mean, and with a probability that falls any arm.

    Attributes:
        epsilon: the probability of any arm before anything is known.
        decay: pulls after which it is halved.
    """

    epsilon: float = 0.3
    decay: float = 500.0

    def probabilities(self, beta: Doubles, about: Doubles) -> Doubles:
        """See ``Policy``."""
        pulls = float(beta.sum() - len(beta) * 5.0)  # less the prior's
        epsilon = self.epsilon * 2.0 ** (-max(pulls, 0.0) / self.decay)
        found = np.full(len(beta), epsilon / len(beta))
        found[int((beta[:, 0] / beta.sum(axis=1)).argmax())] += 1.0 - epsilon
        return found


@dataclass(frozen=True, slots=True)
class Greedy:
    """The arm with the best mean, always: what exploitation alone would do."""

    def probabilities(self, beta: Doubles, about: Doubles) -> Doubles:
        """See ``Policy``."""
        found = np.zeros(len(beta))
        found[int((beta[:, 0] / beta.sum(axis=1)).argmax())] = 1.0
        return found


@dataclass(slots=True, eq=False)
class LinearThompson:
    """A contextual bandit: success is linear in what is known of the listener, with a Gaussian posterior for each arm.

    Attributes:
        dim: numbers that describe a listener.
        arms: how many there are.
        noise: the deviation of a reward around its mean.
        draws: samples by which the probabilities are told, from a fixed seed.

    Source: Agrawal and Goyal, Thompson sampling for contextual bandits with linear payoffs, 2013.
    """

    dim: int
    arms: int
    noise: float = 0.5
    draws: int = 2000
    _precision: Doubles = field(init=False)
    _weighted: Doubles = field(init=False)

    def __post_init__(self) -> None:
        self._precision = np.tile(np.eye(self.dim), (self.arms, 1, 1))
        self._weighted = np.zeros((self.arms, self.dim))

    def learn(self, arm: int, about: Doubles, reward: float) -> None:
        """Take in one reward, 0 to 1, of an arm for a listener float64 [dim]."""
        self._precision[arm] += np.outer(about, about) / self.noise**2
        self._weighted[arm] += about * reward / self.noise**2

    def probabilities(self, beta: Doubles, about: Doubles) -> Doubles:
        """See ``Policy``; by what is known of the listener, and not by ``beta``."""
        covariance = np.linalg.inv(self._precision)
        mean = np.einsum("aij,aj,i->a", covariance, self._weighted, about)
        deviation = np.sqrt(np.einsum("i,aij,j->a", about, covariance, about))
        normal = np.random.default_rng(0).standard_normal((self.draws, self.arms))
        wins = np.bincount((mean + deviation * normal).argmax(axis=1), minlength=self.arms)
        return _at_least(wins / self.draws, 1.0 / self.draws)


@lru_cache(REMEMBERED)
def _best_of(beta: tuple[tuple[float, ...], ...]) -> tuple[float, ...]:
    """With which probability each rate of success is the greatest."""
    below = np.array([betainc(a, b, GRID) for a, b in beta])  # [k, grid], P(rate <= x)
    best = np.empty(len(beta))
    for arm in range(len(beta)):
        others = np.delete(below, arm, axis=0).prod(axis=0)
        best[arm] = np.sum(np.diff(below[arm]) * (others[1:] + others[:-1]) / 2)
    return tuple((best / best.sum()).tolist())


def _at_least(found: Doubles, least: float) -> Doubles:
    """The probabilities, each at least ``least``, summing to 1."""
    least = min(least, 1.0 / len(found))
    return np.asarray(least + (1.0 - least * len(found)) * found)
