"""The order for flow: what steps cost, that gains are what they say, and that orders are smooth along the curve."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommend.flow import (
    CURVES,
    FOLLOWS,
    MOVE,
    SWAP,
    TURN,
    Sounds,
    _Search,
    camelot,
    flowing,
    path_cost,
    shape,
    transition_costs,
    wanted_energy,
)
from recommend.order import in_flow
from recommend.types import RecommendRequest

NOBODY = 99


def sounds(tempo, key=None, mode=None, energy=None, artists=None):
    n = len(tempo)
    unknown = np.full(n, np.nan)
    return Sounds(
        np.array(tempo, np.float64),
        unknown if key is None else np.array(key, np.float64),
        unknown if mode is None else np.array(mode, np.float64),
        unknown if energy is None else np.array(energy, np.float64),
        np.full((n, 1), NOBODY) if artists is None else np.array(artists)[:, None],
        NOBODY,
    )


def drawn(seed, n=30):
    rng = np.random.default_rng(seed)
    return sounds(
        rng.normal(120, 25, n).clip(60, 200),
        rng.integers(0, 12, n),
        rng.integers(0, 2, n),
        rng.beta(4, 3, n),
        rng.integers(0, 25, n),
    )


def greedy(steps):
    order, left = [0], set(range(1, len(steps)))
    while left:
        nearest = min(left, key=lambda one: (steps[order[-1], one], one))
        order.append(nearest)
        left.remove(nearest)
    return order


def test_half_and_double_time_are_one_pulse():
    steps = transition_costs(sounds([80, 160, 100]))
    assert steps[0, 1] == pytest.approx(0)
    assert steps[0, 2] == steps[1, 2] > 0


def test_the_wheel_counts_fifths():
    # C major 8B, G major 9B, F major 7B, A minor 8A, E minor 9A, F sharp major 2B
    keys = camelot(np.array([0, 7, 5, 9, 4, 6.0]), np.array([1, 1, 1, 0, 0, 1.0]))
    assert keys.tolist() == [8, 9, 7, 8, 9, 2]
    steps = transition_costs(sounds([100] * 6, [0, 7, 5, 9, 4, 6], [1, 1, 1, 0, 0, 1]))
    assert steps[0, 1] == steps[0, 2] == steps[0, 3] < steps[0, 4] < steps[0, 5]


def test_the_same_artist_again_costs_and_nobody_is_no_artist():
    steps = transition_costs(sounds([100, 100, 100, 100], artists=[1, 1, NOBODY, NOBODY]))
    assert steps[0, 1] > 0
    assert steps[2, 3] == 0


def test_what_is_unknown_decides_nothing():
    steps = transition_costs(sounds([100, 140, np.nan, 120]))
    others = steps[2, [0, 1, 3]]
    assert np.ptp(others) == 0
    assert others[0] == pytest.approx(steps[[0, 0, 1], [1, 3, 3]].mean())
    assert not transition_costs(sounds([np.nan] * 3)).any()


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 9), st.integers(0, 2**32 - 1))
def test_every_gain_is_the_difference_of_two_orders(n, seed):
    rng = np.random.default_rng(seed)
    steps = rng.random((n, n))
    steps += steps.T
    np.fill_diagonal(steps, 0)
    fixed = rng.random(n) < 0.3
    search = _Search(steps, fixed)
    search._away = rng.random((n, n))
    order = rng.permutation(n)
    gains = search._gains(order)
    place_of = np.argsort(order)
    tried = 0
    for change, i, j in zip(*np.nonzero(np.isfinite(gains)), strict=True):
        changed = order.copy()
        if change == SWAP:
            changed[[i, j]] = changed[[j, i]]
        elif change == TURN:
            changed[i : j + 1] = changed[i : j + 1][::-1]
        else:
            assert change == MOVE
            changed = np.insert(np.delete(order, i), j, order[i])
        assert search._cost(order) - search._cost(changed) == pytest.approx(gains[change, i, j], abs=1e-9)
        assert (fixed[place_of[changed]] == fixed).all()  # fixed places keep their tracks among themselves
        tried += 1
    assert tried or n < 4


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(CURVES)), st.integers(0, 30))
def test_an_order_holds_every_track_once_and_is_the_same_again(seed, curve, n):
    tracks = drawn(seed, n)
    found = flowing(tracks, curve, seed=seed)
    assert sorted(found.order.tolist()) == list(range(n))
    assert found.order.tolist() == flowing(tracks, curve, seed=seed).order.tolist()
    assert found.cost == pytest.approx(path_cost(transition_costs(tracks), found.order))


@pytest.mark.parametrize("curve", CURVES)
def test_orders_are_smooth_and_follow_the_curve(curve):
    of_random, of_greedy, close = [], [], []
    for seed in range(12):
        tracks = drawn(seed)
        steps = transition_costs(tracks)
        found = flowing(tracks, curve)
        rng = np.random.default_rng(seed)
        of_random.append(found.cost / np.mean([path_cost(steps, rng.permutation(30)) for _ in range(30)]))
        of_greedy.append(found.cost / path_cost(steps, greedy(steps)))
        close.append(1.0 if found.correlation is None else found.correlation)
    assert max(of_random) < 0.65  # at least 35 % below random order
    assert np.mean(of_greedy) < (1.0 if curve == "steady" else 1.1)  # greedy has no curve to follow
    assert min(close) >= FOLLOWS


def test_fixed_places_keep_their_tracks():
    fixed = np.zeros(30, np.bool_)
    fixed[[3, 8, 13, 18, 23, 28]] = True
    found = flowing(drawn(1), "arc", fixed)
    assert fixed[found.order].tolist() == fixed.tolist()
    assert found.order.tolist() != list(range(30))


def test_the_curve_is_made_of_the_energies_there_are():
    wanted = wanted_energy(np.array([0.5, 0.9, 0.6, 0.7, np.nan]), "build")
    assert (np.diff(wanted) > 0).all()
    assert 0.5 <= wanted[0] < wanted[-1] <= 0.9
    assert [int(shape(name, 9).argmax()) for name in ("arc", "build", "wind-down")] == [4, 8, 0]
    assert np.isnan(wanted_energy(np.full(3, np.nan), "arc")).all()


def test_a_list_is_ordered_where_its_sound_is_known(demo):
    user = str(demo.reads.arrays.users.values[4])
    answer = demo.recommend(RecommendRequest(user, "discover_weekly", 40, as_of=2_000_000_000))
    catalogue = demo.bundle.catalogue
    silent = dataclasses.replace(catalogue, audio=np.full_like(catalogue.audio, np.nan))
    assert in_flow(answer, dataclasses.replace(demo.bundle, catalogue=silent), 30, "arc", 0) == answer

    rng = np.random.default_rng(0)
    heard = dataclasses.replace(
        catalogue,
        audio=rng.uniform(0.2, 0.9, catalogue.audio.shape).astype(np.float32) + 100 * (np.arange(11) == 0),
        numbers=dict(catalogue.numbers)
        | {"key": rng.integers(0, 12, len(catalogue)), "mode": rng.integers(0, 2, len(catalogue))},
    )
    bundle = dataclasses.replace(demo.bundle, catalogue=heard)
    ordered = in_flow(answer, bundle, 30, "build", 7)
    assert {item.track.id for item in ordered.items[:30]} == {item.track.id for item in answer.items[:30]}
    assert [item.track.id for item in ordered.items[30:]] == [item.track.id for item in answer.items[30:]]
    assert [item.rank for item in ordered.items] == list(range(1, 41))
    assert (ordered.flow.curve, ordered.flow.known) == ("build", 30)
    assert ordered.flow.cost < ordered.flow.given
    assert ordered.flow.correlation >= FOLLOWS - 0.05
