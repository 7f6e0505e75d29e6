"""Tracks as words of playlists: what stands next to what, as vectors.

Factorising positive pointwise mutual information is what word2vec with negative sampling does implicitly, without a
training loop, and gives the same vectors every time.
Source: Levy and Goldberg, Neural word embedding as implicit matrix factorization, 2014, section 5.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from gnn.content import reduced
from gnn.data import Floats
from graph.arrays import Links, Rows

WINDOW = 5
"""Tracks on either side that are neighbours."""
SMOOTHING = 0.75
"""Exponent of a context's frequency: rare neighbours count a little less.

Source: Levy, Goldberg and Dagan, Improving distributional similarity with lessons learned from word embeddings, 2015.
"""


def playlist_vectors(contains: Links, tracks: int, components: int = 64, *, window: int = WINDOW) -> Floats:
    """The vectors of the tracks, float32 [n_tracks, <= components]; zeros for tracks without neighbours.

    Args:
        contains: playlist -> track, with ``position`` where known; else the order of the links.
        tracks: number of tracks.
        components: length of the vectors, at most.
        window: neighbours on either side.
    """
    return reduced(ppmi(neighbours(contains, tracks, window)), components)


def neighbours(contains: Links, tracks: int, window: int = WINDOW) -> csr_array:
    """How often two tracks stand within ``window`` places, the nearer the more, float64 [n_tracks, n_tracks].

    Neighbours at distance d count 1 / d; symmetric, the diagonal is 0.
    """
    playlist, track = _in_order(contains)
    rows, columns, weights = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    for distance in range(1, window + 1):
        one, other = track[:-distance], track[distance:]
        near = (playlist[:-distance] == playlist[distance:]) & (one != other)
        rows += [one[near], other[near]]
        columns += [other[near], one[near]]
        weights += [np.full(2 * int(near.sum()), 1.0 / distance)]
    pairs = (np.concatenate(rows), np.concatenate(columns))
    found = csr_array((np.concatenate(weights), pairs), shape=(tracks, tracks))
    found.sum_duplicates()
    return found


def _in_order(contains: Links) -> tuple[Rows, Rows]:
    """Playlist and track of each entry, in the order of the playlists."""
    position = contains.columns.get("position")
    places = np.arange(len(contains)) if position is None else np.asarray(position, np.int64)
    order = np.lexsort((contains.target_row, places, contains.source_row))
    return contains.source_row[order], contains.target_row[order]


def ppmi(counts: csr_array) -> csr_array:
    """Positive pointwise mutual information of a symmetric matrix of counts, float64, same shape."""
    total = counts.sum(axis=1)
    smoothed = total**SMOOTHING
    share = smoothed / max(float(smoothed.sum()), 1e-12)
    entries = counts.tocoo()
    row, column = entries.coords
    information = np.log(entries.data / (total[row] * share[column]))
    kept = information > 0
    return csr_array((information[kept], (row[kept], column[kept])), shape=counts.shape)
