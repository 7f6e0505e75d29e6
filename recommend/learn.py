"""How the rankers come about: what listeners played after a cut, told from candidates that they did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from gnn.tower import History
from graph.arrays import Links
from graph.errors import ExtraMissingError
from graph.progress import NoProgress, Progress
from recommend.blend import Blend, Part
from recommend.ranker import Ranker, default_ranker, fit_linear, fusion_ranker
from recommend.sources.source import Floats, Rows
from recommend.surfaces import BY_NAME, Surface
from recommend.taste import Taste, history_of
from recommend.trees import Ranked, TreeConfig, fit_trees

K = 20
STOPS, MEASURES = 0, 1
"""Of every ``held_out`` listeners the first says when the trees have grown enough, the second only measures."""


@dataclass(frozen=True, slots=True)
class LearnConfig:
    """How the rankers are learned.

    Attributes:
        users: listeners to learn from, at most.
        negatives: candidates not played later, per listener.
        held_out: of how many listeners one stops the growing and one only measures.
        least_users: with fewer the default weights stay.
        penalty: of ``fit_linear``.
        trees: of ``fit_trees``.
        seed: of the samples.
    """

    users: int = 2500
    negatives: int = 120
    held_out: int = 7
    least_users: int = 30
    penalty: float = 1.0
    trees: TreeConfig = field(default_factory=TreeConfig)
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """The rankers, the best of them, and what they reached on listeners that none of them learned from.

    Attributes:
        rankers: each kind once; without LightGBM there is none by trees.
        serve: the kind of the best.
        why: it is, in one sentence.
        metrics: kind -> metric -> value; recall, NDCG and coverage of the lists.
        candidates: what the sources nominate: the recall and size of the union, the recall of each.
    """

    rankers: tuple[Ranker, ...]
    serve: str
    why: str
    metrics: Mapping[str, dict[str, float]]
    candidates: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One listener's candidates: rows int64 [m], features float32 [m, f], wanted bool [m]; all they played later."""

    rows: Rows
    features: Floats
    wanted: NDArray[np.bool_]
    later: int
    nominated: dict[str, int]  # source -> how many of the later plays it nominated


def histories(played: Links, users: Rows) -> dict[int, History]:
    """Each user's plays as serving would read them."""
    order = np.argsort(played.source_row, kind="stable")
    sorted_users = played.source_row[order]
    starts, ends = np.searchsorted(sorted_users, users, "left"), np.searchsorted(sorted_users, users, "right")
    rows, counts = played.target_row[order], played.columns["count"][order].astype(np.float32)
    times = played.columns["lastAt"][order].astype(np.int64)
    return {
        int(user): history_of(rows[start:end], counts[start:end], times[start:end])
        for user, start, end in zip(users, starts, ends, strict=True)
    }


def alone(taste: Taste) -> Blend:
    """A listener's own taste, without seeds."""
    return Blend((Part(1.0, taste, True),), taste.bundle)


def example(taste: Taste, later: Rows, surface: Surface) -> Example:
    """The candidates of one listener, and which of them were played later."""
    blend = alone(taste)
    nominated = blend.nominations(surface.quotas)
    rows = np.unique(np.concatenate(list(nominated.values())))
    hits = {name: int(np.isin(later, found).sum()) for name, found in nominated.items()}
    return Example(rows, blend.features(rows), np.isin(rows, later), len(later), hits)


def _sample(one: Example, negatives: int, rng: np.random.Generator) -> NDArray[np.int64]:
    missed = np.flatnonzero(~one.wanted)
    chosen = rng.choice(missed, min(negatives, len(missed)), replace=False)
    return np.sort(np.concatenate([np.flatnonzero(one.wanted), chosen]))


def ndcg_of(hits: NDArray[np.bool_], relevant: int) -> float:
    """NDCG at ``K`` of a list, bool [at most K], of which ``relevant`` tracks were wanted in all."""
    discounts = 1.0 / np.log2(np.arange(2, K + 2))
    return float((hits * discounts[: len(hits)]).sum() / discounts[: min(K, relevant)].sum())


@dataclass(slots=True)
class _Samples:
    """Examples in the making, those of each listener together."""

    features: list[Floats] = field(default_factory=list)
    wanted: list[NDArray[np.bool_]] = field(default_factory=list)

    def add(self, one: Example, chosen: NDArray[np.int64]) -> None:
        self.features.append(one.features[chosen])
        self.wanted.append(one.wanted[chosen])

    def ranked(self) -> Ranked:
        sizes = np.array([len(part) for part in self.wanted], np.int64)
        return Ranked(np.concatenate(self.features), np.concatenate(self.wanted), sizes)


def _measured(examples: list[Example], ranker: Ranker, tracks: int) -> dict[str, float]:
    """Recall, NDCG and coverage at ``K`` of the lists."""
    recall, ndcg, listed = [], [], []
    for one in examples:
        best = np.lexsort((one.rows, -ranker.score(one.features)))[:K]
        listed.append(one.rows[best])
        recall.append(one.wanted[best].sum() / one.later)
        ndcg.append(ndcg_of(one.wanted[best], one.later))
    covered = len(np.unique(np.concatenate(listed))) / tracks
    return {f"recall@{K}": float(np.mean(recall)), f"ndcg@{K}": float(np.mean(ndcg)), f"coverage@{K}": covered}


def _nominated(examples: list[Example]) -> dict[str, float]:
    """How much of the later plays the union and each source find, and how large the union is."""
    found = {"union_recall": float(np.mean([one.wanted.sum() / one.later for one in examples]))}
    found |= {"union_size": float(np.mean([len(one.rows) for one in examples]))}
    for name in examples[0].nominated:
        found[f"{name}_nominated_recall"] = float(np.mean([one.nominated[name] / one.later for one in examples]))
    return found


def learn(
    bundle: Bundle,
    before: Links,
    later: Links,
    *,
    as_of: int,
    config: LearnConfig | None = None,
    progress: Progress | None = None,
) -> Learned:
    """Learn the rankers from listeners with plays before and new tracks after a cut.

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
        return unlearned(f"{len(users)} listeners have plays on both sides of the cut, fewer than {config.least_users}")
    progress.stage("learning the ranker", len(users))
    history = histories(before, users)
    order = np.argsort(later.source_row, kind="stable")
    starts = np.searchsorted(later.source_row[order], users, "left")
    ends = np.searchsorted(later.source_row[order], users, "right")
    fitted, stopping = _Samples(), _Samples()
    measured: list[Example] = []
    for at, user in enumerate(users.tolist()):
        wanted_rows = np.unique(later.target_row[order][starts[at] : ends[at]])
        one = example(Taste(bundle, history[user], as_of), wanted_rows, BY_NAME["home"])
        if at % config.held_out == MEASURES:
            measured.append(one)
        elif at % config.held_out == STOPS:
            stopping.add(one, np.arange(len(one.rows)))
        else:
            fitted.add(one, _sample(one, config.negatives, rng))
        progress.advance()
    return _best(fitted.ranked(), stopping.ranked(), measured, len(bundle.catalogue), config)


def unlearned(reason: str) -> Learned:
    """The default weights, and why nothing was learned."""
    return Learned((default_ranker(), fusion_ranker()), "linear", f"default weights: {reason}", {}, {})


def _best(fitted: Ranked, stopping: Ranked, measured: list[Example], tracks: int, config: LearnConfig) -> Learned:
    """Learn every ranker and let the listeners that only measure decide."""
    linear = fit_linear(fitted.features, fitted.wanted, penalty=config.penalty)
    rankers: list[Ranker] = [linear, fusion_ranker()]
    missing = ""
    try:
        rankers.insert(0, fit_trees(fitted, stopping, linear, config.trees))
    except ExtraMissingError as error:
        missing = f"; {error}"
    metrics = {ranker.kind: _measured(measured, ranker, tracks) for ranker in rankers}
    ndcg = {kind: found[f"ndcg@{K}"] for kind, found in metrics.items() if kind != "fusion"}
    serve = max(ndcg, key=lambda kind: ndcg[kind])
    told = ", ".join(f"{kind} {value:.4f}" for kind, value in ndcg.items())
    why = f"best NDCG@{K} on {len(measured)} listeners that it did not learn from: {told}{missing}"
    return Learned(tuple(rankers), serve, why, metrics, _nominated(measured))
