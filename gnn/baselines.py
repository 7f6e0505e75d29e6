"""What GraphSAGE must beat: popularity, ALS, item neighbours, the artist path; each a function from users to scores."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from gnn.als import AlsModel
from gnn.data import Floats, TrainingData
from gnn.metrics import Scores, matrix
from gnn.relations import recency
from gnn.tower import UserTower
from graph.arrays import Rows

SHRINK = 10.0
NEIGHBOURS = 100


def popularity(data: TrainingData) -> Scores:
    """Listeners of each item."""
    listeners = data.popularity.astype(np.float32)
    return lambda rows: np.tile(listeners, (len(rows), 1))


def of_als(data: TrainingData, model: AlsModel) -> Scores:
    """Products of folded-in user factors and item factors."""
    users = model.fold_in_all(data.user_row, data.item_row, data.count, len(data.users))
    return lambda rows: users[rows] @ model.item_factors.T


def of_vectors(users: Floats, tower: UserTower) -> Scores:
    """Cosines of user vectors, float32 [n_users, dim], and the tower's item vectors."""
    return lambda rows: users[rows] @ tower.item_vectors.T


def recent(data: TrainingData, half_life_days: float) -> csr_array:
    """Users and items, weighted by how recent the play is next to the user's newest, float32 [n_users, n_items]."""
    newest = np.zeros(len(data.users), np.int64)
    np.maximum.at(newest, data.user_row, data.at)
    weight = recency(data.at, newest[data.user_row], half_life_days).astype(np.float32)
    return csr_array((weight, (data.user_row, data.item_row)), shape=(len(data.users), len(data.items)))


def item_knn(data: TrainingData, half_life_days: float = 30.0) -> Scores:
    """Shrunk cosine between the listeners of items, summed over the user's items, the recent ones first.

    Source: Deshpande and Karypis, Item-based top-N recommendation algorithms, 2004, section 4.1.
    """
    heard = matrix(data.user_row, data.item_row, (len(data.users), len(data.items)))
    similarity = _neighbours(heard)
    history = recent(data, half_life_days if data.has_times else np.inf)
    return lambda rows: np.asarray((history[rows] @ similarity).toarray(), np.float32)


def _neighbours(heard: csr_array) -> csr_array:
    """The ``NEIGHBOURS`` nearest of each item, CSR [n_items, n_items]: from the item heard to the item recommended."""
    by_item = csr_array(heard.T)
    listeners = np.diff(by_item.indptr).astype(np.float32)
    values, columns, lengths = [], [], []
    for start in range(0, by_item.shape[0], 1024):
        block = (by_item[start : start + 1024] @ heard).toarray()
        block /= np.sqrt(np.outer(listeners[start : start + 1024], listeners)) + SHRINK
        block[np.arange(len(block)), np.arange(start, start + len(block))] = 0.0
        keep = min(NEIGHBOURS, block.shape[1])
        top = np.argpartition(-block, keep - 1, axis=1)[:, :keep]
        values.append(np.take_along_axis(block, top, axis=1).ravel())
        columns.append(top.ravel())
        lengths.append(np.full(len(block), keep))
    indptr = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    near = csr_array((np.concatenate(values), np.concatenate(columns), indptr), shape=(by_item.shape[0],) * 2)
    return csr_array(near.T)


def artist_path(data: TrainingData, half_life_days: float = 30.0) -> Scores:
    """Recent plays of the item's artists, the better-known items of an artist first; falls back on popularity."""
    shape = (len(data.items), len(data.artists))
    performed = matrix(data.performed_by.source_row, data.performed_by.target_row, shape)
    history = recent(data, half_life_days if data.has_times else np.inf)
    profile = csr_array(history @ performed)
    known = np.log1p(data.popularity.astype(np.float32))

    def scores(rows: Rows) -> Floats:
        affinity = np.asarray((profile[rows] @ performed.T).toarray(), np.float32)
        return (affinity + np.float32(1e-4)) * known[None, :]

    return scores
