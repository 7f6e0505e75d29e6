"""What sequence, text and context models add on LFM-1M's validation part: ``phonograph earn``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from api.validation import cut_in_time
from gnn.baselines import of_vectors, recent
from gnn.build import build
from gnn.bundle import OPTIONAL, Bundle
from gnn.config import TRACK_CONFIG, FitConfig
from gnn.context import LoggedContext, Moment, context_model
from gnn.data import TrainingData, of_tracks
from gnn.earning import Verdict
from gnn.fit import fit
from gnn.metrics import Lists, Scores, measure, rank
from gnn.moments import Base, judge_moments
from gnn.optional import OptionalConfig, OptionalModels, fit_optional, genres_and_artists
from gnn.splits import MIN_TRAIN, Split
from gnn.user_scores import vectors_of
from graph.arrays import GraphArrays, Links
from graph.progress import NoProgress, Progress
from ingest.collect import collect
from ingest.sources import lfm1m
from recommend.earned import Candidates, judge, people
from recommend.learn import LearnConfig
from recommend.ranker import default_ranker
from recommend.sources.cultural import HALF_LIFE_DAYS

TEST_SHARE = 0.2
"""The last fifth of the plays is the test of the split ``global``: nobody looks at it here."""
DEEP = 200


@dataclass(frozen=True, slots=True)
class Earned:
    """What the models add.

    Attributes:
        alone: model -> metric -> value, over the whole catalogue.
        union: sources -> share of the later plays that any of them nominates, and how many tracks they nominate.
        verdicts: model -> whether it stays, with the figures.
    """

    alone: Mapping[str, Mapping[str, float]]
    union: Mapping[str, tuple[float, float]]
    verdicts: Mapping[str, Verdict]


def earn(
    folder: Path,
    *,
    config: FitConfig = TRACK_CONFIG,
    optional: OptionalConfig | None = None,
    learning: LearnConfig | None = None,
    progress: Progress | None = None,
) -> Earned:
    """Train everything before the validation cut of the split ``global`` and hold it against the plays after it.

    Raises:
        SourceError: a file is missing or damaged.
    """
    progress = progress or NoProgress()
    before, later, cut = cut_in_time(_earlier(collect(lfm1m.Lfm1m(folder, include_test=True))))
    data = of_tracks(before)
    fitted = fit(data, config, progress=progress)
    models = fit_optional(before, data, fitted.als, config=optional, progress=progress)
    ranker = default_ranker().to_json()
    bundle = build(before, fitted, version="validation", manifest={}, ranker=ranker, optional=models)
    learning = learning or LearnConfig(users=len(data.users))
    found = people(bundle, before.played, later, cut, learning, progress)
    sage = of_vectors(fitted.user_vectors, fitted.tower)
    split = _split(data, later, cut)
    verdicts = judge(bundle, found, config=learning)
    return Earned(
        {name: _alone(scores, split) for name, scores in {"sage": sage, **_scores(models, data, cut)}.items()},
        _unions(bundle, found),
        verdicts | {"context": _context(before, later, sage, split)},
    )


def _earlier(arrays: GraphArrays) -> GraphArrays:
    """The graph without the test part of the split ``global``."""
    at = arrays.played.columns["lastAt"].astype(np.int64)
    return replace(arrays, played=arrays.played.select(at < int(np.quantile(at, 1.0 - TEST_SHARE))))


def _split(data: TrainingData, later: Links, cut: int) -> Split:
    events = np.bincount(data.user_row, minlength=len(data.users))
    tested = (events[later.source_row] >= MIN_TRAIN) & (data.popularity[later.target_row] > 0)
    return Split(data, later.source_row[tested], later.target_row[tested], cut)


def _scores(models: OptionalModels, data: TrainingData, cut: int) -> dict[str, Scores]:
    """The optional models by themselves."""
    found: dict[str, Scores] = {}
    if (sequence := models.sequence) is not None:
        found["sequence"] = lambda rows: vectors_of(sequence, data, rows, cut) @ sequence.items.T
    if (cultural := models.cultural) is not None:
        profiles = np.asarray(recent(data, HALF_LIFE_DAYS) @ cultural.vectors, np.float32)
        unit = profiles / np.maximum(np.linalg.norm(profiles, axis=1, keepdims=True), 1e-12)
        found["cultural"] = lambda rows: np.asarray(unit[rows] @ cultural.vectors.T, np.float32)
    return found


def _alone(scores: Scores, split: Split) -> dict[str, float]:
    deep = rank(scores, split, DEEP)
    short = measure(Lists(deep.user_row, deep.items[:, :20]), split).summary()
    return short | {f"recall@{DEEP}": float(measure(deep, split).recall.mean())}


def _unions(bundle: Bundle, found: list[Candidates]) -> dict[str, tuple[float, float]]:
    """Mean recall and size of the union without the optional sources, with each, and with all."""
    optional = [name for name in OPTIONAL if getattr(bundle, name) is not None]
    base = [name for name in found[0].names if name not in OPTIONAL]
    unions = {"without": base, **{f"with {name}": [*base, name] for name in optional}, "with all": base + optional}
    return {label: _union(found, names) for label, names in unions.items()}


def _union(found: list[Candidates], names: list[str]) -> tuple[float, float]:
    limited = [one.of(names) for one in found]
    recall = np.mean([one.wanted.sum() / max(one.later, 1) for one in limited])
    return float(recall), float(np.mean([len(one.rows) for one in limited]))


def _context(before: GraphArrays, later: Links, sage: Scores, split: Split) -> Verdict:
    """Hours and weekdays, in UTC, of genres and artists: judged on single later plays."""
    played = before.played
    logged = LoggedContext.of_times(played.target_row, played.columns["lastAt"].astype(np.int64))
    model = context_model(logged, genres_and_artists(before))
    tested = np.isin(later.source_row, split.test_user_row)
    known = later.select(tested)
    moments = [Moment.at(at) for at in known.columns["lastAt"].astype(np.int64).tolist()]
    return judge_moments(model, known, moments, Base(sage, split.train))
