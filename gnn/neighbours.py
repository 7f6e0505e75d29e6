"""Which tracks are heard by the same listeners: the k nearest of each, as sparse matrices (by sound: ``gnn.sound``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graph.arrays import Links

BLOCK_ENTRIES = 1 << 24
"""Terms of the sparse products that are worked on at a time."""


@dataclass(frozen=True, slots=True)
class NeighbourConfig:
    """How track neighbours are chosen.

    Attributes:
        count: neighbours kept per track.
        shrink: added to the norm, so that pairs with few common listeners do not lead.
        audio_count: neighbours by sound kept per track.
        audio_least: least similarity by sound.
        most_heard: tracks that one listener counts with.
    """

    count: int = 100
    shrink: float = 10.0
    audio_count: int = 10
    audio_least: float = 0.5
    most_heard: int = 1500


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
    return _with_lengths(np.bincount(rows, minlength=size), columns, values)


def _with_lengths(lengths: NDArray[np.int64], columns: NDArray[Any], values: NDArray[np.float32]) -> csr_array:
    """A square CSR matrix with the given number of entries in each row, in the given order."""
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return csr_array((values, columns.astype(np.int32, copy=False), indptr), shape=(len(lengths), len(lengths)))


def co_listening(played: Links, users: int, tracks: int, config: NeighbourConfig | None = None) -> CoListening:
    """Find the tracks that share most listeners.

    The work grows with the sum over listeners of their squared number of tracks; a listener of more than
    ``config.most_heard`` tracks counts with a sample of them, and weighs no more for it than the others.

    Args:
        played: user -> track; each pair counts once, so that one listener weighs the same everywhere.
        users: number of users.
        tracks: number of tracks.
        config: how many neighbours, and the shrinkage.

    Source: Deshpande and Karypis, Item-based top-N recommendation algorithms, 2004, section 4.1 (cosine).
    """
    config = config or NeighbourConfig()
    heard = csr_array((np.ones(len(played), np.float32), (played.source_row, played.target_row)), shape=(users, tracks))
    heard = _sampled(heard, config)
    heard.data[:] = 1.0
    by_track = csr_array(heard.T)
    root = np.sqrt(np.diff(by_track.indptr).astype(np.float32))
    parts = [_nearest(csr_array(by_track[block] @ heard), block, root, config) for block in _blocks(by_track, heard)]
    empty = (np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.float32))
    lengths, columns, similarity, common = (np.concatenate(part) for part in zip(empty, *parts, strict=True))
    return CoListening(_with_lengths(lengths, columns, similarity), _with_lengths(lengths, columns, common))


def _sampled(heard: csr_array, config: NeighbourConfig) -> csr_array:
    """The listeners' tracks, at most ``config.most_heard`` of each, chosen at random with one seed."""
    lengths = np.diff(heard.indptr)
    if lengths.max(initial=0) <= config.most_heard:
        return heard
    user = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((np.random.default_rng(0).random(heard.nnz), user))
    place = np.empty(heard.nnz, np.int64)
    place[order] = np.arange(heard.nnz) - heard.indptr[user[order]]
    kept = place < config.most_heard
    return csr_array((heard.data[kept], (user[kept], heard.indices[kept])), shape=heard.shape)


def _blocks(by_track: csr_array, heard: csr_array) -> Iterator[slice]:
    """Consecutive tracks, so many that their products with all tracks are about ``BLOCK_ENTRIES`` terms."""
    terms = np.add.reduceat(np.append(np.diff(heard.indptr)[by_track.indices], 0), by_track.indptr[:-1])
    terms[np.diff(by_track.indptr) == 0] = 0  # reduceat gives an empty group the next group's first value
    number = np.cumsum(terms) // BLOCK_ENTRIES
    bounds = np.append(np.flatnonzero(np.diff(number, prepend=-1)), len(terms)).tolist()
    for start, end in pairwise(bounds):
        yield slice(start, end)


def _nearest(
    both: csr_array, block: slice, root: NDArray[np.float32], config: NeighbourConfig
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Number of neighbours of each track of a block; row, similarity and common listeners of each, best first."""
    lengths = np.diff(both.indptr)
    track = np.repeat(np.arange(block.start, block.stop), lengths)
    cosine = both.data / (root[track] * root[both.indices] + np.float32(config.shrink))
    cosine[both.indices == track] = 0.0
    kept = np.flatnonzero(_leading(cosine, both.indptr, config.count) & (cosine > 0))
    kept = kept[np.lexsort((both.indices[kept], -cosine[kept], track[kept]))]
    start = np.searchsorted(track[kept], track[kept])
    kept = kept[np.arange(len(kept)) - start < config.count]  # ties at the last place go by row
    counts = np.bincount(track[kept] - block.start, minlength=len(lengths))
    return counts, both.indices[kept].astype(np.int32), cosine[kept], both.data[kept]


def _leading(values: NDArray[np.float32], indptr: NDArray[Any], count: int) -> NDArray[np.bool_]:
    """Which values reach the ``count``-th largest of their row, bool; all of a shorter row."""
    found = np.ones(len(values), np.bool_)
    for row in np.flatnonzero(np.diff(indptr) > count).tolist():
        part = values[indptr[row] : indptr[row + 1]]
        found[indptr[row] : indptr[row + 1]] = part >= np.partition(part, len(part) - count)[len(part) - count]
    return found


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
