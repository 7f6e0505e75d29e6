"""The live model written into the graph, for analysts and reasons: replaced part by part, each as a whole.

A part that is in the graph is remembered at the version's node, so that a killed run goes on with the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.build import derived_edges
from gnn.bundle import Bundle
from gnn.neighbours import top_of_rows
from gnn.tower import History
from graph import derived, model_nodes
from graph.arrays import GraphArrays, Ids, Links
from graph.derived import DerivedEdges
from graph.export import export
from graph.model_nodes import NodeVectors, Quantisation
from graph.progress import NoProgress, Progress
from graph.store import GraphStore
from recommend.learn import histories

TASTE_NEIGHBOURS = 20
LEAST_PLAYS = 5
"""Listeners with fewer played tracks have no taste to compare."""
BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Materialised:
    """What a run wrote: part -> seconds; parts that were there already are left out."""

    version: str
    seconds: dict[str, float]


def materialise(
    store: GraphStore,
    bundle: Bundle,
    *,
    now: int,
    quantisation: Quantisation = "SCALAR",
    again: bool = False,
    progress: Progress | None = None,
) -> Materialised:
    """Write vectors and derived edges of a model into the graph and remove those of other models.

    Args:
        store: the graph.
        bundle: the live model.
        now: unix seconds.
        quantisation: of the vector index; NONE finds most, SCALAR takes a quarter of the memory.
        again: also what is in the graph already.
        progress: told of every part.

    Raises:
        GraphError: Neo4j is absent or refuses; the same call goes on with what is left.
    """
    progress, seconds = progress or NoProgress(), dict[str, float]()
    model_nodes.write_model(store, bundle.manifest, live=True, now=now)
    store.write("write/model_parts_forget", id=bundle.version)
    done = set[str]() if again else model_nodes.parts_of(store, bundle.version)
    for part, write in _parts(store, bundle, quantisation, progress).items():
        if part in done:
            continue
        began = time.perf_counter()
        write()
        store.write("write/model_part", id=bundle.version, part=part, at=now)
        seconds[part] = round(time.perf_counter() - began, 2)
    return Materialised(bundle.version, seconds)


def _parts(
    store: GraphStore, bundle: Bundle, quantisation: Quantisation, progress: Progress
) -> dict[str, Callable[[], None]]:
    """Name -> what writes it, in order; the listeners are computed once for all parts that need them."""
    listeners: list[NodeVectors] = []

    def users() -> NodeVectors:
        if not listeners:
            listeners.append(user_vectors(bundle, export(store, progress=progress)))
        return listeners[0]

    def edges(found: DerivedEdges) -> None:
        derived.write_derived(store, found, bundle.version, progress=progress)
        derived.remove_stale(store, found.kind, bundle.version)

    def tracks() -> None:
        store.autocommit("write/drop_vector_index")
        model_nodes.write_vectors(store, track_vectors(bundle), bundle.version, progress=progress)

    def index() -> None:
        progress.stage("building the vector index", 1)
        model_nodes.rebuild_index(store, bundle.track_vectors.shape[1], quantisation)

    parts: dict[str, Callable[[], None]] = {
        found.kind: lambda found=found: edges(found)  # type: ignore[misc]
        for found in derived_edges(bundle)
    }
    return parts | {
        "tracks": tracks,
        "users": lambda: model_nodes.write_vectors(store, users(), bundle.version, progress=progress),
        "similar_taste": lambda: edges(similar_taste(users())),
        f"index {quantisation}": index,
    }


def track_vectors(bundle: Bundle) -> NodeVectors:
    """ALS factors and embedding of every track of the model."""
    return NodeVectors("track", bundle.catalogue.tracks, bundle.als.item_factors, bundle.track_vectors[:])


def user_vectors(bundle: Bundle, arrays: GraphArrays) -> NodeVectors:
    """The same of every listener with enough plays of tracks that the model knows, from their history now."""
    played = _known(bundle, arrays)
    tracks = np.bincount(played.source_row, minlength=len(arrays.users))
    rows = np.flatnonzero(tracks >= LEAST_PLAYS)
    found = histories(played, rows)
    seen = [found[row] for row in rows.tolist()]
    as_of = int(played.columns["lastAt"].max()) if len(played) else 0
    factors = np.array([_factors(bundle, history) for history in seen], np.float32)
    factors = factors.reshape(len(seen), bundle.als.item_factors.shape[1])
    ids = Ids(arrays.users.values[rows])
    return NodeVectors("user", ids, factors, bundle.tower.vectors(seen, as_of))


def _factors(bundle: Bundle, history: History) -> NDArray[np.float32]:
    return bundle.als.fold_in(history.item_rows, history.counts)


def _known(bundle: Bundle, arrays: GraphArrays) -> Links:
    """What was really played, in the rows of the bundle's tracks."""
    rows = bundle.catalogue.tracks.rows(arrays.tracks.values)[arrays.played.target_row]
    chosen = (rows >= 0) & (arrays.played.columns["count"].astype(np.int64) > 0)
    part = arrays.played.select(chosen)
    return Links(part.source_row, rows[chosen], part.columns)


def similar_taste(users: NodeVectors) -> DerivedEdges:
    """The nearest others of each listener by embedding, best first."""
    vectors = users.embedding
    sources, targets, values = [], [], []
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK] @ vectors.T
        block[np.arange(len(block)), np.arange(start, start + len(block))] = 0.0  # nobody is their own neighbour
        rows, columns = top_of_rows(block, TASTE_NEIGHBOURS)
        sources.append(rows + start)
        targets.append(columns)
        values.append(block[rows, columns])
    source = np.concatenate(sources) if sources else np.empty(0, np.int64)
    target = np.concatenate(targets) if targets else np.empty(0, np.int64)
    similarity = np.concatenate(values).astype(np.float64) if values else np.empty(0)
    rank = np.arange(len(source)) - np.searchsorted(source, source) + 1
    return DerivedEdges("similar_taste", users.ids, source, target, {"similarity": similarity, "rank": rank})
