"""How good the models are on held-out events: every model by name, trained on the same part, ranked the same way."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from gnn import baselines, curves
from gnn.config import FitConfig
from gnn.curves import Point
from gnn.fit import fit, fit_als, preset
from gnn.intervals import Run
from gnn.memory import peak_gb
from gnn.metrics import Lists, Quality, Scores, measure, rank
from gnn.sequence import SequenceConfig
from gnn.splits import Split
from gnn.user_scores import cultural, sequence
from graph.errors import ExtraMissingError, InvalidRequestError, NotEnoughDataError
from graph.progress import NoProgress, Progress

Model = Callable[[Split, FitConfig, Progress], Scores]
"""Trains on the split's training part, and nothing else of it, and answers with scores of the whole catalogue."""

DEPTH = 200
"""Length of the lists whose recall tells how good a source of candidates a model is."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One model on one split.

    Attributes:
        quality: what its lists reach, per user.
        train_seconds: wall time until it could score.
        peak_gb: most memory that the process had held until then.
        lists: its best items of every tested user, ``DEPTH`` of them where the catalogue has as many.
        curve: what it recorded while it learned.
    """

    quality: Quality
    train_seconds: float
    lists: Lists
    curve: tuple[Point, ...] = ()
    peak_gb: float = 0.0

    @property
    def run(self) -> Run:
        """What intervals are computed from."""
        return Run(self.lists.user_row, self.quality)

    def summary(self) -> dict[str, float]:
        """The means by metric name, ``trainSeconds`` and ``peakMemoryGb``."""
        return {**self.quality.summary(), "trainSeconds": self.train_seconds, "peakMemoryGb": self.peak_gb}


def _sage(split: Split, config: FitConfig, progress: Progress) -> Scores:
    models = fit(split.train, config, progress=progress)
    return baselines.of_vectors(models.user_vectors, models.tower)


def _sequence(split: Split, config: FitConfig, progress: Progress) -> Scores:
    sequence_config = SequenceConfig(seed=config.sage.seed)
    return sequence(split.train, fit_als(split.train, config), split.as_of, sequence_config, progress=progress)


def _cultural(split: Split, config: FitConfig, progress: Progress) -> Scores:
    progress.stage("Reading what is said of the items", 1)
    return cultural(split.train)


MODELS: Mapping[str, Model] = {
    "sage": _sage,
    **baselines.BASELINES,
    "sequence": _sequence,
    "cultural": _cultural,
}
"""Name -> model; a caller may pass more of them to ``evaluate``."""


def evaluate(
    split: Split,
    models: Sequence[str],
    *,
    registry: Mapping[str, Model] = MODELS,
    config: FitConfig | None = None,
    seed: int = 0,
    k: int = 20,
    left_out: dict[str, str] | None = None,
    progress: Progress | None = None,
) -> dict[str, Result]:
    """Train each named model on the training part and rank the catalogue for every tested user.

    Args:
        split: the parts.
        models: names out of ``registry``.
        registry: name -> model.
        config: how to train; ``preset`` of the data by default.
        seed: of ALS, folds, weights and batches.
        k: length of the lists.
        left_out: takes the models that the data cannot feed, with the reason, instead of the error.
        progress: told of the stages.

    Raises:
        InvalidRequestError: an unknown model, or one that the data cannot feed.
        NotEnoughDataError: too little to train on.
    """
    for name in models:
        if name not in registry:
            raise InvalidRequestError(f"no model is called {name!r}: choose from {', '.join(registry)}")
    chosen = seeded(config or preset(split.train), seed)
    progress = progress or NoProgress()
    found = {}
    for name in models:
        try:
            found[name] = _result(name, registry[name], split, chosen, k, progress)
        except (InvalidRequestError, NotEnoughDataError, ExtraMissingError) as error:
            if left_out is None:
                raise
            left_out[name] = str(error)
    if not found:
        raise NotEnoughDataError(f"no model can be fed by these data, such as {next(iter(left_out or models))}")
    return found


def _result(name: str, model: Model, split: Split, config: FitConfig, k: int, progress: Progress) -> Result:
    progress.stage(f"Fitting {name}", 1)
    begun = time.perf_counter()
    with curves.recording() as points:
        scores = model(split, config, progress)
    seconds, peak = time.perf_counter() - begun, peak_gb()
    progress.stage(f"Ranking by {name}", 1)
    lists = rank(scores, split, max(k, DEPTH))
    quality = measure(lists, split, k)
    progress.advance()
    return Result(quality, seconds, lists, tuple(points), peak)


def seeded(config: FitConfig, seed: int) -> FitConfig:
    """The config with every seed set to ``seed``."""
    folds = replace(config.sage.folds, seed=seed)
    return replace(config, als=replace(config.als, seed=seed), sage=replace(config.sage, folds=folds, seed=seed))
