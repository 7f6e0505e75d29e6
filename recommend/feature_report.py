"""What a feature is like in practice: its distribution over candidates, and what it does in the ranker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommend.features import NAMES
from recommend.learn import Example
from recommend.ranker import Ranker

QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)


@dataclass(frozen=True, slots=True)
class Observed:
    """One feature over a sample of candidates.

    Attributes:
        quantiles: probability -> value.
        zeros: share of exact zeros, 0 to 1.
        importance: mean absolute contribution to the score, as the ranker splits it.
        share: of the importance of all features, 0 to 1.
        rank: 1 for the most important.
    """

    quantiles: Mapping[float, float]
    zeros: float
    importance: float
    share: float
    rank: int


def observed(examples: Iterable[Example], ranker: Ranker) -> dict[str, Observed]:
    """Feature name -> what was seen of it.

    Args:
        examples: at least one, with candidates.
        ranker: the one that serves.
    """
    features = np.concatenate([one.features for one in examples])
    weight: NDArray[np.float64] = np.abs(ranker.contributions(features)).mean(axis=0)
    order = np.lexsort((np.arange(len(NAMES)), -weight))
    place = np.empty(len(NAMES), np.int64)
    place[order] = np.arange(1, len(NAMES) + 1)
    values = np.quantile(features.astype(np.float64), QUANTILES, axis=0)
    total = max(float(weight.sum()), 1e-12)
    return {
        name: Observed(
            quantiles=dict(zip(QUANTILES, values[:, at].tolist(), strict=True)),
            zeros=float((features[:, at] == 0).mean()),
            importance=float(weight[at]),
            share=float(weight[at]) / total,
            rank=int(place[at]),
        )
        for at, name in enumerate(NAMES)
    }
