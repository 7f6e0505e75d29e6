"""What validation says before a model is trained on everything: rankers, figures, and which optional models add.

Everything is fitted on the plays before one cut in time and asked about those after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gnn import baselines
from gnn.build import build
from gnn.bundle import Bundle
from gnn.config import FitConfig
from gnn.context import Moment
from gnn.data import TrainingData, of_tracks
from gnn.earning import LEAST_LISTENERS, Verdict
from gnn.fit import FittedModels, fit
from gnn.gate import is_judge
from gnn.metrics import evaluate as measure
from gnn.moments import Base, judge_moments
from gnn.optional import NAMES, fit_optional
from gnn.splits import MIN_TRAIN, Split
from gnn.stand_in import with_stand_ins
from graph.arrays import GraphArrays, Links
from graph.past import known_at
from graph.progress import Progress
from recommend.earned import judge, people, without_the_rest
from recommend.learn import LearnConfig, Learned, learn, unlearned
from recommend.ranker import default_ranker
from recommend.rankers import stored

VALIDATION_SHARE = 0.2
LEAST_PLAYS = 100
MOST_SCORES = 1 << 30
"""Users times tracks that are ranked to measure a model; of more users a sample is drawn."""
LEAST_TESTED = 500
"""Users that a sample holds at least."""

Metrics = dict[str, dict[str, float]]


def listened(arrays: GraphArrays) -> GraphArrays:
    """Only what was really played: a track that was skipped each time is no sign of liking."""
    counts = arrays.played.columns.get("count", np.ones(len(arrays.played)))
    return replace(arrays, played=arrays.played.select(counts.astype(np.int64) > 0))


def cut_in_time(arrays: GraphArrays) -> tuple[GraphArrays, Links, int]:
    """The graph before the last fifth of its first plays, those later first plays, and the cut in unix seconds.

    A pair that was first played before the cut and again after it is known with its first play only, as a profile of
    that moment has it.
    """
    first = arrays.played.columns["firstAt"].astype(np.int64)
    cut = int(np.quantile(first, 1.0 - VALIDATION_SHARE))
    before = known_at(arrays.played, cut - 1)
    heard = arrays.heard.select(_heard_at(arrays) < cut)
    earlier = replace(arrays, played=before, heard=heard, watermark=cut - 1)
    return earlier, arrays.played.select(first >= cut), cut


def _heard_at(arrays: GraphArrays) -> NDArray[np.int64]:
    return np.asarray(arrays.heard.columns.get("at", np.empty(0, np.int64)), np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Validated:
    """What validation says: the rankers, the figures of every model, and which optional ones earn their place."""

    learned: Learned
    metrics: Metrics
    verdicts: Mapping[str, Verdict]


def validate(arrays: GraphArrays, config: FitConfig, learning: LearnConfig, progress: Progress) -> Validated:
    """Fit before the cut, measure every model on what came after it, and learn the rankers there."""
    before, later, cut = cut_in_time(arrays)
    if len(before.played) < LEAST_PLAYS or not len(later):
        told = unlearned(f"{len(before.played)} plays before the cut and {len(later)} after it")
        return Validated(told, {}, {})
    before = with_stand_ins(before)
    data = of_tracks(before)
    fitted = fit(data, config, progress=progress)
    metrics = _measured(data, later, cut, fitted, progress)
    optional = fit_optional(before, data, fitted.als, names=_worth_trying(before, later), progress=progress)
    ranker = stored((default_ranker(),), "linear", "not learned yet")
    provisional = build(before, fitted, version="validation", manifest={}, ranker=ranker, optional=optional)
    judging = is_judge(before.users.values.tolist())  # the gate asks them: nothing is chosen by what they do later
    taught = later.select(~judging[later.source_row])
    verdicts = _judged(provisional, before.played, taught, cut, learning, progress)
    if optional.context is not None:
        heard = arrays.heard.select((_heard_at(arrays) >= cut) & ~judging[arrays.heard.source_row])
        base = Base(baselines.of_vectors(fitted.user_vectors, fitted.tower), data)
        moments = [Moment.of_play(heard, at) for at in range(len(heard))]
        verdicts["context"] = judge_moments(optional.context, heard, moments, base)
    blended = without_the_rest(provisional, verdicts)
    learned = learn(blended, before.played, taught, as_of=cut, config=learning, progress=progress)
    return Validated(learned, metrics | dict(learned.metrics), verdicts)


def _judged(
    bundle: Bundle, before: Links, later: Links, cut: int, learning: LearnConfig, progress: Progress
) -> dict[str, Verdict]:
    """What each optional source adds; nobody is asked where there is none."""
    if not any(getattr(bundle, name) is not None for name in NAMES):
        return {}
    return judge(bundle, people(bundle, before, later, cut, learning, progress), config=learning)


def _worth_trying(before: GraphArrays, later: Links) -> tuple[str, ...]:
    """The optional models, where there are enough listeners to tell whether they add."""
    listeners = np.intersect1d(before.played.source_row, later.source_row)
    return NAMES if len(listeners) >= LEAST_LISTENERS else ()


def _measured(data: TrainingData, later: Links, cut: int, fitted: FittedModels, progress: Progress) -> Metrics:
    """Recall, NDCG and the rest of each model over the whole catalogue, as ``phonograph evaluate`` measures them."""
    events = np.bincount(data.user_row, minlength=len(data.users))
    tested = (events[later.source_row] >= MIN_TRAIN) & (data.popularity[later.target_row] > 0)
    tested &= _sampled(len(data.users), len(data.items))[later.source_row]
    if not tested.any():
        return {}
    split = Split(data, later.source_row[tested], later.target_row[tested], cut)
    models = {
        "sage": (baselines.of_vectors(fitted.user_vectors, fitted.tower), fitted.seconds["sage"]),
        "als": (baselines.of_als(data, fitted.als), fitted.seconds["als"]),
        "popularity": (baselines.popularity(data), 0.0),
    }
    progress.stage("validating", len(models))
    found: Metrics = {}
    for name, (scores, seconds) in models.items():
        found[name] = measure(scores, split).summary() | {"trainSeconds": round(seconds, 2)}
        progress.advance()
    return found


def _sampled(users: int, items: int, seed: int = 0) -> NDArray[np.bool_]:
    """Whom the models are measured on, bool [users]: all, or a random part where that is too much to rank."""
    share = MOST_SCORES / max(users * items, 1)
    return np.random.default_rng(seed).random(users) < max(share, min(1.0, LEAST_TESTED / max(users, 1)))
