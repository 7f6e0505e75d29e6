"""Decayed weights: exact in any order of arrival, and equal to the sum over the events."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.weights import DEFAULT, WeightConfig, add, decay, fractions, sum_by_pair, sum_events, values

DAY = 86_400
KINDS = ("PLAY", "SKIP", "SAVE", "UNSAVE", "REPEAT", "LIKE", "ADD_TO_PLAYLIST", "DISLIKE", "IMPRESSION")
EVENT = st.tuples(
    st.sampled_from(KINDS), st.integers(0, 400 * DAY), st.integers(-1, 400_000), st.sampled_from([-1, 180_000, 240_000])
)


def columns(events: list[tuple[str, int, int, int]]) -> tuple[list[str], list[int], list[int], list[int]]:
    return [e[0] for e in events], [e[1] for e in events], [e[2] for e in events], [e[3] for e in events]


def test_the_constants_are_those_of_the_graph_model() -> None:
    kinds = ["PLAY", "REPEAT", "SAVE", "LIKE", "ADD_TO_PLAYLIST", "SKIP", "DISLIKE", "BLOCK", "SEARCH"]
    assert values(kinds, np.ones(9)).tolist() == [1.0, 1.5, 2.0, 2.0, 1.5, -0.5, 0.0, 0.0, 0.0]


def test_ninety_days_are_an_e_folding_time_and_sixty_two_a_half_life() -> None:
    assert float(decay(1.0, 0, 90 * DAY)) == pytest.approx(1 / math.e)
    assert float(decay(1.0, 0, int(90 * math.log(2) * DAY))) == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "listened", "duration", "expected"),
    [
        ("PLAY", 60_000, 240_000, 0.25),
        ("PLAY", 300_000, 240_000, 1.0),
        ("PLAY", -1, 240_000, 1.0),
        ("PLAY", 60_000, -1, 1.0),
        ("PLAY", 0, 240_000, 0.0),
        ("SKIP", 29_999, 240_000, 1.0),
        ("SKIP", 5_000, 240_000, 1.0),
        ("SKIP", 30_000, 240_000, 0.0),
        ("SKIP", -1, 240_000, 1.0),
        ("SAVE", 10, 240_000, 1.0),
    ],
)
def test_fraction(kind: str, listened: int, duration: int, expected: float) -> None:
    assert fractions([kind], [listened], [duration]).tolist() == [expected]


def test_each_event_is_a_summand_of_its_own() -> None:
    kinds, at = ["PLAY", "SAVE", "SKIP"], [0, 90 * DAY, 90 * DAY]
    assert sum_events(kinds, [0.5, 1.0, 1.0], at, 90 * DAY) == pytest.approx(0.5 / math.e + 2.0 - 0.5)


def test_an_unsave_cancels_the_save_before_it_and_no_other() -> None:
    kinds, at = ["SAVE", "UNSAVE", "SAVE"], [0, 10, 20]
    assert sum_events(kinds, [1, 1, 1], at, 20) == pytest.approx(2.0)
    assert sum_events(kinds, [1, 1, 1], at, 15) == 0.0
    assert sum_events(kinds, [1, 1, 1], at, 5) == pytest.approx(2.0, rel=1e-5)  # the unsave is not known yet


def test_configuration_reaches_the_sum() -> None:
    config = WeightConfig(play=3.0, e_folding_days=1.0)
    assert sum_events(["PLAY"], [1.0], [0], DAY, config) == pytest.approx(3 / math.e)


@given(st.lists(EVENT, max_size=30), st.randoms(use_true_random=False), st.integers(0, 500 * DAY))
def test_the_sum_does_not_depend_on_the_order(events: list[tuple[str, int, int, int]], random, as_of: int) -> None:  # type: ignore[no-untyped-def]
    def total(order: list[tuple[str, int, int, int]]) -> float:
        kinds, at, listened, duration = columns(order)
        return sum_events(kinds, fractions(kinds, listened, duration), at, as_of)

    shuffled = list(events)
    random.shuffle(shuffled)
    assert total(shuffled) == pytest.approx(total(events), rel=1e-9, abs=1e-9)


@given(st.floats(-100, 100), st.lists(st.integers(0, 1000 * DAY), min_size=2, max_size=6))
def test_decaying_in_steps_equals_decaying_at_once(weight: float, times: list[int]) -> None:
    stepwise = np.float64(weight)
    for before, after in itertools.pairwise(times):
        stepwise = decay(stepwise, before, after)
    assert float(stepwise) == pytest.approx(float(decay(weight, times[0], times[-1])), rel=1e-9, abs=1e-12)


@given(st.lists(EVENT.filter(lambda event: event[0] not in {"SAVE", "UNSAVE"}), min_size=1, max_size=20))
def test_events_added_one_by_one_in_any_order_give_the_sum(events: list[tuple[str, int, int, int]]) -> None:
    kinds, at, listened, duration = columns(events)
    part = fractions(kinds, listened, duration)
    weight, weight_at = np.float64(0.0), at[0]
    for value, when in zip(values(kinds, part), at, strict=True):  # drawn in any order of time
        weight, weight_at = add(weight, weight_at, value, when)
    assert int(weight_at) == max(at)
    assert float(weight) == pytest.approx(sum_events(kinds, part, at, max(at)), rel=1e-9, abs=1e-9)


def test_a_cancelled_save_is_subtracted_at_the_time_of_the_save() -> None:
    weight, at = add(0.0, 0, values(["SAVE"], [1.0])[0], 10 * DAY)
    weight, at = add(weight, at, 1.0, 40 * DAY)
    weight, at = add(weight, at, -DEFAULT.save, 10 * DAY)
    assert float(weight) == pytest.approx(1.0)
    assert int(at) == 40 * DAY


@given(st.lists(st.tuples(st.integers(0, 3), EVENT), max_size=40), st.integers(0, 500 * DAY))
def test_many_pairs_at_once_equal_each_alone(rows: list[tuple[int, tuple[str, int, int, int]]], as_of: int) -> None:
    pair = [row[0] for row in rows]
    kinds, at, listened, duration = columns([row[1] for row in rows])
    sums = sum_by_pair(pair, kinds, at, as_of=as_of, n_pairs=4, listened_ms=listened, duration_ms=duration)
    for one in range(4):
        own = [row[1] for row in rows if row[0] == one and row[1][1] <= as_of]
        k, a, ms, total = columns(own)
        assert sums.weight[one] == pytest.approx(sum_events(k, fractions(k, ms, total), a, as_of), rel=1e-9, abs=1e-9)
        assert sums.count[one] == k.count("PLAY")
        assert sums.skips[one] == k.count("SKIP")
        if own:
            assert (sums.first_at[one], sums.last_at[one]) == (min(a), max(a))


def test_completed_needs_both_times_to_be_known() -> None:
    sums = sum_by_pair(
        [0, 0, 0, 0],
        ["PLAY"] * 4,
        [1, 2, 3, 4],
        as_of=4,
        n_pairs=1,
        listened_ms=[200, 100, -1, 250],
        duration_ms=[200, 200, 200, -1],
    )
    assert (int(sums.count[0]), int(sums.completed[0])) == (4, 1)
