"""The message graph: which nodes are averaged into which, as row-normalised matrices, and what the nodes start from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn.als import AlsModel
from gnn.config import SageConfig
from gnn.content import unit_rms
from gnn.data import Floats, TrainingData
from graph.arrays import Rows

SECONDS_PER_DAY = 86_400.0
MOST_FOLLOWED = 50
"""Followed users that are averaged; the first by row where there are more."""


@dataclass(frozen=True, slots=True, eq=False)
class Membership:
    """Items and what they belong to in the knowledge graph, averaged both ways.

    Attributes:
        into_items: items from their artists or genres, [n_items, n].
        from_items: artists or genres from their items, [n, n_items].
    """

    into_items: csr_array
    from_items: csr_array


@dataclass(frozen=True, slots=True, eq=False)
class Relations:
    """Means over neighbours, float32 CSR, each row sums to 1 or is empty.

    Attributes:
        plays: users from items, [n_users, n_items]: the uniform mean, then one per half-life.
        heard_by: items from users, [n_items, n_users].
        follows: users from followed users, [n_users, n_users], or None without that relation.
        groups: ``artist`` and ``genre``, as far as they are known and wanted.
    """

    plays: tuple[csr_array, ...]
    heard_by: csr_array
    follows: csr_array | None
    groups: Mapping[str, Membership]


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """The ALS factors as the network reads them: whitened, so that the mean of what a user played points to the user.

    With ``G = Yᵀ Y + lambda I`` items become ``y · G^-½`` and users ``x · G^½``; products stay what they were, and
    ``G^-1``, by which a fold-in turns played items into a user, is shared by both sides.

    Attributes:
        items: float32 [n_items, k], RMS norm 1.
        of_users: what folded-in factors are multiplied by from the right, float32 [k, k]; RMS norm 1 afterwards.
    """

    items: Floats
    of_users: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What the nodes start from.

    Attributes:
        users: the folded-in factors in the basis, float32 [n_users, k].
        items: factors in the basis, then content, then standing: float32 [n_items, k + c].
    """

    users: Floats
    items: Floats


def recency(at: NDArray[np.int64], newest: NDArray[np.int64] | int, half_life_days: float) -> NDArray[np.float64]:
    """The weight of events, halved with every half-life before ``newest``; infinite half-lives weigh all the same."""
    return np.exp2((at - newest) / (half_life_days * SECONDS_PER_DAY))


def row_mean(rows: Rows, columns: Rows, values: NDArray[np.float64], shape: tuple[int, int]) -> csr_array:
    """A matrix whose rows average the columns with the given weights."""
    total = np.bincount(rows, weights=values, minlength=shape[0])
    share = values / np.where(total > 0, total, 1.0)[rows]
    return csr_array((share.astype(np.float32), (rows, columns)), shape=shape)


def build(data: TrainingData, config: SageConfig) -> Relations:
    """The message graph of the events in ``data``, with the relations that ``config`` names."""
    users, items = len(data.users), len(data.items)
    newest = np.zeros(users, np.int64)
    np.maximum.at(newest, data.user_row, data.at)
    plays = [
        row_mean(data.user_row, data.item_row, recency(data.at, newest[data.user_row], days), (users, items))
        for days in (np.inf, *config.half_lives_days)
    ]
    return Relations(
        tuple(plays),
        row_mean(data.item_row, data.user_row, np.ones(len(data)), (items, users)),
        _followed(data) if "follows" in config.relations else None,
        {name: known for name in config.relations if (known := _members(data, name)) is not None},
    )


def _members(data: TrainingData, name: str) -> Membership | None:
    """Who performs the items, or which genres or tags they have; None where nothing is known of that."""
    if name == "artist":
        items, groups, count = data.performed_by.source_row, data.performed_by.target_row, len(data.artists)
        weight = np.ones(len(items))
    elif name == "genre":
        items, groups, count = data.terms.item_row, data.terms.term_row, data.terms.count
        weight = data.terms.weight
    else:
        return None
    if not len(items):
        return None
    return Membership(
        row_mean(items, groups, weight, (len(data.items), count)),
        row_mean(groups, items, weight, (count, len(data.items))),
    )


def _followed(data: TrainingData) -> csr_array | None:
    if not len(data.follows):
        return None
    pairs = np.unique(np.stack([data.follows.source_row, data.follows.target_row], axis=1), axis=0)
    starts = np.searchsorted(pairs[:, 0], pairs[:, 0])
    pairs = pairs[np.arange(len(pairs)) - starts < MOST_FOLLOWED]
    return row_mean(pairs[:, 0], pairs[:, 1], np.ones(len(pairs)), (len(data.users), len(data.users)))


def standing(data: TrainingData, trend_days: Sequence[float] = ()) -> Floats:
    """How well known each item is, float32 [n_items, 2 + n_trends].

    First the logarithm of its listeners, of RMS 1, and a constant: without them cosines could not tell the popular from
    the obscure, as the factors carry that in their norms only. Then the same of listeners who count half as much with
    every half-life of ``trend_days`` since the newest play of all.
    """
    known: list[NDArray[Any]] = [data.popularity]
    if data.has_times:
        ages = [recency(data.at, int(data.at.max(initial=0)), days) for days in trend_days]
        known += [np.bincount(data.item_row, weights=weight, minlength=len(data.items)) for weight in ages]
    columns = [np.log1p(listeners).astype(np.float32)[:, None] for listeners in known]
    scaled = [column * np.float32(unit_rms(column)) for column in columns]
    return np.hstack([scaled[0], np.ones_like(scaled[0]), *scaled[1:]])


def whiten(als: AlsModel, users: Floats) -> Basis:
    """The basis of a model whose training users fold in to ``users``, float32 [n_users, k]."""
    values, vectors = np.linalg.eigh(als.gram)
    half = (vectors * np.sqrt(values)) @ vectors.T
    items = (als.item_factors @ ((vectors / np.sqrt(values)) @ vectors.T)).astype(np.float32)
    scale = unit_rms((users @ half).astype(np.float32))
    return Basis(items * np.float32(unit_rms(items)), (half * scale).astype(np.float32))


def aligned(basis: Basis, target: Basis) -> Basis:
    """The basis, rotated so that its items come nearest to those of ``target``.

    Source: Schönemann, A generalized solution of the orthogonal Procrustes problem, 1966.
    """
    rotation = procrustes(basis.items, target.items)
    return Basis(basis.items @ rotation, basis.of_users @ rotation)


def procrustes(vectors: Floats, target: Floats) -> Floats:
    """The rotation, applied from the right, that brings ``vectors`` [n, k] nearest to ``target``, float32 [k, k]."""
    left, _, right = np.linalg.svd(vectors.astype(np.float64).T @ target.astype(np.float64))
    return np.asarray(left @ right, np.float32)


def fold_in(data: TrainingData, als: AlsModel) -> Floats:
    """The factors of every user from the events in ``data``, float32 [n_users, k]."""
    return als.fold_in_all(data.user_row, data.item_row, data.count, len(data.users))


def inputs(
    data: TrainingData, users: Floats, basis: Basis, content: Floats, trend_days: Sequence[float] = ()
) -> Inputs:
    """The starting vectors.

    Args:
        data: the events that may be seen.
        users: the folded-in factors, float32 [n_users, k].
        basis: of the factors.
        content: float32 [n_items, c].
        trend_days: of ``standing``.
    """
    return Inputs(users @ basis.of_users, np.hstack([basis.items, content, standing(data, trend_days)]))
