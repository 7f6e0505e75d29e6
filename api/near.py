"""What lies next to a track or a genre in the model that answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gnn.bundle import Bundle


@dataclass(frozen=True, slots=True)
class NeighbourGenre:
    """A genre next to another; ``evidence`` by kind, ``listeners`` are those that both have."""

    id: str
    name: str
    strength: float
    evidence: Mapping[str, float]
    listeners: int


def similar_tracks(bundle: Bundle, track_id: str, count: int) -> list[tuple[str, str, float]] | None:
    """Ids, names and cosines of the closest tracks, best first; None where the model does not know the track."""
    row = bundle.catalogue.tracks.row(track_id)
    if row is None:
        return None
    others = np.arange(len(bundle.catalogue)) != row
    rows, cosines = bundle.index.query(bundle.track_vectors[np.array([row])][0], count, others)
    ids, names = bundle.catalogue.tracks.values, bundle.catalogue.names["track"]
    found = zip(rows.tolist(), cosines.tolist(), strict=True)
    return [(str(ids[near]), str(names[near]), cosine) for near, cosine in found]


def adjacent_genres(bundle: Bundle, genre_id: str) -> list[NeighbourGenre] | None:
    """The neighbours of a genre, closest first; None where the model does not know the genre."""
    row = bundle.catalogue.genres.row(genre_id)
    if row is None:
        return None
    near: list[int] = bundle.genre_adjacency.neighbours(row).tolist()
    return [_neighbour(bundle, row, one) for one in near]


def _neighbour(bundle: Bundle, genre_row: int, near: int) -> NeighbourGenre:
    adjacency, catalogue = bundle.genre_adjacency, bundle.catalogue
    return NeighbourGenre(
        id=str(catalogue.genres.values[near]),
        name=str(catalogue.names["genre"][near]),
        strength=float(adjacency.strength[genre_row, near]),
        evidence={kind: float(values[genre_row, near]) for kind, values in adjacency.evidence.items()},
        listeners=int(adjacency.listeners[genre_row, near]),
    )
