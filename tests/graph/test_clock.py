"""What "now" is for a graph: the wall clock, or the moment after the newest event of an old history."""

from __future__ import annotations

import pytest

from graph.clock import as_of

NOW, DAY = 1_700_000_000, 86_400


@pytest.mark.parametrize(
    ("newest", "expected"),
    [
        (0, NOW),
        (NOW - 5, NOW),
        (NOW - 28 * DAY, NOW),
        (NOW - 28 * DAY - 1, NOW - 28 * DAY),
        (1_400_000_000, 1_400_000_001),
        (NOW + 60, NOW),
    ],
)
def test_an_old_history_keeps_its_own_time(newest: int, expected: int) -> None:
    assert as_of(newest, NOW) == expected
