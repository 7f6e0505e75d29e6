"""Which optional sources earn their place: the blend is learned with and without each, on listeners' later plays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import OPTIONAL, Bundle
from gnn.earning import Verdict, decide
from graph.arrays import Links
from graph.progress import NoProgress, Progress
from recommend.blend import Blend, Part
from recommend.features import FAMILIES
from recommend.held_out import by_user
from recommend.learn import LearnConfig, histories
from recommend.ranker import fit_linear
from recommend.sources import SCORERS
from recommend.sources.source import Floats, Rows
from recommend.surfaces import BY_NAME, Surface
from recommend.taste import Taste

K = 20
FOLDS = 5
"""Every listener is measured by a ranker that learned from the others."""
NAMES = tuple(source.name for source in SCORERS)
"""What nominates only is judged by nobody here: the ranker has no column of it."""

Mask = NDArray[np.bool_]


class Scorer(Protocol):
    """What a blend is judged by."""

    def score(self, features: Floats) -> Floats:
        """float32 [m] of features float32 [m, f]."""


Fit = Callable[[Floats, Mask, Rows], Scorer]
"""Learns from features [m, f], what was wanted [m], and how many rows each listener has, in order."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """One listener's candidates of all sources.

    Attributes:
        rows: int64 [m], ascending.
        features: float32 [m, n_features].
        wanted: bool [m], what was played later.
        nominated: bool [m, n_sources], by whom.
        later: tracks played later, candidates or not.
    """

    rows: Rows
    features: Floats
    wanted: Mask
    nominated: Mask
    later: int

    @property
    def names(self) -> tuple[str, ...]:
        """The sources, in the order of ``nominated``."""
        return NAMES

    def of(self, sources: Collection[str]) -> Candidates:
        """What is left with these sources alone: their nominations, and nobody else's features."""
        chosen = np.array([name in sources for name in NAMES])
        kept = self.nominated[:, chosen].any(axis=1)
        columns = np.array([family in sources for family in FAMILIES])
        features = np.where(columns, self.features[kept], np.float32(0.0))
        return Candidates(self.rows[kept], features, self.wanted[kept], self.nominated[kept], self.later)


def candidates(taste: Taste, later: Rows, surface: Surface) -> Candidates:
    """What every source with data nominates for a taste."""
    blend = Blend((Part(1.0, taste, True),), taste.bundle)
    found = blend.nominations(surface.quotas)
    rows = np.unique(np.concatenate(list(found.values())))
    by = np.stack([np.isin(rows, found.get(name, np.empty(0, np.int64))) for name in NAMES], axis=1)
    return Candidates(rows, blend.features(rows), np.isin(rows, later), by, len(later))


def judge(
    bundle: Bundle, listeners: Sequence[Candidates], *, config: LearnConfig | None = None, fit: Fit | None = None
) -> dict[str, Verdict]:
    """Judge every optional source of the bundle, in the order of ``SCORERS``, on top of those kept before it.

    Args:
        bundle: fitted before the cut, with every model that could be trained.
        listeners: from ``people``.
        config: how many negatives, and the seed.
        fit: how the blend is learned; penalised logistic regression by default.
    """
    config = config or LearnConfig()
    chosen = [name for name in NAMES if name in OPTIONAL and getattr(bundle, name) is not None]
    if not chosen:
        return {}
    learned = fit or (lambda features, wanted, _: fit_linear(features, wanted, penalty=config.penalty))
    kept = [name for name in NAMES if name not in OPTIONAL]
    reached = cross_fitted(listeners, kept, learned, config)
    verdicts: dict[str, Verdict] = {}
    for name in chosen:
        tried = cross_fitted(listeners, [*kept, name], learned, config)
        verdicts[name] = decide(name, tried, reached, metric=f"ndcg@{K}", seed=config.seed)
        if verdicts[name].kept:
            kept, reached = [*kept, name], tried
    return verdicts


def without_the_rest(bundle: Bundle, verdicts: Mapping[str, Verdict]) -> Bundle:
    """The bundle without the models that did not earn their place."""
    gone = {name: None for name, verdict in verdicts.items() if not verdict.kept}
    return replace(bundle, **gone) if gone else bundle  # type: ignore[arg-type]


def people(
    bundle: Bundle, before: Links, later: Links, as_of: int, config: LearnConfig, progress: Progress | None = None
) -> list[Candidates]:
    """The candidates of a sample of the listeners with plays on both sides of the cut.

    Args:
        bundle: fitted before the cut.
        before: user -> track, with ``count`` and ``lastAt``.
        later: user -> track after the cut, not played before.
        as_of: unix seconds of the cut.
        config: how many listeners, and the seed.
        progress: told of each listener.
    """
    progress = progress or NoProgress()
    users = np.intersect1d(before.source_row, later.source_row)
    users = np.sort(np.random.default_rng(config.seed).permutation(users)[: config.users])
    known = histories(before, users)
    liked = by_user(later, users)
    progress.stage("judging the optional sources", len(users))
    found = []
    for user in users.tolist():
        found.append(candidates(Taste(bundle, known[user], as_of), liked[user], BY_NAME["home"]))
        progress.advance()
    return found


def cross_fitted(
    listeners: Sequence[Candidates], sources: Sequence[str], fit: Fit, config: LearnConfig
) -> NDArray[np.float64]:
    """NDCG@20 of every listener under a ranker of these sources learned from the other folds, float64 [n]."""
    limited = [one.of(sources) for one in listeners]
    generator = np.random.default_rng(config.seed)
    fold = generator.permutation(len(listeners)) % FOLDS
    samples = [_sample(one, config.negatives, generator) for one in limited]
    found = np.zeros(len(listeners))
    for number in range(min(FOLDS, len(listeners))):
        lessons = [at for at in range(len(listeners)) if fold[at] != number and len(samples[at])]
        if not any(limited[at].wanted.any() for at in lessons):
            continue
        features = np.concatenate([limited[at].features[samples[at]] for at in lessons])
        wanted = np.concatenate([limited[at].wanted[samples[at]] for at in lessons])
        ranker = fit(features, wanted, np.array([len(samples[at]) for at in lessons]))
        for at in np.flatnonzero(fold == number).tolist():
            found[at] = _ndcg(limited[at], ranker)
    return found


def _sample(one: Candidates, negatives: int, generator: np.random.Generator) -> Rows:
    missed = np.flatnonzero(~one.wanted)
    chosen = generator.choice(missed, min(negatives, len(missed)), replace=False)
    return np.sort(np.concatenate([np.flatnonzero(one.wanted), chosen]))


def _ndcg(one: Candidates, ranker: Scorer) -> float:
    best = np.lexsort((one.rows, -ranker.score(one.features)))[:K]
    gains = 1.0 / np.log2(np.arange(2, K + 2))
    return float((one.wanted[best] * gains[: len(best)]).sum() / gains[: min(K, max(one.later, 1))].sum())
