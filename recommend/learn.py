"""How the ranker's weights come about: what listeners played after a cut, told from candidates that they did not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from gnn.tower import History
from graph.arrays import Links
from graph.progress import NoProgress, Progress
from recommend.blend import Blend, Part
from recommend.ranker import LinearRanker, default_ranker, fit_linear
from recommend.sources.source import Floats, Rows
from recommend.surfaces import BY_NAME, Surface
from recommend.taste import Taste

K = 20


@dataclass(frozen=True, slots=True)
class LearnConfig:
    """How the ranker is learned.

    Attributes:
        users: listeners to learn from, at most.
        negatives: candidates not played later, per listener.
        held_out: every how many-th listener only measures.
        least_users: with fewer the default weights stay.
        penalty: of ``fit_linear``.
        seed: of the samples.
    """

    users: int = 1500
    negatives: int = 120
    held_out: int = 7
    least_users: int = 30
    penalty: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """The ranker, and what it reached on the listeners held out: metric -> value."""

    ranker: LinearRanker
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One listener's candidates: rows int64 [m], features float32 [m, f], wanted bool [m]; all they played later."""

    rows: Rows
    features: Floats
    wanted: NDArray[np.bool_]
    later: int
    nominated: dict[str, int]  # source -> how many of the later plays it nominated


def histories(played: Links, users: Rows) -> dict[int, History]:
    """Each user's plays, oldest first, ties by row."""
    order = np.lexsort((played.target_row, played.columns["lastAt"], played.source_row))
    sorted_users = played.source_row[order]
    starts, ends = np.searchsorted(sorted_users, users, "left"), np.searchsorted(sorted_users, users, "right")
    rows, counts = played.target_row[order], played.columns["count"][order].astype(np.float32)
    times = played.columns["lastAt"][order].astype(np.int64)
    return {
        int(user): History(rows[start:end], counts[start:end], times[start:end])
        for user, start, end in zip(users, starts, ends, strict=True)
    }


def example(taste: Taste, later: Rows, surface: Surface) -> Example:
    """The candidates of one listener, and which of them were played later."""
    blend = Blend((Part(1.0, taste, True),), taste.bundle)
    nominated = {source.name: blend.nominate(source, surface.quotas[source.name]) for source in blend.sources()}
    rows = np.unique(np.concatenate(list(nominated.values())))
    hits = {name: int(np.isin(later, found).sum()) for name, found in nominated.items()}
    return Example(rows, blend.features(rows), np.isin(rows, later), len(later), hits)


def _sample(one: Example, negatives: int, rng: np.random.Generator) -> NDArray[np.int64]:
    missed = np.flatnonzero(~one.wanted)
    chosen = rng.choice(missed, min(negatives, len(missed)), replace=False)
    return np.sort(np.concatenate([np.flatnonzero(one.wanted), chosen]))


def _ndcg(hits: NDArray[np.bool_], relevant: int) -> float:
    discounts = 1.0 / np.log2(np.arange(2, K + 2))
    return float((hits * discounts[: len(hits)]).sum() / discounts[: min(K, relevant)].sum())


def _measure(examples: list[Example], ranker: LinearRanker, tracks: int) -> dict[str, float]:
    """Recall, NDCG and coverage at ``K`` of the ranker, the recall of each source, and how much the union finds."""
    rows: dict[str, list[float]] = {}
    listed: list[Rows] = []
    for one in examples:
        best = np.lexsort((one.rows, -ranker.score(one.features)))[:K]
        listed.append(one.rows[best])
        found = {f"recall@{K}": one.wanted[best].sum() / one.later, f"ndcg@{K}": _ndcg(one.wanted[best], one.later)}
        found |= {"union_recall": one.wanted.sum() / one.later, "union_size": float(len(one.rows))}
        found |= {f"{name}_nominated_recall": hits / one.later for name, hits in one.nominated.items()}
        for name, value in found.items():
            rows.setdefault(name, []).append(float(value))
    means = {name: float(np.mean(values)) for name, values in rows.items()}
    return means | {f"coverage@{K}": len(np.unique(np.concatenate(listed))) / tracks if listed else 0.0}


def learn(
    bundle: Bundle,
    before: Links,
    later: Links,
    *,
    as_of: int,
    config: LearnConfig | None = None,
    progress: Progress | None = None,
) -> Learned:
    """Learn the weights from listeners with plays before and new tracks after a cut.

    Args:
        bundle: fitted on the plays before the cut only; its rows are those of ``before`` and ``later``.
        before: user -> track, with ``count`` and ``lastAt``.
        later: user -> track after the cut, tracks that the user had not played before.
        as_of: unix seconds of the cut.
        config: sizes and seed.
        progress: told of each listener.
    """
    config, progress = config or LearnConfig(), progress or NoProgress()
    rng = np.random.default_rng(config.seed)
    users = np.intersect1d(before.source_row, later.source_row)
    users = np.sort(rng.permutation(users)[: config.users])
    if len(users) < config.least_users:
        return Learned(default_ranker(), {"learned_from_users": 0.0})
    progress.stage("learning the ranker", len(users))
    history = histories(before, users)
    order = np.argsort(later.source_row, kind="stable")
    starts = np.searchsorted(later.source_row[order], users, "left")
    ends = np.searchsorted(later.source_row[order], users, "right")
    fitted, features, wanted, measured = 0, [], [], []
    for at, user in enumerate(users.tolist()):
        wanted_rows = np.unique(later.target_row[order][starts[at] : ends[at]])
        one = example(Taste(bundle, history[user], as_of), wanted_rows, BY_NAME["home"])
        if at % config.held_out == 0:
            measured.append(one)
        else:
            sample = _sample(one, config.negatives, rng)
            features.append(one.features[sample])
            wanted.append(one.wanted[sample])
            fitted += 1
        progress.advance()
    ranker = fit_linear(np.concatenate(features), np.concatenate(wanted), penalty=config.penalty)
    return Learned(ranker, _measure(measured, ranker, len(bundle.catalogue)) | {"learned_from_users": float(fitted)})
