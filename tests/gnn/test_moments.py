"""The moment is judged on single plays: a planted habit is found, and a world without habits gains nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.sparse import csr_array

from gnn.context import LoggedContext, Moment, context_model
from gnn.data import TrainingData
from gnn.moments import Base, judge_moments
from graph.arrays import Links

USERS, ITEMS, DAY, HOUR = 80, 40, 86_400, 3_600
GROUP_OF = np.arange(ITEMS) % 2


def plays(habit: bool, seed: int) -> Links:
    """Every user plays ten tracks; with the habit even ones at 8, odd ones at 20, else at either hour."""
    generator = np.random.default_rng(seed)
    user = np.repeat(np.arange(USERS), 10)
    item = np.concatenate([generator.choice(ITEMS - 5, 10, replace=False) + 5 for _ in range(USERS)])
    evening = GROUP_OF[item] == 1 if habit else generator.random(len(item)) < 0.5
    at = 1_400_000_000 // DAY * DAY + generator.integers(0, 30, len(item)) * DAY + np.where(evening, 20, 8) * HOUR
    return Links(user, item, {"lastAt": at})


@pytest.mark.parametrize("habit", [True, False])
def test_a_habit_is_found_and_none_is_not_invented(make_data: Callable[..., TrainingData], habit: bool) -> None:
    train = make_data([(user, item) for user in range(USERS) for item in range(5)], USERS, ITEMS)
    past, groups = plays(habit, 3), csr_array((np.ones(ITEMS), (np.arange(ITEMS), GROUP_OF)), shape=(ITEMS, 2))
    model = context_model(LoggedContext.of_times(past.target_row, past.columns["lastAt"].astype(np.int64)), groups)
    scores = np.random.default_rng(5).random((USERS, ITEMS)).astype(np.float32)
    later = plays(habit, 4)
    moments = [Moment.at(at) for at in later.columns["lastAt"].tolist()]
    found = judge_moments(model, later, moments, Base(lambda rows: scores[rows], train))
    assert found.kept is habit
    assert found.listeners == USERS // 2
