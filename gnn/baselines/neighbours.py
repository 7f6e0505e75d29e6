"""Item neighbours: what the listeners of a heard item also heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from gnn.baselines.history import kept, recent, through
from gnn.data import TrainingData
from gnn.metrics import Scores, matrix

BLOCK = 1024


@dataclass(frozen=True, slots=True)
class KnnConfig:
    """Which neighbours count.

    Attributes:
        neighbours: of each item.
        shrink: added to the norm, so that few common listeners prove little.
        weighted: listeners count less the more they heard, as terms do that are in every document.
        half_life_days: of the history; infinite weighs all plays the same.
    """

    neighbours: int = 100
    shrink: float = 10.0
    weighted: bool = False
    half_life_days: float = 30.0


def fit(data: TrainingData, config: KnnConfig, seed: int) -> Scores:
    """Shrunk cosine between the listeners of items, summed over the user's items.

    Source: Deshpande and Karypis, Item-based top-N recommendation algorithms, 2004, section 4.1.
    """
    heard = matrix(data.user_row, data.item_row, (len(data.users), len(data.items)))
    if config.weighted:
        heard = _weighted(heard)
    return through(recent(data, config.half_life_days), similarity(heard, config.neighbours, config.shrink))


def _weighted(heard: csr_array) -> csr_array:
    """Each listener's row times the logarithm of how rare it is to be heard by them."""
    heavy = np.diff(heard.indptr)
    rarity = np.sqrt(np.log(heard.shape[1] / np.maximum(heavy, 1))).astype(np.float32)
    return csr_array((np.repeat(rarity, heavy), heard.indices, heard.indptr), shape=heard.shape)


def similarity(heard: csr_array, neighbours: int, shrink: float) -> csr_array:
    """The nearest of each item, float32 CSR [n_items, n_items]: from the item heard to the item recommended.

    A column holds the nearest of its item: an item is recommended for the heard ones among its own neighbours.
    """
    by_item = csr_array(heard.T)
    squared = np.asarray(by_item.multiply(by_item).sum(axis=1), np.float32).ravel()
    values, columns = [], []
    for start in range(0, by_item.shape[0], BLOCK):
        block = (by_item[start : start + BLOCK] @ heard).toarray()
        block /= np.sqrt(np.outer(squared[start : start + BLOCK], squared)) + np.float32(shrink)
        block[np.arange(len(block)), np.arange(start, start + len(block))] = 0.0
        largest, at = kept(block, neighbours)
        values.append(largest)
        columns.append(at)
    width = values[0].shape[1]
    indptr = np.arange(by_item.shape[0] + 1) * width
    near = csr_array(
        (np.concatenate(values).ravel(), np.concatenate(columns).ravel(), indptr), shape=(len(indptr) - 1,) * 2
    )
    return csr_array(near.T)
