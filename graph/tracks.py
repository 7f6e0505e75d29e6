"""Which tracks the graph has that a model does not know: asked often, so the cheap question comes first."""

from __future__ import annotations

import numpy as np

from graph.arrays import Ids
from graph.browse import GraphBrowse, TrackPage
from graph.store import GraphStore

BATCH = 500

Counts = tuple[int, int, int]
"""Tracks, their credits and their genres."""


class GraphTracks:
    """The reads behind a model's later tracks. All raise GraphError."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._browse = GraphBrowse(store)

    def counts(self) -> Counts:
        """Numbers that change when tracks come, or when more is known of them; Neo4j keeps them at hand."""
        row = self._store.read("read/track_counts")[0]
        return row["tracks"], row["credits"], row["genres"]

    def unknown(self, known: Ids, most: int) -> list[TrackPage]:
        """The tracks that are not among ``known``, by id, ``most`` at most."""
        ids = np.array([id for (id,) in self._store.stream("read/track_ids")], np.str_)
        wanted = ids[known.rows(ids) < 0][:most].tolist()
        pages: dict[str, TrackPage] = {}
        for start in range(0, len(wanted), BATCH):
            pages |= self._browse.tracks(wanted[start : start + BATCH])
        return list(pages.values())
