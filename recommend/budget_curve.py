"""How much of what is played later the union of all sources holds, by how many tracks each may nominate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gnn.bundle import Bundle
from graph.arrays import Links, Rows
from graph.progress import Progress
from recommend.held_out import by_user
from recommend.learn import histories
from recommend.source_report import profile_of
from recommend.sources import SOURCES, unavailable
from recommend.surfaces import BY_NAME
from recommend.taste import taste_of

SHARES = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Of the quotas of ``home``, which are at 1."""


@dataclass(frozen=True, slots=True)
class BudgetPoint:
    """One budget over all listeners.

    Attributes:
        share: of the quotas of ``home``.
        tracks: in the union, in the mean.
        recall: of what was played later for the first time, within the union, in the mean.
    """

    share: float
    tracks: float
    recall: float


def measure_budget(
    bundle: Bundle,
    played: Links,
    later: Links,
    as_of: int,
    users: Rows,
    progress: Progress,
    shares: Sequence[float] = SHARES,
) -> tuple[BudgetPoint, ...]:
    """Ask all sources of ``home`` under each budget; the arguments are those of ``measure_sources``."""
    reasons, quotas = unavailable(bundle), BY_NAME["home"].quotas
    able = [source for source in SOURCES if reasons[source.name] is None and quotas.get(source.name)]
    history, wanted = histories(played, users), by_user(later, users)
    tracks, recall = np.zeros((len(shares), len(users))), np.zeros((len(shares), len(users)))
    progress.stage("asking under every budget", len(users))
    for at, user in enumerate(users.tolist()):
        taste = taste_of(profile_of(bundle, f"listener {user}", history[user]), bundle, as_of)
        for row, share in enumerate(shares):
            found = [source.nominate(taste, round(share * quotas[source.name])) for source in able]
            union = np.unique(np.concatenate(found))
            tracks[row, at] = len(union)
            recall[row, at] = np.isin(wanted[user], union).mean()
        progress.advance()
    return tuple(
        BudgetPoint(share, float(size.mean()), float(hit.mean()))
        for share, size, hit in zip(shares, tracks, recall, strict=True)
    )
