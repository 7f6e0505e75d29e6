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
class Inputs:
    """What the nodes start from.

    Attributes:
        users: the folded-in factors, float32 [n_users, k], scaled by ``user_scale``.
        items: factors, scaled to RMS norm 1, then content, then standing: float32 [n_items, k + c].
        user_scale: what the folded-in factors were multiplied by, for RMS norm 1.
    """

    users: Floats
    items: Floats
    user_scale: float


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


def inputs(data: TrainingData, als: AlsModel, content: Floats) -> Inputs:
    """The starting vectors: every user folded in from the events in ``data``, items by factors and content."""
    users = als.fold_in_all(data.user_row, data.item_row, data.count, len(data.users))
    scale = unit_rms(users)
    factors = als.item_factors * np.float32(unit_rms(als.item_factors))
    return Inputs(users * np.float32(scale), np.hstack([factors, content, standing(data)]), scale)
