"""From a graph and its fitted models to a bundle, and to the edges that the bundle's reasons claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn.bundle import Bundle
from gnn.catalogue import Catalogue, catalogue_of, matrix
from gnn.fit import FittedModels
from gnn.genres import GenreAdjacency, genre_adjacency
from gnn.index import ExactIndex
from gnn.index.inner_product import ExactProducts
from gnn.neighbours import NeighbourConfig, co_listening, played_with
from gnn.optional import OptionalModels
from gnn.sound import SoundSpace, sounds_like
from graph.arrays import GraphArrays, Ids, Links
from graph.derived import DerivedEdges

ARTISTS = 20
"""Neighbours kept per artist."""


def both_ways(directed: csr_array) -> csr_array:
    """The larger of both directions: float32 [n, n], symmetric."""
    return csr_array(directed.maximum(directed.T))


def build(
    arrays: GraphArrays,
    fitted: FittedModels,
    *,
    version: str,
    manifest: Mapping[str, Any],
    ranker: Mapping[str, Any],
    neighbours: NeighbourConfig | None = None,
    optional: OptionalModels | None = None,
) -> Bundle:
    """Put a bundle together in memory, with the exact index; ``gnn.bundle.write`` stores it."""
    catalogue, optional = catalogue_of(arrays), optional or OptionalModels()
    users, tracks = len(arrays.users), len(arrays.tracks)
    together = co_listening(arrays.played, users, tracks, neighbours)
    listeners = np.bincount(arrays.played.target_row, minlength=tracks)
    return Bundle(
        version=version,
        manifest=manifest,
        catalogue=catalogue,
        tower=fitted.tower,
        co_listening=together,
        played_with=both_ways(played_with(together, listeners, users)),
        artists_played_with=_artists_together(arrays, catalogue),
        sounds_like=both_ways(sounds_like(SoundSpace.of(catalogue.audio, catalogue.sound_vectors), neighbours)),
        genre_adjacency=genre_adjacency(arrays, catalogue),
        stored_ranker=ranker,
        index=ExactIndex(fitted.item_vectors),
        als_index=ExactProducts(fitted.als.item_factors),
        by_content=fitted.by_content,
        sequence=optional.sequence,
        cultural=optional.cultural,
        context=optional.context,
    )


def _artists_together(arrays: GraphArrays, catalogue: Catalogue) -> csr_array:
    """Lift between the artists that most listeners share."""
    users, artists = len(arrays.users), len(arrays.artists)
    heard = csr_array(matrix(arrays.played, users, len(arrays.tracks)) @ catalogue.performed_by).tocoo()
    links = Links(heard.coords[0].astype(np.int64), heard.coords[1].astype(np.int64))
    listeners = np.bincount(links.target_row, minlength=artists)
    together = co_listening(links, users, artists, NeighbourConfig(count=ARTISTS))
    return both_ways(played_with(together, listeners, users, count=ARTISTS))


def _edges(kind: str, ids: Ids, values: csr_array) -> DerivedEdges:
    """Symmetric neighbours, each pair once, with lift and rank."""
    rows, columns, lift = _upper(values)
    return DerivedEdges(kind, ids, rows, columns, {"lift": lift.astype(np.float64), "rank": _rank(rows, lift)})


def _upper(values: csr_array) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """The entries above the diagonal: a symmetric edge is written once, from the lower row."""
    entries = values.tocoo()
    rows, columns = (axis.astype(np.int64) for axis in entries.coords)
    kept = rows < columns
    order = np.lexsort((columns[kept], rows[kept]))
    return rows[kept][order], columns[kept][order], entries.data[kept][order].astype(np.float32)


def _rank(rows: NDArray[np.int64], values: NDArray[np.float32]) -> NDArray[np.int64]:
    """The place of each entry within its row, 1 for the largest value."""
    order = np.lexsort((-values, rows))
    starts = np.searchsorted(rows[order], rows[order])
    ranks = np.empty(len(rows), np.int64)
    ranks[order] = np.arange(len(rows)) - starts + 1
    return ranks


def _at(values: csr_array, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float32]:
    """Single entries of a sparse matrix, float32 [n]; 0 where there is none."""
    found = values[rows, columns]
    return np.asarray(found.todense() if hasattr(found, "todense") else found, np.float32).ravel()


def derived_edges(bundle: Bundle) -> Iterator[DerivedEdges]:
    """What the graph must hold so that the bundle's reasons can be verified in it."""
    tracks = bundle.catalogue.tracks
    yield _edges("played_with", tracks, bundle.played_with)
    yield _edges("artist_played_with", bundle.catalogue.artists, bundle.artists_played_with)
    rows, columns, similarity = _upper(bundle.sounds_like)
    places = {"similarity": similarity.astype(np.float64), "rank": _rank(rows, similarity)}
    yield DerivedEdges("sounds_like", tracks, rows, columns, places)
    yield _genre_edges(bundle.genre_adjacency, bundle)


def _genre_edges(adjacency: GenreAdjacency, bundle: Bundle) -> DerivedEdges:
    rows, columns, strength = _upper(adjacency.strength)

    def piece(name: str) -> NDArray[np.float64]:
        values = adjacency.evidence.get(name)
        return np.zeros(len(rows)) if values is None else _at(values, rows, columns).astype(np.float64)

    values: dict[str, NDArray[np.generic]] = {
        "strength": strength.astype(np.float64),
        "coListen": piece("co_listen"),
        "sharedArtists": piece("shared_artists"),
        "taxonomy": piece("taxonomy"),
        "sampleSize": _at(adjacency.listeners, rows, columns).astype(np.int64),
    }
    return DerivedEdges("adjacent_to", bundle.catalogue.genres, rows, columns, values)
