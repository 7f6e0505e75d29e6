"""What changes in training when the data are large: fewer folds, the factors of all events in each, fewer passes."""

from __future__ import annotations

from dataclasses import replace

from gnn.config import FitConfig
from gnn.data import TrainingData

LARGE_EVENTS = 750_000
"""Events from which on a model is trained in the way of large data."""
FOLDS = 2
COLD_FOLDS = 1
EPOCHS = 2


def sized(config: FitConfig, data: TrainingData) -> FitConfig:
    """The config as it is used on data of this size; unchanged below ``LARGE_EVENTS``.

    With a million events every parameter sees enough supervised edges in two folds, the work and memory of which
    grow with the graph, and ALS without a fold's events differs little from that with them (see decision 36).
    """
    if len(data) < LARGE_EVENTS:
        return config
    folds = config.sage.folds
    few = replace(folds, count=min(folds.count, FOLDS), cold_count=min(folds.cold_count, COLD_FOLDS), refit_als=False)
    return replace(config, sage=replace(config.sage, folds=few, epochs=min(config.sage.epochs, EPOCHS)))
