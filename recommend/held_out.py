"""What listeners play after a cut."""

from __future__ import annotations

import numpy as np

from graph.arrays import Links, Rows


def by_user(later: Links, users: Rows) -> dict[int, Rows]:
    """The tracks of each user (int64 [n]): int64 [m], ascending, each once; empty for a user without any."""
    order = np.argsort(later.source_row, kind="stable")
    source, target = later.source_row[order], later.target_row[order]
    starts, ends = np.searchsorted(source, users, "left"), np.searchsorted(source, users, "right")
    return {int(user): np.unique(target[start:end]) for user, start, end in zip(users, starts, ends, strict=True)}
