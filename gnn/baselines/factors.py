"""Factor models on confidences: ALS as ``implicit`` fits it, and ALS whose regularisation grows with the history.

Users are folded in from their history in either case, the recent plays with more confidence where times are known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn import als
from gnn.als import AlsConfig, AlsModel
from gnn.baselines.history import recent
from gnn.data import Floats, TrainingData
from gnn.metrics import Scores
from graph.arrays import Rows

EDGES = 65_536
"""Edges whose factors are gathered at once."""


@dataclass(frozen=True, slots=True)
class FactorConfig:
    """How the factors are fitted and users folded in.

    Attributes:
        als: the factors; of the seed only the evaluation's counts.
        frequency: power of the length of a history, or an item's listeners, that the regularisation is multiplied by,
            relative to its mean; 0 is ALS as it was published, which ``implicit`` fits.
        steps: of conjugate gradients per sweep, where the frequency counts.
        half_life_days: of the history; infinite weighs all plays the same.
    """

    als: AlsConfig = field(default_factory=AlsConfig)
    frequency: float = 0.0
    steps: int = 3
    half_life_days: float = 30.0


def of_als(data: TrainingData, model: AlsModel) -> Scores:
    """Products of folded-in user factors and item factors."""
    users = model.fold_in_all(data.user_row, data.item_row, data.count, len(data.users))
    return lambda rows: users[rows] @ model.item_factors.T


def fit(data: TrainingData, config: FactorConfig, seed: int) -> Scores:
    """Fit item factors and score the users folded in from their recent history."""
    shape = (len(data.users), len(data.items))
    confidence = als.weights(data.user_row, data.item_row, data.count, shape, config.als)
    if config.frequency:
        items = scaled_factors(confidence, config, seed)
    else:
        items = als.fit(data.user_row, data.item_row, data.count, shape, replace(config.als, seed=seed)).item_factors
    history = confidence.multiply(recent(data, config.half_life_days)).tocsr()
    return folded(items, csr_array(history), config)


def penalties(confidence: csr_array, config: FactorConfig) -> NDArray[np.float64]:
    """The regularisation of each row, float64 [n]: with frequency 0 the same for all.

    Source: Rendle, Krichene, Zhang and Koren, Revisiting the performance of iALS on item recommendation benchmarks,
    2022, section 3.3.
    """
    lengths = np.maximum(np.diff(confidence.indptr), 1).astype(np.float64)
    return np.asarray(config.als.regularization * (lengths / lengths.mean()) ** config.frequency, np.float64)


def scaled_factors(confidence: csr_array, config: FactorConfig, seed: int) -> Floats:
    """Item factors by alternating sweeps of conjugate gradients over all users, then all items, at once.

    Source: Takács, Pilászy and Tikk, Applications of the conjugate gradient method for implicit feedback collaborative
    filtering, 2011.
    """
    generator = np.random.default_rng(seed)
    users, items = (
        (generator.standard_normal((count, config.als.factors)) * 0.01).astype(np.float32) for count in confidence.shape
    )
    by_item = csr_array(confidence.T)
    of_users = penalties(confidence, config).astype(np.float32)
    of_items = penalties(by_item, config).astype(np.float32)
    for _ in range(config.als.iterations):
        users = _descend(users, items, confidence, of_users, config.steps)
        items = _descend(items, users, by_item, of_items, config.steps)
    return items


def _descend(found: Floats, fixed: Floats, confidence: csr_array, penalty: Floats, steps: int) -> Floats:
    """Better solutions of ``(FᵀF + Σ (c - 1) f fᵀ + penalty) x = Σ c f`` for every row at once, float32 [n, k]."""
    gram = fixed.T @ fixed
    rows = np.repeat(np.arange(confidence.shape[0]), np.diff(confidence.indptr))
    columns = confidence.indices.astype(np.int64)

    def applied(vectors: Floats) -> Floats:
        products = _products(vectors, fixed, rows, columns) * (confidence.data - 1.0)
        edges = csr_array((products, confidence.indices, confidence.indptr), shape=confidence.shape)
        return np.asarray(vectors @ gram + edges @ fixed + penalty[:, None] * vectors, np.float32)

    residual = np.asarray(confidence @ fixed, np.float32) - applied(found)
    direction, squared = residual, np.einsum("nk,nk->n", residual, residual)
    for _ in range(steps):
        image = applied(direction)
        step = squared / np.maximum(np.einsum("nk,nk->n", direction, image), 1e-20)
        found = found + step[:, None] * direction
        residual = residual - step[:, None] * image
        after = np.einsum("nk,nk->n", residual, residual)
        direction = residual + (after / np.maximum(squared, 1e-20))[:, None] * direction
        squared = after
    return found


def _products(left: Floats, right: Floats, rows: Rows, columns: Rows) -> Floats:
    """Inner products of paired rows, float32 [n_edges], in blocks."""
    parts = [
        np.einsum("ek,ek->e", left[rows[at : at + EDGES]], right[columns[at : at + EDGES]])
        for at in range(0, len(rows), EDGES)
    ]
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def folded(items: Floats, history: csr_array, config: FactorConfig) -> Scores:
    """Scores of users solved exactly from their history [n_users, n_items]: confidences that fade with age."""
    gram = (items.T @ items).astype(np.float64)
    penalty = penalties(history, config)
    solve = _solver(items.astype(np.float64), gram, history, penalty)
    return lambda rows: np.stack([solve(row) for row in rows.tolist()]).astype(np.float32) @ items.T


def _solver(
    items: NDArray[np.float64], gram: NDArray[np.float64], history: csr_array, penalty: NDArray[np.float64]
) -> Callable[[int], NDArray[np.float64]]:
    def solve(row: int) -> NDArray[np.float64]:
        at = slice(history.indptr[row], history.indptr[row + 1])
        heard, weight = items[history.indices[at]], history.data[at].astype(np.float64)
        matrix = gram + (heard.T * weight) @ heard
        matrix[np.diag_indices_from(matrix)] += penalty[row]
        return np.asarray(np.linalg.solve(matrix, heard.T @ (1.0 + weight)))

    return solve
