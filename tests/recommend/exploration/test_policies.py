"""Policies: their probabilities are what they claim, and in a drifting world Thompson earns what a tuned rival does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommend.exploration.policies import EpsilonGreedy, Greedy, LinearThompson, Thompson
from recommend.exploration.posteriors import PRIOR, Counts, Key, Posteriors, segment_of

ABOUT = np.array([1.0])
FROZEN = EpsilonGreedy(epsilon=0.1, decay=200.0)
"""The best of ``GRID`` on seeds 100 to 105 of the simulator; never on the seeds that judge."""
GRID = [EpsilonGreedy(epsilon, decay) for epsilon in (0.05, 0.1, 0.2, 0.4) for decay in (200.0, 1000.0, 1e9)]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 400), st.floats(0, 400)), min_size=1, max_size=6))
def test_probabilities_sum_to_one_and_leave_no_arm_out(counts):
    beta = np.array(counts) + PRIOR
    for policy in (Thompson(), FROZEN):
        found = policy.probabilities(beta, ABOUT)
        assert found.sum() == pytest.approx(1.0)
        assert (found > 0).all()
    assert Greedy().probabilities(beta, ABOUT).tolist().count(1.0) == 1


def test_thompson_is_the_chance_of_being_best():
    beta = np.array([[3.0, 9.0], [10.0, 20.0], [2.0, 30.0], [1.0, 4.0]])
    draws = np.random.default_rng(0).beta(beta[:, 0], beta[:, 1], (200_000, 4))
    counted = np.bincount(draws.argmax(axis=1), minlength=4) / len(draws)
    np.testing.assert_allclose(Thompson(least=0.0).probabilities(beta, ABOUT), counted, atol=0.005)


def test_a_new_arm_begins_behind_one_that_proved_itself():
    known = Posteriors({Key("home", "many", "friends"): Counts(40.0, 60.0)})
    beta = known.beta("home", "many", ["friends", "long_tail"])
    assert beta.tolist() == [[41.0, 64.0], [1.0, 4.0]]
    old, new = Thompson().probabilities(beta, ABOUT)
    assert old > 3 * new > 0
    assert [segment_of(count) for count in (0, 19, 20, 199, 200)] == ["new", "new", "some", "some", "many"]


def test_the_rival_is_tuned(simulator):
    """On seeds of its own, so that the comparison below is fair."""
    earned = {policy: np.mean([simulator.run(policy, seed, 400) for seed in range(100, 106)]) for policy in GRID}
    assert earned[FROZEN] == max(earned.values())


def test_thompson_earns_what_the_tuned_rival_does_and_both_more_than_none(simulator):
    policies = {"thompson": Thompson(), "epsilon": FROZEN, "none": None}
    found = {
        name: np.array([simulator.run(policy, seed, 500) for seed in range(20)]) for name, policy in policies.items()
    }
    difference = found["thompson"] - found["epsilon"]
    half = 1.96 * difference.std(ddof=1) / np.sqrt(len(difference))
    assert difference.mean() + half >= 0  # at least as good within its interval
    for name in ("thompson", "epsilon"):
        lead = found[name] - found["none"]
        assert lead.mean() - 1.96 * lead.std(ddof=1) / np.sqrt(len(lead)) > 0


def test_the_contextual_bandit_learns_whom_an_arm_pleases():
    rng, policy = np.random.default_rng(1), LinearThompson(dim=2, arms=2)
    late = []
    for turn in range(600):
        young = bool(rng.random() < 0.5)
        about = np.array([1.0, float(young)])
        arm = int(rng.choice(2, p=policy.probabilities(np.empty((2, 2)), about)))
        good = (0.7 if arm == 1 else 0.2) if young else (0.2 if arm == 1 else 0.7)
        policy.learn(arm, about, float(rng.random() < good))
        if turn >= 400:
            late.append(arm == int(young))
    assert np.mean(late) > 0.85
