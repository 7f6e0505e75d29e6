"""Which week a batch makes: the one that has begun where the day begins first."""

import pytest

from api.weekly_batch import newest_week
from recommend.wire import unix


@pytest.mark.parametrize(
    ("instant", "week"),
    [
        ("2026-11-27T12:00:00Z", "2026-W48"),
        ("2026-11-29T09:59:59Z", "2026-W48"),  # 23:59 of the Sunday in Kiritimati
        ("2026-11-29T10:00:00Z", "2026-W49"),  # its Monday
        ("2026-12-01T00:00:00Z", "2026-W49"),
        ("2027-01-03T10:00:00Z", "2027-W01"),
    ],
)
def test_the_newest_week_begins_with_the_first_monday_of_the_world(instant, week):
    assert newest_week(unix(instant)) == week
