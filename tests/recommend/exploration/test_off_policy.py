"""Estimates from another policy's log: right on average, and their intervals as wide as they claim."""

import numpy as np
import pytest

from graph.errors import NotEnoughDataError
from recommend.exploration.off_policy import TrialLog, doubly_robust, ips, snips

RATES = np.array([0.15, 0.3, 0.45, 0.2, 0.35])
LOGGED = np.array([0.3, 0.25, 0.15, 0.2, 0.1])
JUDGED = np.array([0.1, 0.2, 0.4, 0.05, 0.25])
TRUE = float(RATES @ JUDGED)


def logged(seed, trials=6000):
    rng = np.random.default_rng(seed)
    arm = rng.choice(5, trials, p=LOGGED)
    reward = (rng.random(trials) < RATES[arm]).astype(np.float64)
    expected = np.tile(RATES + rng.normal(0, 0.05, 5), (trials, 1))  # a model that is a little wrong
    return TrialLog(arm, LOGGED[arm], reward, JUDGED[arm], expected, np.tile(JUDGED, (trials, 1)))


@pytest.mark.parametrize("estimate", [ips, snips, doubly_robust], ids=lambda one: one.__name__)
def test_the_interval_covers_the_truth_as_often_as_it_says(estimate):
    found = [estimate(logged(seed)) for seed in range(200)]
    covered = np.mean([one.low <= TRUE <= one.high for one in found])
    assert 0.90 <= covered <= 0.99
    halves = [(one.high - one.low) / 2 / TRUE for one in found]
    assert np.mean(halves) <= 0.10
    assert np.mean([one.value for one in found]) == pytest.approx(TRUE, rel=0.01)


def test_doubly_robust_is_no_wider_than_weighting_alone():
    widths = [(e.high - e.low) for e in (ips(logged(1)), doubly_robust(logged(1)))]
    assert widths[1] <= widths[0]


def test_the_same_policy_is_its_own_mean():
    one = logged(2)
    same = TrialLog(one.arm, one.propensity, one.reward, one.propensity)
    assert ips(same).value == pytest.approx(one.reward.mean())
    assert ips(same).effective == pytest.approx(len(one.reward))


def test_what_cannot_be_told_is_refused():
    one = logged(3, 10)
    with pytest.raises(NotEnoughDataError, match="at least 2"):
        ips(TrialLog(one.arm[:1], one.propensity[:1], one.reward[:1], one.target[:1]))
    with pytest.raises(NotEnoughDataError, match="propensity 0"):
        ips(TrialLog(one.arm, np.zeros(10), one.reward, one.target))
    with pytest.raises(NotEnoughDataError, match="nothing can be said"):
        snips(TrialLog(one.arm, one.propensity, one.reward, np.zeros(10)))
    with pytest.raises(NotEnoughDataError, match="use snips"):
        doubly_robust(TrialLog(one.arm, one.propensity, one.reward, one.target))
