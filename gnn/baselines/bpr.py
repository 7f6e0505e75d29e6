"""Matrix factorisation by pairwise ranking: a heard item above one not heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, csr_matrix

from gnn.baselines.history import recent
from gnn.data import Floats, TrainingData
from gnn.metrics import Scores, matrix
from graph.arrays import Rows


@dataclass(frozen=True, slots=True)
class BprConfig:
    """How the factors are learned.

    Attributes:
        factors: their number.
        learning_rate: of stochastic gradient descent.
        regularization: of the factors.
        iterations: passes over the pairs.
        recent_share: weight of the recency-weighted mean of the heard items' factors next to the user's own, where
            times are known; 0 scores by the user's factors alone.
        half_life_days: of that mean.
    """

    factors: int = 64
    learning_rate: float = 0.05
    regularization: float = 0.01
    iterations: int = 100
    recent_share: float = 0.0
    half_life_days: float = 30.0


def fit(data: TrainingData, config: BprConfig, seed: int) -> Scores:
    """Factors of users and items with a bias, fitted by ``implicit`` in one thread, so that a seed repeats them.

    Source: Rendle, Freudenthaler, Gantner and Schmidt-Thieme, BPR: Bayesian personalized ranking from implicit
    feedback, 2009, section 4.
    """
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    heard = csr_matrix(matrix(data.user_row, data.item_row, (len(data.users), len(data.items))))
    model = BayesianPersonalizedRanking(
        factors=config.factors,
        learning_rate=config.learning_rate,
        regularization=config.regularization,
        iterations=config.iterations,
        random_state=seed,
        num_threads=1,
    )
    model.fit(heard, show_progress=False)
    items = np.asarray(model.item_factors, np.float32)  # [n_items, factors + 1], the last one the bias
    users = np.asarray(model.user_factors, np.float32)
    if data.has_times and config.recent_share:
        users = users + config.recent_share * _recent_mean(recent(data, config.half_life_days), items)
    return _products(users, items)


def _recent_mean(history: csr_array, items: Floats) -> Floats:
    total = np.maximum(np.asarray(history.sum(axis=1)), 1e-9)
    mean = np.asarray((history @ items) / total[:, None], np.float32)
    mean[:, -1] = 0.0  # the users' place of the bias holds a constant
    return mean


def _products(users: Floats, items: Floats) -> Scores:
    def scores(rows: Rows) -> Floats:
        return np.asarray(users[rows] @ items.T, np.float32)

    return scores
