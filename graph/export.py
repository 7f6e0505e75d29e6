"""The graph as it is now, as arrays: what training reads from Neo4j.

Neo4j isolates statements, not whole transactions, so one transaction over all of them would be no snapshot either: what
arrives between two statements is left out where its other end is not known yet.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

import cypher
from graph import kinds
from graph.arrays import GraphArrays, Ids
from graph.assemble import Column, assemble, typed
from graph.kinds import SOUND_VECTOR
from graph.progress import NoProgress, Progress
from graph.store import GraphStore

LINKS = tuple(kind for kind in kinds.LINKS if f"read/export_{kind.name}" in cypher.names("read"))
"""The relations that training reads: all but who owns which playlist."""


def export(store: GraphStore, *, progress: Progress | None = None) -> GraphArrays:
    """Read the whole graph.

    Relationships come as lists per start node, about 0.5 million a second.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    progress = progress or NoProgress()
    progress.stage("export the graph", len(kinds.NODES) + len(LINKS))
    nodes: dict[str, dict[str, Column]] = {}
    links: dict[str, dict[str, Column]] = {}
    for node in kinds.NODES:
        nodes[node.name] = _nodes(store, node)
        progress.advance()
    for link in LINKS:
        links[link.name] = _links(store, link)
        progress.advance()
    arrays = assemble(nodes, links)
    heard = _sound_vectors(store, arrays.tracks)
    return arrays if heard is None else replace(arrays, track_columns={**arrays.track_columns, SOUND_VECTOR: heard})


def _sound_vectors(store: GraphStore, tracks: Ids) -> NDArray[np.float32] | None:
    """float32 [n_tracks, d], NaN in the rows of tracks without one; None where no track has one.

    A vector of another length than most is of another network, and counts as absent.
    """
    rows = [(id, vector) for id, vector in store.stream("read/track_sound") if vector]
    if not rows:
        return None
    (width, _), *_ = Counter(len(vector) for _, vector in rows).most_common(1)
    told = [(id, vector) for id, vector in rows if len(vector) == width]
    at = tracks.rows([id for id, _ in told])
    found = np.full((len(tracks), width), np.nan, np.float32)
    found[at[at >= 0]] = np.array([vector for _, vector in told], np.float32)[at >= 0]
    return found


def _nodes(store: GraphStore, kind: kinds.NodeKind) -> dict[str, Column]:
    """Every property of every node; rows become columns."""
    columns = [column for column in kind.columns if column.type != "list"]
    rows = list(store.stream(f"read/export_{kind.name}"))
    return {column.name: typed(column.type, [row[at] for row in rows]) for at, column in enumerate(columns)}


def _links(store: GraphStore, kind: kinds.LinkKind) -> dict[str, Column]:
    """Every link of one relation; the lists of all start nodes end to end, the start repeated."""
    rows = list(store.stream(f"read/export_{kind.name}"))
    starts = typed("str", [row[0] for row in rows])
    columns = {"source": np.repeat(starts, [len(row[1]) for row in rows])}
    for at, column in enumerate(kind.columns[1:], start=1):
        columns[column.name] = typed(column.type, list(chain.from_iterable(row[at] for row in rows)))
    return columns
