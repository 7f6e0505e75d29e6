"""A model earns its place by a difference that is not chance."""

from __future__ import annotations

import numpy as np
import pytest

from gnn.earning import LEAST_LISTENERS, decide


def test_a_real_gain_is_kept_and_noise_is_not() -> None:
    generator = np.random.default_rng(0)
    base = generator.random(400)
    better = decide("better", base + 0.05 + 0.1 * generator.standard_normal(400), base)
    assert better.kept
    assert 0 < better.low < 0.05 < better.high
    assert not decide("noise", base + 0.3 * generator.standard_normal(400) - 0.02, base).kept
    assert not decide("worse", base - 0.1, base).kept


def test_the_very_same_lists_add_nothing() -> None:
    base = np.random.default_rng(1).random(100)
    found = decide("same", base, base)
    assert not found.kept
    assert (found.low, found.high) == (0.0, 0.0)


@pytest.mark.parametrize("count", [0, LEAST_LISTENERS - 1])
def test_too_few_listeners_decide_nothing(count: int) -> None:
    found = decide("few", np.ones(count), np.zeros(count))
    assert not found.kept
    assert f"only {count} listeners" in found.reason


def test_the_verdict_is_plain_json() -> None:
    import json

    found = decide("one", np.ones(50), np.zeros(50), metric="ndcg@20")
    assert json.loads(json.dumps(found.to_json()))["kept"] is True
