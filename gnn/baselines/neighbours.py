"""Item neighbours: what the listeners of a heard item also heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from gnn.baselines.history import recent, strongest, through
from gnn.data import Floats, TrainingData
from gnn.metrics import Scores, matrix

BLOCK = 1024


@dataclass(frozen=True, slots=True)
class KnnConfig:
    """Which neighbours count.

    Attributes:
        neighbours: of each item.
        shrink: added to the norm, so that few common listeners prove little.
        listener_power: listeners count less by this power of how much they heard; 0 counts all the same.
        half_life_days: of the history; infinite weighs all plays the same.
    """

    neighbours: int = 100
    shrink: float = 10.0
    listener_power: float = 0.0
    half_life_days: float = 30.0


GRID: Mapping[str, Sequence[object]] = {
    "half_life_days": (15.0, 60.0, 90.0, 180.0),
    "listener_power": (0.4, 0.8),
    "shrink": (0.0, 3.0, 20.0, 60.0),
    "neighbours": (50, 200, 1000),
}
"""Values that a search tries, one field after the other."""


def fit(data: TrainingData, config: KnnConfig, seed: int) -> Scores:
    """Shrunk cosine between the listeners of items, summed over the user's items.

    Source: Deshpande and Karypis, Item-based top-N recommendation algorithms, 2004, section 4.1.
    """
    heard = matrix(data.user_row, data.item_row, (len(data.users), len(data.items)))
    if config.listener_power:
        heard = _weighted(heard, config.listener_power)
    return through(recent(data, config.half_life_days), similarity(heard, config.neighbours, config.shrink))


def _weighted(heard: csr_array, power: float) -> csr_array:
    """Each listener's row divided by the root of a power of its length; products of columns weigh 1 on average."""
    lengths = np.diff(heard.indptr)
    weight = np.maximum(lengths, 1).astype(np.float64) ** -power
    weight /= (weight @ lengths) / max(int(lengths.sum()), 1)
    values = np.repeat(np.sqrt(weight), lengths).astype(np.float32)
    return csr_array((values, heard.indices, heard.indptr), shape=heard.shape)


def similarity(heard: csr_array, neighbours: int, shrink: float) -> csr_array:
    """The nearest of each item, float32 CSR [n_items, n_items]: from the item heard to the item recommended.

    A column holds the nearest of its item: an item is recommended for the heard ones among its own neighbours.
    """
    by_item = csr_array(heard.T)
    length = np.sqrt(np.asarray(by_item.multiply(by_item).sum(axis=1), np.float32).ravel())
    starts = range(0, by_item.shape[0], BLOCK)
    blocks = (_cosines(by_item, heard, length, slice(start, start + BLOCK), shrink) for start in starts)
    return csr_array(strongest(blocks, neighbours).T)


def _cosines(by_item: csr_array, heard: csr_array, length: Floats, rows: slice, shrink: float) -> Floats:
    """Shrunk cosines of some items with all, float32 [n_rows, n_items]; items without listeners are like none."""
    norm = np.outer(length[rows], length) + np.float32(shrink)
    return np.asarray((by_item[rows] @ heard).toarray() / np.maximum(norm, np.float32(1e-9)), np.float32)
