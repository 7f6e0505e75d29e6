"""How good the models are on held-out events: every model by name, trained on the same part, ranked the same way."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gnn import baselines
from gnn.config import FitConfig
from gnn.fit import fit, fit_als, preset
from gnn.metrics import Quality, Scores
from gnn.metrics import evaluate as measure
from gnn.sequence import SequenceConfig
from gnn.splits import Split
from gnn.user_scores import cultural, sequence
from graph.errors import InvalidRequestError
from graph.progress import NoProgress, Progress


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One model on one split.

    Attributes:
        quality: what its lists reach, per user.
        train_seconds: wall time until it could score.
    """

    quality: Quality
    train_seconds: float

    def summary(self) -> dict[str, float]:
        """The means by metric name, and ``trainSeconds``."""
        return {**self.quality.summary(), "trainSeconds": self.train_seconds}


def _sage(split: Split, config: FitConfig, progress: Progress) -> Scores:
    models = fit(split.train, config, progress=progress)
    return baselines.of_vectors(models.user_vectors, models.tower)


def _als(split: Split, config: FitConfig, progress: Progress) -> Scores:
    progress.stage("Fitting ALS", 1)
    return baselines.of_als(split.train, fit_als(split.train, config))


def _popularity(split: Split, config: FitConfig, progress: Progress) -> Scores:
    return baselines.popularity(split.train)


def _item_knn(split: Split, config: FitConfig, progress: Progress) -> Scores:
    return baselines.item_knn(split.train)


def _artist_path(split: Split, config: FitConfig, progress: Progress) -> Scores:
    if not len(split.train.performed_by):
        raise InvalidRequestError("artist_path needs tracks, and the items of this data set are artists: leave it out")
    return baselines.artist_path(split.train)


def _sequence(split: Split, config: FitConfig, progress: Progress) -> Scores:
    sequence_config = SequenceConfig(seed=config.sage.seed)
    return sequence(split.train, fit_als(split.train, config), split.as_of, sequence_config, progress=progress)


def _cultural(split: Split, config: FitConfig, progress: Progress) -> Scores:
    progress.stage("Reading what is said of the items", 1)
    return cultural(split.train)


MODELS: dict[str, Callable[[Split, FitConfig, Progress], Scores]] = {
    "sage": _sage,
    "als": _als,
    "popularity": _popularity,
    "itemknn": _item_knn,
    "artist_path": _artist_path,
    "sequence": _sequence,
    "cultural": _cultural,
}


def evaluate(
    split: Split,
    models: Sequence[str],
    *,
    config: FitConfig | None = None,
    seed: int = 0,
    k: int = 20,
    progress: Progress | None = None,
) -> dict[str, Result]:
    """Train each named model on the training part and rank the catalogue for every tested user.

    Args:
        split: the parts.
        models: names out of ``MODELS``.
        config: how to train; ``preset`` of the data by default.
        seed: of ALS, folds, weights and batches.
        k: length of the lists.
        progress: told of the stages.

    Raises:
        InvalidRequestError: an unknown model, or one that the data cannot feed.
        NotEnoughDataError: too little to train on.
    """
    for name in models:
        if name not in MODELS:
            raise InvalidRequestError(f"no model is called {name!r}: choose from {', '.join(MODELS)}")
    chosen = seeded(config or preset(split.train), seed)
    progress = progress or NoProgress()
    found = {}
    for name in models:
        begun = time.perf_counter()
        scores = MODELS[name](split, chosen, progress)
        seconds = time.perf_counter() - begun
        progress.stage(f"Ranking by {name}", 1)
        found[name] = Result(measure(scores, split, k), seconds)
        progress.advance()
    return found


def seeded(config: FitConfig, seed: int) -> FitConfig:
    """The config with every seed set to ``seed``."""
    folds = replace(config.sage.folds, seed=seed)
    return replace(config, als=replace(config.als, seed=seed), sage=replace(config.sage, folds=folds, seed=seed))
