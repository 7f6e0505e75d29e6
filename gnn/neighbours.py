"""Which tracks are heard by the same listeners: the k nearest of each, as sparse matrices (by sound: ``gnn.sound``)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graph.arrays import Links

BLOCK = 1024


@dataclass(frozen=True, slots=True)
class NeighbourConfig:
    """How track neighbours are chosen.

    Attributes:
        count: neighbours kept per track.
        shrink: added to the norm, so that pairs with few common listeners do not lead.
        audio_count: neighbours by sound kept per track.
        audio_least: least similarity by sound.
    """

    count: int = 100
    shrink: float = 10.0
    audio_count: int = 10
    audio_least: float = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class CoListening:
    """Neighbours by common listeners, float32 [n_tracks, n_tracks] each, rows sorted best first, ties by row.

    Attributes:
        similarity: shrunk cosine of the listeners.
        listeners: how many listeners both tracks have; same pattern as ``similarity``.
    """

    similarity: csr_array
    listeners: csr_array


def top_of_rows(
    block: NDArray[np.float32], count: int, least: float = 0.0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column of the ``count`` largest entries above ``least`` of each row of float32 [m, n], best first."""
    count = min(count, block.shape[1])
    best = np.argpartition(-block, count - 1, axis=1)[:, :count]
    values = np.take_along_axis(block, best, axis=1)
    order = np.lexsort((best, -values), axis=1)
    best, values = np.take_along_axis(best, order, axis=1), np.take_along_axis(values, order, axis=1)
    keep = values > least
    rows = np.broadcast_to(np.arange(len(block))[:, None], best.shape)
    return rows[keep].astype(np.int64), best[keep].astype(np.int64)


def ordered(rows: NDArray[np.int64], columns: NDArray[np.int64], values: NDArray[np.float32], size: int) -> csr_array:
    """A CSR matrix that keeps the given order of the columns within each (ascending) row."""
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))])
    return csr_array((values, columns.astype(np.int32), indptr.astype(np.int32)), shape=(size, size))


def co_listening(played: Links, users: int, tracks: int, config: NeighbourConfig | None = None) -> CoListening:
    """Find the tracks that share most listeners.

    Args:
        played: user -> track; each pair counts once, so that one listener weighs the same everywhere.
        users: number of users.
        tracks: number of tracks.
        config: how many neighbours, and the shrinkage.

    Source: Deshpande and Karypis, Item-based top-N recommendation algorithms, 2004, section 4.1 (cosine).
    """
    config = config or NeighbourConfig()
    heard = csr_array((np.ones(len(played), np.float32), (played.source_row, played.target_row)), shape=(users, tracks))
    heard.data[:] = 1.0
    by_track = csr_array(heard.T)
    listeners = np.diff(by_track.indptr).astype(np.float32)
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]] = []
    for start in range(0, tracks, BLOCK):
        both = (by_track[start : start + BLOCK] @ heard).toarray()
        norm = np.sqrt(listeners[start : start + BLOCK, None] * listeners[None, :]) + config.shrink
        cosine = both / norm
        cosine[np.arange(len(both)), np.arange(start, start + len(both))] = 0.0
        row, column = top_of_rows(cosine, config.count)
        parts.append((row + start, column, cosine[row, column], both[row, column]))
    rows, columns, similarity, common = (np.concatenate(part) for part in zip(*parts, strict=True))
    return CoListening(ordered(rows, columns, similarity, tracks), ordered(rows, columns, common, tracks))


def played_with(
    co: CoListening, listeners: NDArray[np.int64], users: int, *, count: int = 10, least_listeners: int = 5
) -> csr_array:
    """The edges that the graph shows to people: per track its ``count`` nearest by common listeners, as lift.

    Args:
        co: from ``co_listening``.
        listeners: int64 [n_tracks], listeners of each track.
        users: number of users.
        count: edges per track.
        least_listeners: fewer common listeners are nobody's business: no edge.

    Returns:
        float32 [n_tracks, n_tracks], lift (1 = as often as chance), rows best first by similarity.
    """
    similarity, common = co.similarity, co.listeners
    size = similarity.shape[0]
    rows = np.repeat(np.arange(size), np.diff(similarity.indptr)).astype(np.int64)
    enough = common.data >= least_listeners
    rows, columns, common_kept = rows[enough], similarity.indices[enough].astype(np.int64), common.data[enough]
    starts = np.searchsorted(rows, np.arange(size))
    rank = np.arange(len(rows)) - starts[rows]
    kept = rank < count
    rows, columns, common_kept = rows[kept], columns[kept], common_kept[kept]
    lift = common_kept * users / (listeners[rows] * listeners[columns]).astype(np.float64)
    return ordered(rows, columns, lift.astype(np.float32), size)
