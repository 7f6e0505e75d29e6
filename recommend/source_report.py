"""What each source is worth: how much of what listeners play later it finds, alone and beside all others.

Measured by the engine that serves, on listeners as they were at the bundle's watermark.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from gnn.intervals import Difference
from gnn.metrics import bootstrap
from gnn.tower import History
from graph.arrays import Links, Rows
from graph.progress import Progress
from graph.reads import Profile
from recommend.engine import Engine
from recommend.held_out import by_user
from recommend.learn import K, histories, ndcg_of
from recommend.served import NoReads
from recommend.sources import SOURCES, unavailable
from recommend.surfaces import SURFACES
from recommend.taste import taste_of
from recommend.types import RecommendRequest

DEEP = 500
"""Nominations of the one source that recall is told of."""
LISTED = "list"
"""What is shown: the ranked union after filters and diversity."""
RANKED = "ranked"
"""The ranked union before them, the caps and the diversity."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SourceWorth:
    """One source over all listeners.

    Attributes:
        quota: the largest on any surface.
        nominated: tracks under this quota, in the mean.
        ms: of these nominations, the median; what another source worked out already is not counted again.
        recall: of what was played later for the first time, among its first ``DEEP``.
        unique: of what was played later, what no other source finds under its quota.
        ndcg: of its first ``K`` alone.
        lead: NDCG of the list that is shown minus the source's.
    """

    name: str
    quota: int
    nominated: float
    ms: float
    recall: float
    unique: float
    ndcg: float
    lead: Difference


@dataclass(frozen=True, slots=True)
class SourceTable:
    """All sources.

    Attributes:
        listeners: how many were asked.
        rows: of the sources that could nominate, the best NDCG first.
        silent: source -> why it could not.
        union: recall of all together under their quotas.
        ndcg: ``LISTED`` and ``RANKED`` -> NDCG at ``K``.
    """

    listeners: int
    rows: tuple[SourceWorth, ...]
    silent: Mapping[str, str]
    union: float
    ndcg: Mapping[str, float]

    @property
    def best_lead(self) -> float:
        """By which share the shown list beats the best single source."""
        return self.ndcg[LISTED] / max(self.rows[0].ndcg, 1e-12) - 1.0


@dataclass(slots=True)
class _Sums:
    """What one source reached, listener by listener."""

    nominated: list[int] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    recall: list[float] = field(default_factory=list)
    unique: list[float] = field(default_factory=list)
    ndcg: list[float] = field(default_factory=list)


def quotas() -> dict[str, int]:
    """The largest quota of each source on any surface, in the order of ``SOURCES``."""
    return {source.name: max(surface.quotas.get(source.name, 0) for surface in SURFACES) for source in SOURCES}


def profile_of(bundle: Bundle, user_id: str, history: History) -> Profile:
    """A listener of whom nothing but plays is known."""
    return Profile(
        user_id=user_id,
        name=None,
        track_ids=bundle.catalogue.tracks.values[history.item_rows],
        counts=history.counts,
        last_at=history.last_at,
        skips=np.zeros(len(history.counts), np.float32),
    )


def measure_sources(
    bundle: Bundle, played: Links, later: Links, as_of: int, users: Rows, progress: Progress
) -> SourceTable:
    """Ask every source and the engine for each listener.

    Args:
        bundle: fitted on ``played``; its rows are those of both.
        played: user -> track with ``count`` and ``lastAt``, before the cut.
        later: user -> track, first played after it.
        as_of: unix seconds of the cut.
        users: int64 [n], who is measured; each has plays on both sides.
        progress: told of every listener.
    """
    engine = Engine(bundle, NoReads())
    reasons = unavailable(bundle)
    able = [source for source in SOURCES if reasons[source.name] is None]
    sums = {source.name: _Sums() for source in able}
    lists: dict[str, list[float]] = {LISTED: [], RANKED: []}
    union, quota, history = [], quotas(), histories(played, users)
    wanted = by_user(later, users)
    progress.stage("asking every source", len(users))
    for user in users.tolist():
        liked = wanted[user]
        profile = profile_of(bundle, f"listener {user}", history[user])
        taste = taste_of(profile, bundle, as_of)
        taste.vector, taste.factors, taste.unplayed  # noqa: B018  # shared by the sources: nobody's own time
        found = {}
        for source in able:
            began = time.perf_counter()
            rows = source.nominate(taste, quota[source.name])
            sums[source.name].ms.append((time.perf_counter() - began) * 1e3)
            sums[source.name].nominated.append(len(rows))
            found[source.name] = np.intersect1d(rows, liked)
            deep = source.nominate(taste, DEEP)
            sums[source.name].recall.append(np.isin(deep, liked).sum() / len(liked))
            sums[source.name].ndcg.append(_ndcg(deep[:K], liked))
        everything = np.concatenate(list(found.values()))
        rows, times = np.unique(everything, return_counts=True)
        union.append(len(rows) / len(liked))
        for name, hits in found.items():
            sums[name].unique.append(np.isin(hits, rows[times == 1]).sum() / len(liked))
        trace = engine.trace(
            RecommendRequest(profile.user_id, n=K, as_of=as_of, explain=False, exploration=0.0), profile
        )
        order = np.lexsort((trace.pool.rows, -trace.pool.scores))
        lists[RANKED].append(_ndcg(trace.pool.rows[order][:K], liked))
        lists[LISTED].append(_ndcg(trace.pool.rows[trace.choice.places], liked))
        progress.advance()
    shown = np.array(lists[LISTED])
    worth = [_worth(name, quota[name], one, shown) for name, one in sums.items()]
    return SourceTable(
        listeners=len(users),
        rows=tuple(sorted(worth, key=lambda row: -row.ndcg)),
        silent={name: reason for name, reason in reasons.items() if reason is not None},
        union=float(np.mean(union)),
        ndcg={name: float(np.mean(values)) for name, values in lists.items()},
    )


def _ndcg(rows: Rows, liked: Rows) -> float:
    return ndcg_of(np.isin(rows, liked), len(liked))


def _worth(name: str, quota: int, found: _Sums, shown: Doubles) -> SourceWorth:
    alone = np.array(found.ndcg)
    low, high = bootstrap(shown, alone)
    means: Sequence[float] = [float(np.mean(values)) for values in (found.nominated, found.recall, found.unique)]
    lead = Difference(float((shown - alone).mean()), low, high)
    return SourceWorth(name, quota, means[0], float(np.median(found.ms)), means[1], means[2], float(alone.mean()), lead)
