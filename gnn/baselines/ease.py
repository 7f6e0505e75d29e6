"""EASE: the linear model from items to items that has a closed form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import lapack
from scipy.sparse import csr_array

from gnn import als
from gnn.als import AlsConfig
from gnn.baselines.history import recent, through
from gnn.data import Floats, TrainingData
from gnn.metrics import Scores
from graph.errors import InvalidRequestError

BLOCK = 1024
MOST_ITEMS = 20_000
"""Above this the inverse needs more than 1.6 GB."""


@dataclass(frozen=True, slots=True)
class EaseConfig:
    """How strongly the weights are held small.

    Attributes:
        regularization: lambda, added to the diagonal of the item-item counts.
        weighting: ``binary``, or ``log`` for weights that grow with the logarithm of the plays, 1 on a user's average.
        half_life_days: of the history; infinite weighs all plays the same.
    """

    regularization: float = 200.0
    weighting: Literal["binary", "log"] = "binary"
    half_life_days: float = 30.0


GRID: Mapping[str, Sequence[object]] = {
    "half_life_days": (15.0, 60.0, 90.0, 180.0),
    "weighting": ("log",),
    "regularization": (25.0, 50.0, 100.0, 400.0, 800.0),
}
"""Values that a search tries, one field after the other."""


def fit(data: TrainingData, config: EaseConfig, seed: int) -> Scores:
    """The weights that predict each item from a user's other items, applied to the history.

    Time and memory grow with the cube and the square of the catalogue: 12,492 items take 625 MB and about a minute.

    Raises:
        InvalidRequestError: more than ``MOST_ITEMS`` items.
    """
    if len(data.items) > MOST_ITEMS:
        raise InvalidRequestError(
            f"ease inverts {len(data.items)} x {len(data.items)} items, at most {MOST_ITEMS}: leave it out"
        )
    shape = (len(data.users), len(data.items))
    plays = als.weights(
        data.user_row, data.item_row, data.count, shape, AlsConfig(alpha=1.0, weighting=config.weighting)
    )
    history = csr_array(plays.multiply(recent(data, config.half_life_days)).tocsr())
    return through(history, weights(plays, config.regularization))


def weights(plays: csr_array, regularization: float) -> Floats:
    """``B`` of ``X B ≈ X`` with a zero diagonal, float32 [n_items, n_items], for plays CSR [n_users, n_items].

    Source: Steck, Embarrassingly shallow autoencoders for sparse data, 2019, section 3.1.
    """
    gram = (plays.T @ plays).toarray(order="F")
    gram[np.diag_indices_from(gram)] += np.float32(regularization)
    inverse = _inverse(gram)
    inverse /= -np.diag(inverse)[None, :].copy()
    inverse[np.diag_indices_from(inverse)] = 0.0
    return inverse


def _inverse(matrix: Floats) -> Floats:
    """The inverse of a positive definite matrix, by Cholesky in place: half the work of a general one."""
    factor, _ = lapack.spotrf(matrix, lower=1, overwrite_a=1)
    lower, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    for start in range(0, len(lower), BLOCK):  # in blocks, so that a large catalogue is held once
        rows, after = slice(start, start + BLOCK), slice(start + BLOCK, None)
        square = np.tril(lower[rows, rows])
        lower[rows, rows] = square + np.tril(square, -1).T
        lower[rows, after] = lower[after, rows].T
    return np.asarray(lower, np.float32)
