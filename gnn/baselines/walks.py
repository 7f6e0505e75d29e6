"""Random walks of three steps: to a heard item, to another of its listeners, to another item of theirs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from gnn.baselines.history import kept, recent, through
from gnn.data import TrainingData
from gnn.metrics import Scores, matrix

BLOCK = 1024


@dataclass(frozen=True, slots=True)
class WalkConfig:
    """How the walk is bent.

    Attributes:
        alpha: power of the chance of each walk from item to item.
        beta: power of the popularity that the chance of its end is divided by.
        neighbours: ends kept per start.
        half_life_days: of the history; infinite weighs all plays the same.
    """

    alpha: float = 1.0
    beta: float = 0.6
    neighbours: int = 200
    half_life_days: float = 30.0


def fit(data: TrainingData, config: WalkConfig, seed: int) -> Scores:
    """RP3beta: the chance to end at an item, divided by a power of its popularity.

    Source: Paudel, Christoffel, Newell and Bernstein, Updatable, accurate, diverse, and scalable recommendations for
    interactive applications, 2017, section 3.3.
    """
    heard = matrix(data.user_row, data.item_row, (len(data.users), len(data.items)))
    to_item = _stochastic(heard)
    to_user = _stochastic(csr_array(heard.T))
    fame = np.maximum(data.popularity, 1).astype(np.float32) ** np.float32(config.beta)
    values, columns = [], []
    for start in range(0, to_user.shape[0], BLOCK):
        block = (to_user[start : start + BLOCK] @ to_item).toarray() ** np.float32(config.alpha) / fame
        block[np.arange(len(block)), np.arange(start, start + len(block))] = 0.0
        largest, at = kept(block, config.neighbours)
        values.append(largest)
        columns.append(at)
    indptr = np.arange(to_user.shape[0] + 1) * values[0].shape[1]
    ends = csr_array(
        (np.concatenate(values).ravel(), np.concatenate(columns).ravel(), indptr), shape=(len(data.items),) * 2
    )
    return through(recent(data, config.half_life_days), ends)


def _stochastic(steps: csr_array) -> csr_array:
    """The matrix with rows that sum to 1, or are empty."""
    degree = np.diff(steps.indptr)
    share = (1.0 / np.maximum(degree, 1)).astype(np.float32)
    return csr_array((np.repeat(share, degree), steps.indices, steps.indptr), shape=steps.shape)
