"""What everybody hears: of all time, or lately."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gnn.data import TrainingData
from gnn.metrics import Scores
from gnn.relations import recency


@dataclass(frozen=True, slots=True)
class PopularityConfig:
    """How fast fame fades.

    Attributes:
        half_life_days: a play this much older than the newest of all counts half; infinite for all of time.
    """

    half_life_days: float = np.inf


def popularity(data: TrainingData) -> Scores:
    """Listeners of each item."""
    listeners = data.popularity.astype(np.float32)
    return lambda rows: np.tile(listeners, (len(rows), 1))


def fit(data: TrainingData, config: PopularityConfig, seed: int) -> Scores:
    """Listeners of each item, the recent ones first; without times those of all time."""
    if not data.has_times or np.isinf(config.half_life_days):
        return popularity(data)
    weight = recency(data.at, int(data.at.max(initial=0)), config.half_life_days)
    known = np.bincount(data.item_row, weights=weight, minlength=len(data.items)).astype(np.float32)
    return lambda rows: np.tile(known, (len(rows), 1))
