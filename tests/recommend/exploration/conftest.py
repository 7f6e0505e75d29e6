"""Listeners with planted preferences, whose taste drifts: what bandits are judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from recommend.exploration.policies import Policy
from recommend.exploration.posteriors import PRIOR


@dataclass
class Simulator:
    """Arms with hidden rates of success that wander; ``drift`` is their deviation per round."""

    arms: int = 5
    drift: float = 0.002
    least: float = 0.05
    most: float = 0.6

    def run(self, policy: Policy | None, seed: int, rounds: int = 1500) -> float:
        """The mean reward of a policy; without one, what the ranker alone earns: always the first arm."""
        rng = np.random.default_rng(seed)
        rates = rng.uniform(self.least, self.most, self.arms)
        beta = np.tile(np.array(PRIOR), (self.arms, 1))
        about = np.array([1.0])
        earned = 0.0
        for _ in range(rounds):
            arm = 0 if policy is None else int(rng.choice(self.arms, p=policy.probabilities(beta, about)))
            reward = float(rng.random() < rates[arm])
            beta[arm] += (reward, 1.0 - reward)
            earned += reward
            rates = np.clip(rates + rng.normal(0, self.drift, self.arms), self.least, self.most)
        return earned / rounds


@pytest.fixture
def simulator() -> Simulator:
    return Simulator()
