"""The message graph: which nodes are averaged into which, as row-normalised matrices, and what the nodes start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn.als import AlsModel
from gnn.content import unit_rms
from gnn.data import Floats, TrainingData
from graph.arrays import Rows

SECONDS_PER_DAY = 86_400.0
MOST_FOLLOWED = 50
"""Followed users that are averaged; the first by row where there are more."""


@dataclass(frozen=True, slots=True, eq=False)
class Relations:
    """Means over neighbours, float32 CSR, each row sums to 1 or is empty.

    Attributes:
        plays: users from items, [n_users, n_items]: the uniform mean, then one per half-life.
        heard_by: items from users, [n_items, n_users].
        follows: users from followed users, [n_users, n_users], or None without that relation.
        performed_by: items from artists, [n_items, n_artists], or None without that relation.
        performs: artists from items, [n_artists, n_items], or None.
    """

    plays: tuple[csr_array, ...]
    heard_by: csr_array
    follows: csr_array | None
    performed_by: csr_array | None
    performs: csr_array | None


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


def build(data: TrainingData, half_lives_days: tuple[float, ...]) -> Relations:
    """The message graph of the events in ``data``."""
    users, items, artists = len(data.users), len(data.items), len(data.artists)
    newest = np.zeros(users, np.int64)
    np.maximum.at(newest, data.user_row, data.at)
    plays = [
        row_mean(data.user_row, data.item_row, recency(data.at, newest[data.user_row], days), (users, items))
        for days in (np.inf, *half_lives_days)
    ]
    performed, each = data.performed_by, np.ones(len(data.performed_by))
    has_artists = len(performed) > 0
    item_row, artist_row = performed.source_row, performed.target_row
    return Relations(
        tuple(plays),
        row_mean(data.item_row, data.user_row, np.ones(len(data)), (items, users)),
        _followed(data),
        row_mean(item_row, artist_row, each, (items, artists)) if has_artists else None,
        row_mean(artist_row, item_row, each, (artists, items)) if has_artists else None,
    )


def _followed(data: TrainingData) -> csr_array | None:
    if not len(data.follows):
        return None
    pairs = np.unique(np.stack([data.follows.source_row, data.follows.target_row], axis=1), axis=0)
    starts = np.searchsorted(pairs[:, 0], pairs[:, 0])
    pairs = pairs[np.arange(len(pairs)) - starts < MOST_FOLLOWED]
    return row_mean(pairs[:, 0], pairs[:, 1], np.ones(len(pairs)), (len(data.users), len(data.users)))


def standing(data: TrainingData) -> Floats:
    """How well known each item is, float32 [n_items, 2]: the logarithm of its listeners, of RMS 1, and a constant.

    Without them cosines could not tell the popular from the obscure: the factors carry that in their norms only.
    """
    known = np.log1p(data.popularity.astype(np.float32))[:, None]
    return np.hstack([known * np.float32(unit_rms(known)), np.ones_like(known)])


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


def inputs(data: TrainingData, users: Floats, basis: Basis, content: Floats) -> Inputs:
    """The starting vectors.

    Args:
        data: the events that may be seen.
        users: the folded-in factors, float32 [n_users, k].
        basis: of the factors.
        content: float32 [n_items, c].
    """
    return Inputs(users @ basis.of_users, np.hstack([basis.items, content, standing(data)]))
