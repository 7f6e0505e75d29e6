"""Alternating least squares for implicit feedback, and the exact fold-in that turns any history into a user's factors.

Fitting needs ``implicit``; folding in needs NumPy only, so that the serving process can do it.

Source: Hu, Koren and Volinsky, Collaborative Filtering for Implicit Feedback Datasets, 2008, sections 4 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import ssyrk
from scipy.linalg.lapack import dgetrf, dgetrs, sgesv, sposv
from scipy.sparse import csr_array, csr_matrix

from gnn import checkpoints
from graph.arrays import Rows

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AlsConfig:
    """How the factors are fitted.

    Attributes:
        factors: their number, k.
        regularization: lambda; what matters is its ratio to ``alpha``, about 1 to 3.
        alpha: confidence of a pair of average weight.
        iterations: sweeps over users and items.
        weighting: ``binary`` gives every pair the same confidence, ``log`` one that grows with the logarithm of the
            plays, divided by its mean over the user's history.
        seed: of the starting factors.
    """

    factors: int = 128
    regularization: float = 60.0
    alpha: float = 20.0
    iterations: int = 20
    weighting: Literal["binary", "log"] = "log"
    seed: int = 0


def confidence(counts: Floats, config: AlsConfig, decay: Floats | None = None) -> Doubles:
    """The confidence of each pair of one user's history, float64 [n], from its plays and, if given, how recent."""
    fresh = np.ones(len(counts)) if decay is None else decay.astype(np.float64)
    if config.weighting == "binary" or not len(counts):
        return config.alpha * fresh
    plays = np.log1p(counts.astype(np.float64))
    return np.asarray(config.alpha * fresh * plays / plays.mean(), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class AlsModel:
    """Item factors and what folding in needs. Users have no row here: they are computed from their history.

    Attributes:
        item_factors: float32 [n_items, k].
        gram: ``Yᵀ Y + regularization · I``, float64 [k, k].
        dual: ``Y · gram⁻¹``, float32 [n_items, k]; lets a history shorter than k be solved in its own size.
    """

    config: AlsConfig
    item_factors: Floats
    gram: Doubles
    dual: Floats

    @classmethod
    def of(cls, item_factors: Floats, config: AlsConfig) -> AlsModel:
        """Prepare the fold-in against the given item factors."""
        wide = item_factors.astype(np.float64)
        gram = wide.T @ wide + config.regularization * np.eye(wide.shape[1])
        return cls(config, item_factors, gram, np.linalg.solve(gram, wide.T).T.astype(np.float32))

    def system(self, item_rows: Rows, counts: Floats, decay: Floats | None = None) -> tuple[Doubles, Doubles]:
        """The history's k x k matrix and right-hand sides: float64 [k, k] and [n, k], whose solutions are the parts.

        With the matrix held fixed the factors are linear in the history: they are the sum over played items of
        ``matrix⁻¹ · confidence · y``.
        """
        factors = self.item_factors[item_rows].astype(np.float64)  # [n, k]
        weight = confidence(counts, self.config, decay)
        return self.gram + (factors.T * (weight - 1.0)) @ factors, factors * weight[:, None]

    def fold_in(self, item_rows: Rows, counts: Floats, decay: Floats | None = None) -> Floats:
        """The factors of a user with this history, float32 [k]; zeros for none. Exact, but for single precision.

        With ``decay`` (float32 [n], 1 for the newest play) each play counts for as much of its confidence. A history
        shorter than k is solved as an n x n system, which is the same by the push-through identity.
        """
        if not len(item_rows):
            return np.zeros(self.item_factors.shape[1], np.float32)
        if len(item_rows) >= self.item_factors.shape[1]:
            factors, weight = self.item_factors[item_rows], confidence(counts, self.config, decay)
            return _solved(self.gram, factors, weight - 1.0, weight.astype(np.float32) @ factors)
        weight, dual = confidence(counts, self.config, decay), self.dual[item_rows]
        matrix = (weight - 1.0).astype(np.float32)[:, None] * (self.item_factors[item_rows] @ dual.T)  # [n, n]
        matrix.ravel()[:: len(weight) + 1] += 1.0
        _, _, share, failed = sgesv(matrix, weight.astype(np.float32))
        if failed:
            share = np.linalg.solve(matrix.astype(np.float64), weight)
        return np.asarray(share @ dual, np.float32)

    def summands(self, item_rows: Rows, counts: Floats, decay: Floats | None = None) -> Summands:
        """What each play adds to the fold-in of this history, ``decay`` as in ``fold_in``."""
        if len(item_rows) >= self.item_factors.shape[1]:
            matrix, sides = self.system(item_rows, counts, decay)
            return Summands(*dgetrf(matrix)[:2], sides, None)
        weight = confidence(counts, self.config, decay)
        dual = self.dual[item_rows].astype(np.float64)  # [n, k]
        kernel = self.item_factors[item_rows] @ self.dual[item_rows].T  # [n, n]
        matrix = (np.eye(len(weight)) + (weight - 1.0)[:, None] * kernel).T
        return Summands(*dgetrf(matrix)[:2], weight[:, None], dual)

    def shares(self, item_rows: Rows, counts: Floats, targets: Doubles, decay: Floats | None = None) -> Doubles:
        """The inner products of the fold-in with targets, split over the history, float64 [n, m].

        Args:
            item_rows: int64 [n].
            counts: float32 [n].
            targets: float64 [k, m].
            decay: float32 [n], as in ``fold_in``.
        """
        return self.summands(item_rows, counts, decay).shares(targets)

    def fold_in_all(self, user_row: Rows, item_row: Rows, counts: Floats, n_users: int) -> Floats:
        """The factors of every user, float32 [n_users, k]."""
        order = np.argsort(user_row, kind="stable")
        ends = np.searchsorted(user_row[order], np.arange(n_users + 1))
        found = np.zeros((n_users, self.item_factors.shape[1]), np.float32)
        with _one_blas_thread():
            for user in range(n_users):
                at = order[ends[user] : ends[user + 1]]
                found[user] = self.fold_in(item_row[at], counts[at])
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Summands:
    """How a fold-in splits over its plays: ``matrix⁻¹ · confidence · y`` of each, with the matrix held fixed.

    Attributes:
        factored: the matrix as LAPACK factors it, float64 [k, k]; [n, n] for a history shorter than k.
        pivots: of its rows.
        weighed: confidence · y, float64 [n, k]; the confidence alone [n, 1] for a history shorter than k.
        dual: float64 [n, k] of a history shorter than k.
    """

    factored: Doubles
    pivots: NDArray[np.int32]
    weighed: Doubles
    dual: Doubles | None

    def shares(self, targets: Doubles) -> Doubles:
        """The inner product of each summand with each target, float64 [n, m] of targets float64 [k, m]."""
        if not len(self.weighed):
            return np.zeros((0, targets.shape[1]))
        sides = targets if self.dual is None else self.dual @ targets
        solved = dgetrs(self.factored, self.pivots, sides)[0]
        return np.asarray(self.weighed @ solved if self.dual is None else self.weighed * solved)


def _solved(gram: Doubles, factors: Floats, weight: Doubles, side: Floats) -> Floats:
    """Solve ``gram + Σ weight · y yᵀ`` for one side [k], over the rows of ``factors`` [n, k]; float32 [k].

    One triangle of the matrix in single precision, where it is positive: a third of the time, for an error of 3e-6 of
    the scores on LFM-1M. The factors themselves are hardly finer.
    """
    if (weight >= 0).all():
        scaled, alpha = factors, weight[0]
        if (weight != alpha).any():
            scaled, alpha = factors * np.sqrt(weight).astype(np.float32)[:, None], 1.0
        triangle = ssyrk(alpha, scaled.T, beta=1.0, c=gram.T.astype(np.float32))  # [k, k], columns first: LAPACK's way
        _, found, failed = sposv(triangle, side, overwrite_a=True)
        if not failed:
            return np.asarray(found, np.float32)
    wide = factors.astype(np.float64)
    return np.asarray(np.linalg.solve(gram + (wide.T * weight) @ wide, side), np.float32)


def _one_blas_thread() -> _Threads:
    return _Threads()


class _Threads:
    """Holds BLAS to one thread: more of them get in each other's way on small matrices and under implicit's own."""

    def __enter__(self) -> None:
        from threadpoolctl import threadpool_limits

        self._limits = threadpool_limits(1, "blas")

    def __exit__(self, *_: object) -> None:
        self._limits.restore_original_limits()


def weights(user_row: Rows, item_row: Rows, counts: Floats, shape: tuple[int, int], config: AlsConfig) -> csr_array:
    """The confidence matrix, float32 [n_users, n_items]."""
    if config.weighting == "binary":
        values = np.full(len(counts), config.alpha)
    else:
        plays = np.log1p(counts.astype(np.float64))
        events = np.maximum(np.bincount(user_row, minlength=shape[0]), 1)
        mean = np.bincount(user_row, weights=plays, minlength=shape[0]) / events
        values = config.alpha * plays / mean[user_row]
    return csr_array((values.astype(np.float32), (user_row, item_row)), shape=shape)


def fit(user_row: Rows, item_row: Rows, counts: Floats, shape: tuple[int, int], config: AlsConfig) -> AlsModel:
    """Fit item factors to who played what.

    Args:
        user_row: int64 [n].
        item_row: int64 [n]; each pair once.
        counts: plays, float32 [n], above 0.
        shape: (n_users, n_items).
        config: how.
    """
    parts = (user_row, item_row, counts, shape, config)
    kept = checkpoints.remembered("als", parts, lambda: {"items": _factors(user_row, item_row, counts, shape, config)})
    return AlsModel.of(kept["items"], config)


def _factors(user_row: Rows, item_row: Rows, counts: Floats, shape: tuple[int, int], config: AlsConfig) -> Floats:
    """The item factors, float32 [n_items, k]."""
    from implicit.cpu.als import AlternatingLeastSquares

    matrix = csr_matrix(weights(user_row, item_row, counts, shape, config))
    with _one_blas_thread():
        model = AlternatingLeastSquares(
            factors=config.factors,
            regularization=config.regularization,
            iterations=config.iterations,
            random_state=config.seed,
        )
        model.fit(matrix, show_progress=False)
    return np.asarray(model.item_factors, np.float32)
