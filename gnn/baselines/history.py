"""What users heard as a matrix, the recent plays first where times are known."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.sparse import csr_array

from gnn.data import Floats, TrainingData
from gnn.metrics import Scores
from gnn.relations import recency
from graph.arrays import Rows


def recent(data: TrainingData, half_life_days: float) -> csr_array:
    """Users and items, weighted by how recent the play is next to the user's newest, float32 [n_users, n_items].

    Without times every play weighs 1.
    """
    newest = np.zeros(len(data.users), np.int64)
    np.maximum.at(newest, data.user_row, data.at)
    weight = recency(data.at, newest[data.user_row], half_life_days if data.has_times else np.inf)
    shape = (len(data.users), len(data.items))
    return csr_array((weight.astype(np.float32), (data.user_row, data.item_row)), shape=shape)


def through(history: csr_array, similarity: csr_array | Floats) -> Scores:
    """Scores that walk from the history [n_users, n_items] over a similarity [n_items, n_items], from heard to next."""

    def scores(rows: Rows) -> Floats:
        found = history[rows] @ similarity
        dense = found.toarray() if isinstance(found, csr_array) else found
        return np.asarray(dense, np.float32)

    return scores


def strongest(blocks: Iterable[Floats], count: int) -> csr_array:
    """The largest values of each row of a square matrix without its diagonal, float32 CSR [n, n].

    Args:
        blocks: its rows, in order, several at a time; changed in place.
        count: values kept per row.
    """
    values, columns, done = [], [], 0
    for block in blocks:
        block[np.arange(len(block)), np.arange(done, done + len(block))] = 0.0
        width = min(count, block.shape[1])
        at = np.argpartition(-block, width - 1, axis=1)[:, :width]
        values.append(np.take_along_axis(block, at, axis=1).ravel())
        columns.append(at.ravel())
        done += len(block)
    indptr = np.arange(done + 1) * (len(np.concatenate(columns)) // max(done, 1))
    return csr_array((np.concatenate(values), np.concatenate(columns), indptr), shape=(done, done))
