"""How sure a difference between two models is, when both ranked for the same users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.metrics import Quality, bootstrap
from graph.arrays import Rows

COMPARED = ("recall", "ndcg")
"""The metrics that intervals are given for."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean over users of one model's metric minus another's, and its interval of 95 %."""

    mean: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One run of a model: whom it was measured on (int64 [n_users], ascending) and what it reached."""

    user_row: Rows
    quality: Quality


def difference(one: Sequence[Run], other: Sequence[Run], metric: str, *, seed: int = 0) -> Difference:
    """Compare two models on the same runs; a user's metric is their mean over the runs that tested them.

    Args:
        one: runs of one model.
        other: the same splits and seeds, run with the other.
        metric: a metric per user of ``Quality``.
        seed: of the resampling.
    """
    mine, theirs = _by_user(one, metric), _by_user(other, metric)
    low, high = bootstrap(mine, theirs, seed=seed)
    return Difference(float((mine - theirs).mean()), low, high)


def _by_user(runs: Sequence[Run], metric: str) -> NDArray[np.float64]:
    """Each user's mean over runs, float64 [n_users], by ascending row."""
    rows = np.concatenate([run.user_row for run in runs])
    values = np.concatenate([getattr(run.quality, metric) for run in runs])
    _, user = np.unique(rows, return_inverse=True)
    return np.asarray(np.bincount(user, weights=values) / np.bincount(user), np.float64)
