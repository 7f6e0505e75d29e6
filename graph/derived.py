"""The edges that a model derives: written for analysts and reasons, replaced as a whole so that stale ones vanish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.arrays import Ids, Rows
from graph.progress import NoProgress, Progress
from graph.store import GraphStore

BATCH = 10_000

KINDS = ("played_with", "artist_played_with", "sounds_like", "adjacent_to", "similar_taste")
"""Each is written by ``write/derived_KIND`` and its stale edges removed by ``write/stale_KIND``."""


@dataclass(frozen=True, slots=True, eq=False)
class DerivedEdges:
    """Edges of one kind between nodes of one kind.

    Attributes:
        kind: one of ``KINDS``.
        ids: of the nodes at both ends.
        source_row, target_row: int64 [n].
        columns: property name -> float [n] or int [n].
    """

    kind: str
    ids: Ids
    source_row: Rows
    target_row: Rows
    columns: Mapping[str, NDArray[np.generic]]

    def __len__(self) -> int:
        return len(self.source_row)


def write_derived(store: GraphStore, edges: DerivedEdges, model: str, *, progress: Progress | None = None) -> int:
    """Write every edge, marked with the model that made it; those that exist are brought up to date.

    Returns:
        How many edges are new.
    """
    progress = progress or NoProgress()
    progress.stage(f"writing {edges.kind}", len(edges))
    created = 0
    for start in range(0, len(edges), BATCH):
        part = slice(start, start + BATCH)
        columns = {name: values[part].tolist() for name, values in edges.columns.items()}
        written = store.write(
            f"write/derived_{edges.kind}",
            source=edges.ids.values[edges.source_row[part]].tolist(),
            target=edges.ids.values[edges.target_row[part]].tolist(),
            model=model,
            **columns,
        )
        created += written.relationships_created
        progress.advance(len(edges.source_row[part]))
    return created


def remove_stale(store: GraphStore, kind: str, model: str) -> None:
    """Remove the edges of one kind that another model made; what curators pinned stays."""
    store.autocommit(f"write/stale_{kind}", model=model)
