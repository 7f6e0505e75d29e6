"""Random walks of three steps: to a heard item, to another of its listeners, to another item of theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from gnn.baselines.history import recent, strongest, through
from gnn.data import TrainingData
from gnn.metrics import Scores, matrix

BLOCK = 1024


@dataclass(frozen=True, slots=True)
class WalkConfig:
    """How the walk is bent.

    Attributes:
        alpha: power of the chance of each step; below 1 it favours the well connected.
        beta: power of the popularity that the chance of its end is divided by.
        neighbours: ends kept per start.
        half_life_days: of the history; infinite weighs all plays the same.
    """

    alpha: float = 0.5
    beta: float = 0.3
    neighbours: int = 200
    half_life_days: float = 30.0


GRID: Mapping[str, Sequence[object]] = {
    "beta": (0.0, 0.15, 0.45, 0.6),
    "half_life_days": (15.0, 60.0, 90.0, 180.0),
    "alpha": (0.3, 0.7, 1.0),
    "neighbours": (50, 100, 1000),
}
"""Values that a search tries, one field after the other."""


def fit(data: TrainingData, config: WalkConfig, seed: int) -> Scores:
    """RP3beta: the chance to end at an item, divided by a power of its popularity.

    Source: Paudel, Christoffel, Newell and Bernstein, Updatable, accurate, diverse, and scalable recommendations for
    interactive applications, 2017, section 3.3; alpha: Cooper, Lee, Radzik and Siantos, Random walks in recommender
    systems, 2014, section 3.
    """
    heard = matrix(data.user_row, data.item_row, (len(data.users), len(data.items)))
    to_user, to_item = steps(csr_array(heard.T), config.alpha), steps(heard, config.alpha)
    fame = np.maximum(data.popularity, 1).astype(np.float32) ** np.float32(config.beta)
    starts = range(0, to_user.shape[0], BLOCK)
    blocks = ((to_user[start : start + BLOCK] @ to_item).toarray() / fame for start in starts)
    return through(recent(data, config.half_life_days), strongest(blocks, config.neighbours))


def steps(links: csr_array, alpha: float) -> csr_array:
    """The chance of each step along the links of a node, one as likely as the other, to the power of alpha."""
    degree = np.diff(links.indptr)
    chance = (np.maximum(degree, 1) ** -alpha).astype(np.float32)
    return csr_array((np.repeat(chance, degree), links.indices, links.indptr), shape=links.shape)
