"""What was known of plays at a moment: the rule of ``read/profile`` for arrays, so that training sees what serving saw.

The graph keeps of a user and a track how often and when first and last. Of a pair played both before and after a moment
only its first play is known for certain to lie before.
"""

from __future__ import annotations

import numpy as np

from graph.arrays import Links


def known_at(played: Links, moment: int) -> Links:
    """The plays as they were known at ``moment``, unix seconds; what began later is not among them.

    Args:
        played: user -> track with ``count``, ``firstAt`` and ``lastAt``.
        moment: nothing later is known.

    Returns:
        The links whose first event had happened; those that went on later count one play at most, at its time, and no
        skips. Sums that cannot be taken back (``weight``, ``saves``, ``completed``) stay as they are.
    """
    begun = played.select(played.columns["firstAt"].astype(np.int64) <= moment)
    first, last = (begun.columns[name].astype(np.int64) for name in ("firstAt", "lastAt"))
    past = last <= moment
    count = begun.columns["count"]
    columns = dict(begun.columns) | {
        "count": np.where(past, count, np.minimum(count, 1)),
        "lastAt": np.where(past, last, first),
    }
    if "skips" in columns:
        columns["skips"] = np.where(past, columns["skips"], 0)
    return Links(begun.source_row, begun.target_row, columns)
