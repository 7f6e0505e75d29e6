"""Which moment counts as now for a graph: an imported history that ends in 2014 must behave as it did then."""

from __future__ import annotations

LIVE_DAYS = 28
DAY_S = 86_400


def as_of(newest_event: int, now: int) -> int:
    """Choose the moment that recommendations are made for.

    Args:
        newest_event: unix seconds of the newest event, 0 where there is none.
        now: unix seconds of the wall clock.

    Returns:
        ``now`` while the graph lives (no events, or one in the last 28 days), else the second after the newest event.
    """
    is_live = newest_event <= 0 or newest_event >= now - LIVE_DAYS * DAY_S
    return now if is_live else newest_event + 1
