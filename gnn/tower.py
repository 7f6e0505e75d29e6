"""The user's side of GraphSAGE in NumPy: a history goes in, a vector comes out, and scores split over the history.

No user has parameters, so this is all that serving needs of the network. The network is linear up to the last
normalisation: with the fold-in's matrix held fixed, a user's vector is a sum over what was played.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gnn.als import AlsConfig, AlsModel, Summands, confidence
from gnn.index import int8
from gnn.index.int8 import Vectors
from graph.arrays import Rows

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

SECONDS_PER_DAY = 86_400.0
DOMINANT = 0.5
"""A play with more than this share of a mean is left out by averaging the others anew: subtracting it would cancel."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What one user played, each item once.

    Attributes:
        item_rows: int64 [n].
        counts: plays, float32 [n], above 0.
        last_at: unix seconds of the last play, int64 [n]; 0 where unknown.
    """

    item_rows: Rows
    counts: Floats
    last_at: NDArray[np.int64]

    @classmethod
    def none(cls) -> History:
        """A history without plays."""
        return cls(np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.item_rows)

    def select(self, chosen: NDArray[np.bool_] | Rows) -> History:
        """The chosen plays: a mask [n] or positions."""
        return History(self.item_rows[chosen], self.counts[chosen], self.last_at[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class UserTower:
    """Everything that turns a history into a vector.

    Attributes:
        als: item factors and the fold-in.
        half_lives_days: one mean of the history each, besides the uniform one.
        item_states: both layers' vectors of the items side by side, float32 [n_items, 2 · dim].
        item_vectors: what users are compared with, float32 [n_items, dim], L2-normalised.
        own: from the folded-in factors, float32 [k, dim].
        heard: from each mean of the item states, float32 [n_means, 2 · dim, dim].
        followed: from the mean of the followed users' folded-in factors, float32 [k, dim]; zeros without follows.
    """

    als: AlsModel
    half_lives_days: tuple[float, ...]
    item_states: Vectors
    item_vectors: Vectors
    own: Floats
    heard: Floats
    followed: Floats

    def vector(
        self, history: History, as_of: int, follows: Sequence[History] = (), *, factors: Floats | None = None
    ) -> Floats:
        """The user's vector, float32 [dim], L2-normalised; zeros where nothing is known.

        Args:
            history: what was played; plays after ``as_of`` are not seen.
            as_of: unix seconds.
            follows: histories of followed users, at most 50.
            factors: the folded-in ALS factors of the same history, where the caller has them already.
        """
        raw = self.raw(history, as_of, follows, factors=factors)
        norm = float(np.linalg.norm(raw))
        return np.asarray(raw / np.float32(norm) if norm > 0 else raw, np.float32)

    def raw(
        self, history: History, as_of: int, follows: Sequence[History] = (), *, factors: Floats | None = None
    ) -> Floats:
        """The vector before normalisation, float32 [dim]; see ``vector``."""
        return self._raw(_seen(history, as_of), [_seen(other, as_of) for other in follows], factors)

    def vectors(self, histories: Sequence[History], as_of: int) -> Floats:
        """The vectors of many users, float32 [n, dim]."""
        found = np.zeros((len(histories), self.own.shape[1]), np.float32)
        for row, history in enumerate(histories):
            found[row] = self.vector(history, as_of)
        return found

    def scores(self, history: History, as_of: int, item_rows: Rows) -> Floats:
        """The cosine of the user with some items, float32 [m]."""
        return self.item_vectors[item_rows] @ self.vector(history, as_of)

    def shares(
        self,
        history: History,
        as_of: int,
        item_rows: Rows,
        follows: Sequence[History] = (),
        *,
        summands: Summands | None = None,
        length: float | None = None,
    ) -> Floats:
        """What each played item adds to the score of each given item, float32 [n_history, m].

        The columns sum to the scores. Plays after ``as_of`` add nothing. With ``follows`` one more row holds what the
        followed users add. The ``summands`` of the fold-in and the ``length`` of the vector before normalisation can be
        given where the caller has them of the same plays, all of them seen.
        """
        seen = history.last_at <= as_of
        known, others = history.select(seen), [_seen(other, as_of) for other in follows]
        target = np.ascontiguousarray(self.item_vectors[item_rows].T)  # [dim, m]
        shares = np.zeros((len(history), target.shape[1]))
        if len(known):
            shares[seen] = self._own_shares(known, target, summands) + self._heard_shares(known, target)
        if follows:
            shares = np.vstack([shares, self._mean_fold_in(others) @ self.followed @ target])
        norm = float(np.linalg.norm(self._raw(known, others))) if length is None else length
        return (shares / norm if norm > 0 else shares).astype(np.float32)

    def without(self, history: History, as_of: int, item_rows: Rows, positions: Rows | None = None) -> Floats:
        """The scores of the given items had one play not happened, float32 [n_positions, m]; each play in turn.

        Args:
            history: what was played.
            as_of: unix seconds.
            item_rows: the items that are scored.
            positions: which plays are left out, positions in the history; all of them by default.

        Where the fold-in weighs plays by their mean, a leave-out changes all weights and costs a fold-in each.
        """
        seen = np.flatnonzero(history.last_at <= as_of)
        known = history.select(seen)
        wanted = np.arange(len(history)) if positions is None else positions
        place = np.full(len(history), -1, np.int64)
        place[seen] = np.arange(len(seen))
        left = place[wanted]
        raw = np.repeat(self._raw(known, [])[None, :].astype(np.float64), len(wanted), axis=0)
        if (left >= 0).any():
            raw[left >= 0] = self._raw_without(known, left[left >= 0])
        norm = np.linalg.norm(raw, axis=1, keepdims=True)
        unit = (raw / np.where(norm > 1e-12, norm, 1.0)).astype(np.float32)
        return unit @ self.item_vectors[item_rows].T

    def _raw(self, history: History, follows: Sequence[History], factors: Floats | None = None) -> Floats:
        """The vector before normalisation, float32 [dim]."""
        raw = np.zeros(self.own.shape[1], np.float32)
        if len(history):
            raw += (self._fold_in(history) if factors is None else factors) @ self.own
            means = self._weights(history) @ self.item_states[history.item_rows]  # [n_means, 2 · dim]
            raw += means.reshape(-1) @ self.heard.reshape(-1, raw.shape[0])
        if follows:
            raw += self._mean_fold_in(follows) @ self.followed
        return raw

    def _fold_in(self, history: History) -> Floats:
        return self.als.fold_in(history.item_rows, history.counts)

    def _mean_fold_in(self, histories: Sequence[History]) -> Floats:
        return np.asarray(np.mean([self._fold_in(history) for history in histories], axis=0), np.float32)

    def _weights(self, history: History) -> Floats:
        """The share of each play in each mean, float32 [n_means, n]."""
        weight = np.exp2(_exponents(history, self.half_lives_days))
        return np.asarray(weight / weight.sum(axis=1, keepdims=True), np.float32)

    def _own_shares(self, history: History, target: Floats, summands: Summands | None) -> Doubles:
        """What each play adds by way of the fold-in, float64 [n, m]."""
        summands = summands or self.als.summands(history.item_rows, history.counts)
        return summands.shares((self.own @ target).astype(np.float64))

    def _heard_shares(self, history: History, target: Floats) -> Floats:
        """What each play adds by way of the means, float32 [n, m]."""
        states = self.item_states[history.item_rows]
        heard = (self.heard.reshape(-1, len(target)) @ target).reshape(len(self.heard), states.shape[1], -1)
        found = np.zeros((len(history), target.shape[1]), np.float32)
        for weight, mean in zip(self._weights(history), heard, strict=True):
            found += weight[:, None] * (states @ mean)
        return found

    def _raw_without(self, history: History, left: Rows) -> Doubles:
        """The vectors before normalisation without each of the plays at ``left``, float64 [n_left, dim]."""
        if len(history) == 1:
            return np.zeros((len(left), self.own.shape[1]))
        raw = np.asarray(_folded_without(self.als, history, left) @ self.own, np.float64)
        states = self.item_states[history.item_rows].astype(np.float64)
        for exponents, heard in zip(_exponents(history, self.half_lives_days), self.heard, strict=True):
            raw += _means_without(exponents, states, left) @ heard
        return raw

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as plain arrays, by name; for ``np.savez``."""
        als = self.als.config
        return {
            "item_factors": self.als.item_factors,
            "als_numbers": np.array([als.factors, als.regularization, als.alpha, als.iterations, als.seed], np.float64),
            "als_weighting": np.array([als.weighting]),
            "half_lives_days": np.array(self.half_lives_days, np.float64),
            **int8.to_arrays("item_states", self.item_states),
            **int8.to_arrays("item_vectors", self.item_vectors),
            "own": self.own,
            "heard": self.heard,
            "followed": self.followed,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> UserTower:
        """The tower that ``to_arrays`` wrote."""
        factors, regularization, alpha, iterations, seed = arrays["als_numbers"].tolist()
        weighting: Literal["binary", "log"] = "binary" if str(arrays["als_weighting"][0]) == "binary" else "log"
        config = AlsConfig(int(factors), regularization, alpha, int(iterations), weighting, int(seed))
        return cls(
            AlsModel.of(arrays["item_factors"], config),
            tuple(arrays["half_lives_days"].tolist()),
            int8.from_arrays("item_states", arrays),
            int8.from_arrays("item_vectors", arrays),
            arrays["own"],
            arrays["heard"],
            arrays["followed"],
        )


def _seen(history: History, as_of: int) -> History:
    seen = history.last_at <= as_of
    return history if seen.all() else history.select(seen)


def _exponents(history: History, half_lives_days: tuple[float, ...]) -> Doubles:
    """The logarithm (base 2) of each play's weight in each mean, float64 [n_means, n]; 0 for the newest."""
    age_days = (history.last_at.max() - history.last_at) / SECONDS_PER_DAY
    return np.asarray(-age_days / np.array([np.inf, *half_lives_days])[:, None], np.float64)


def _means_without(exponents: Doubles, states: Doubles, left: Rows) -> Doubles:
    """The weighted mean of ``states`` [n, d] without each of the rows at ``left``, float64 [n_left, d]."""
    weight = np.exp2(exponents)
    total = weight.sum()
    rest = np.where(weight[left] <= DOMINANT * total, total - weight[left], 1.0)
    means = (weight @ states - weight[left, None] * states[left]) / rest[:, None]
    for row in np.flatnonzero(weight[left] > DOMINANT * total):
        others = np.delete(exponents, left[row])
        scaled = np.exp2(others - others.max())
        means[row] = scaled @ np.delete(states, left[row], axis=0) / scaled.sum()
    return np.asarray(means, np.float64)


def _folded_without(als: AlsModel, history: History, left: Rows) -> Doubles:
    """The folded-in factors without each of the plays at ``left``, float64 [n_left, k].

    With binary weights the matrix loses one rank-1 term, so that one solve serves all (Sherman and Morrison, 1950).
    """
    if als.config.weighting != "binary":
        keep = np.arange(len(history))
        return np.stack([als.fold_in(history.item_rows[keep != at], history.counts[keep != at]) for at in left]).astype(
            np.float64
        )
    matrix, sides = als.system(history.item_rows, history.counts)
    weight = confidence(history.counts, als.config)[left]
    played = als.item_factors[history.item_rows[left]].astype(np.float64)  # [n_left, k]
    solved = np.linalg.solve(matrix, np.column_stack([sides.sum(axis=0), played.T])).T
    whole, each = solved[0], solved[1:]
    height = np.einsum("nk,nk->n", played, each)
    rest = (weight - 1.0) * (played @ whole - weight * height) / (1.0 - (weight - 1.0) * height)
    return np.asarray(whole + each * (rest - weight)[:, None], np.float64)
