"""What is heard more than usual at a moment, with planted listeners whose habits are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from gnn.context import ContextModel, LoggedContext, Moment, context_model

TRACKS, GROUPS = 60, 3
LOUD, QUIET, OTHER = 0, 1, 2
GROUP_OF = np.arange(TRACKS) % GROUPS
ITEMS = np.arange(TRACKS)


def groups() -> csr_array:
    return csr_array((np.ones(TRACKS), (ITEMS, GROUP_OF)), shape=(TRACKS, GROUPS))


@pytest.fixture(scope="module")
def planted() -> LoggedContext:
    """Commuters play loud tracks at 8 on weekdays by phone, workers quiet ones at 14; all play anything at night."""
    generator = np.random.default_rng(2)
    rows, hours, days, devices, activities = [], [], [], [], []

    def play(group: int | None, hour: int, device: str, activity: str, count: int) -> None:
        open_ = ITEMS if group is None else ITEMS[group == GROUP_OF]
        rows.extend(generator.choice(open_, count).tolist())
        hours.extend([str(hour // 3)] * count)
        days.extend(str(day) for day in generator.integers(0, 5, count))
        devices.extend([device] * count)
        activities.extend([activity] * count)

    play(LOUD, 8, "phone", "commute", 500)
    play(None, 8, "phone", "commute", 200)
    play(QUIET, 14, "desktop", "focus", 500)
    play(None, 14, "desktop", "focus", 200)
    play(None, 22, "", "", 2_000)
    values = {"hour": hours, "weekday": days, "device": devices, "activity": activities}
    return LoggedContext(np.array(rows), {kind: np.array(said) for kind, said in values.items()})


@pytest.fixture(scope="module")
def model(planted: LoggedContext) -> ContextModel:
    return context_model(planted, groups())


@pytest.mark.parametrize(
    ("moment", "fitting"),
    [
        (Moment(hour=8), LOUD),
        (Moment(device="phone"), LOUD),
        (Moment(activity="commute"), LOUD),
        (Moment(hour=14), QUIET),
        (Moment(activity="focus", device="desktop"), QUIET),
    ],
)
def test_planted_habits_get_at_least_twice_the_base_share(model: ContextModel, moment: Moment, fitting: int) -> None:
    """Among equal candidates the first twenty are at least twice as often of the fitting kind as without context."""
    base = np.random.default_rng(0).random(TRACKS).astype(np.float32)

    def share(scores: np.ndarray) -> float:
        return float((GROUP_OF[np.argsort(-scores, kind="stable")[:20]] == fitting).mean())

    assert share(model.adjusted(base, moment, ITEMS, 1.0)) >= 2 * max(share(base), 1 / GROUPS)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_absent_context_changes_nothing_to_the_bit(seed: int) -> None:
    found = context_model(LoggedContext(ITEMS, {"hour": np.array(["2", "7"] * 30)}), groups())
    base = np.random.default_rng(seed).standard_normal(TRACKS).astype(np.float32)
    for moment in (Moment(), Moment(device="phone"), Moment(device=""), Moment(activity="never logged")):
        assert found.adjusted(base, moment, ITEMS, 5.0).tobytes() == base.tobytes()


def test_log_odds_by_hand() -> None:
    # Group 0: 6 of 8 plays at hour bucket 2; group 1: 2 of 8. Of all plays half are at 2. No prior.
    rows = np.array([0] * 8 + [1] * 8)
    hours = np.array(["2"] * 6 + ["5"] * 2 + ["2"] * 2 + ["5"] * 6)
    found = context_model(LoggedContext(rows, {"hour": hours}), csr_array(np.eye(2)), strength=0.0)
    np.testing.assert_allclose(found.scores(Moment(hour=7), np.array([0, 1])), np.log([1.5, 0.5]), rtol=1e-6)


def test_few_plays_say_little() -> None:
    def at(plays: int) -> float:
        rows, hours = np.array([0] * plays + [1] * 1_000), np.array(["2"] * plays + ["5"] * 1_000)
        found = context_model(LoggedContext(rows, {"hour": hours}), csr_array(np.eye(2)))
        return float(found.scores(Moment(hour=6), np.array([0]))[0]) / -float(np.log(plays / (plays + 1_000)))

    assert at(1) < 0.5 < 0.9 < at(1_000)


def test_moments_of_instants() -> None:
    assert Moment.at(0) == Moment(hour=0, weekday=3)  # a Thursday
    assert Moment.at(0, offset_s=-3_600) == Moment(hour=23, weekday=2)
    logged = LoggedContext.of_times(np.array([0]), np.array([4 * 86_400 + 23 * 3_600]))
    assert {kind: said[0] for kind, said in logged.values.items()} == {"hour": "7", "weekday": "0"}


def test_nothing_logged_is_a_model_that_says_nothing(tmp_path: object) -> None:
    found = context_model(LoggedContext(np.empty(0, np.int64), {"device": np.empty(0, np.str_)}), groups())
    assert not found.scores(Moment(8, 0, "phone", "commute"), ITEMS).any()
    path = f"{tmp_path}/context.npz"
    np.savez(path, **found.to_arrays())
    with np.load(path, allow_pickle=False) as arrays:
        assert not ContextModel.from_arrays(arrays).scores(Moment(8), ITEMS).any()


def test_saved_model_is_the_same_model(model: ContextModel, tmp_path: object) -> None:
    path = f"{tmp_path}/context.npz"
    np.savez(path, **model.to_arrays())
    with np.load(path, allow_pickle=False) as arrays:
        again = ContextModel.from_arrays(arrays)
    moment = Moment(8, 2, "phone", None)
    np.testing.assert_array_equal(again.scores(moment, ITEMS), model.scores(moment, ITEMS))


def test_tracks_without_a_group_score_zero(planted: LoggedContext) -> None:
    some = groups().tolil()
    some[0] = 0
    found = context_model(planted, csr_array(some))
    assert found.scores(Moment(hour=8), np.array([0]))[0] == 0.0
