"""Which genres are neighbours, and by which evidence: the same listeners, the same artists, the taxonomy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn.catalogue import Catalogue
from graph.arrays import GraphArrays

EVIDENCE = {"co_listen": 0.5, "shared_artists": 0.3, "taxonomy": 0.2}
"""Each piece of evidence and its part in the strength; what a graph has no data for is left out."""

LEAST_LISTENERS = 5
NEIGHBOURS = 30


@dataclass(frozen=True, eq=False)
class GenreAdjacency:
    """Neighbouring genres, symmetric, each float32 [n_genres, n_genres] with one pattern.

    Attributes:
        strength: 0 to 1.
        evidence: name -> value 0 to 1, each piece apart.
        listeners: how many listeners both genres have (each with at least three tracks, or all of theirs).
    """

    strength: csr_array
    evidence: dict[str, csr_array]
    listeners: csr_array

    def neighbours(self, genre_row: int) -> NDArray[np.int64]:
        """Rows of the neighbours, strongest first, ties by row."""
        start, end = self.strength.indptr[genre_row], self.strength.indptr[genre_row + 1]
        rows = self.strength.indices[start:end].astype(np.int64)
        return rows[np.lexsort((rows, -self.strength.data[start:end]))]


def _cosine(counts: csr_array) -> NDArray[np.float32]:
    """Cosine of the columns of float32 [m, n_genres], dense float32 [n_genres, n_genres]."""
    product = (counts.T @ counts).toarray()
    norm = np.sqrt(product.diagonal())
    outer = np.outer(norm, norm)
    return np.asarray(np.divide(product, outer, out=np.zeros_like(product), where=outer > 0), np.float32)


def _excess(counts: csr_array) -> csr_array:
    """How much more than expected each row takes of each column, log(1 + lift), where it takes more than expected."""
    total = counts.sum()
    rows = np.asarray(counts.sum(axis=1)).ravel()
    columns = np.asarray(counts.sum(axis=0)).ravel()
    entries = counts.tocoo()
    lift = entries.data * total / np.maximum(rows[entries.coords[0]] * columns[entries.coords[1]], 1e-12)
    kept = lift > 1.0
    data = np.log1p(lift[kept]).astype(np.float32)
    return csr_array((data, (entries.coords[0][kept], entries.coords[1][kept])), shape=counts.shape)


def _taxonomy(catalogue: Catalogue) -> NDArray[np.float32]:
    """1 for parent and child, 0.5 for two children of one parent."""
    up = catalogue.subgenre_of.toarray() > 0
    near = np.where(up @ up.T, 0.5, 0.0)
    near[up | up.T] = 1.0
    np.fill_diagonal(near, 0.0)
    return near.astype(np.float32)


def _strongest(strength: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Each genre's strongest neighbours, as a symmetric mask."""
    count = min(NEIGHBOURS, len(strength))
    order = np.argsort(-strength, axis=1, kind="stable")[:, :count]
    mask = np.zeros(strength.shape, np.bool_)
    np.put_along_axis(mask, order, True, axis=1)
    mask &= strength > 0
    return mask | mask.T


def genre_adjacency(arrays: GraphArrays, catalogue: Catalogue) -> GenreAdjacency:
    """Measure every pair of genres that have tracks, and keep each genre's strongest neighbours."""
    users, genres = len(arrays.users), len(arrays.genres)
    heard = csr_array(
        (np.ones(len(arrays.played), np.float32), (arrays.played.source_row, arrays.played.target_row)),
        shape=(users, len(arrays.tracks)),
    )
    by_user = csr_array(heard @ catalogue.track_genre)
    by_artist = csr_array(catalogue.performed_by.T @ catalogue.track_genre)
    tracks_heard = csr_array(heard @ (catalogue.track_genre > 0).astype(np.float32))
    fans = csr_array((tracks_heard >= 3).astype(np.float32)) if tracks_heard.nnz else tracks_heard
    common = (fans.T @ fans).toarray().astype(np.float32)
    pieces = {
        "co_listen": np.where(common >= LEAST_LISTENERS, _cosine(_excess(by_user)), 0.0) if by_user.nnz else None,
        "shared_artists": _cosine(by_artist) if by_artist.nnz else None,
        "taxonomy": _taxonomy(catalogue) if catalogue.subgenre_of.nnz else None,
    }
    present = {name: values for name, values in pieces.items() if values is not None}
    weight = sum(EVIDENCE[name] for name in present) or 1.0
    strength = np.zeros((genres, genres), np.float32)
    for name, values in present.items():
        strength += EVIDENCE[name] / weight * values
    np.fill_diagonal(strength, 0.0)
    mask = _strongest(strength)
    rows, columns = np.nonzero(mask)

    def kept(values: NDArray[np.float32]) -> csr_array:
        return csr_array((values[rows, columns].astype(np.float32), (rows, columns)), shape=(genres, genres))

    return GenreAdjacency(kept(strength), {name: kept(values) for name, values in present.items()}, kept(common))
