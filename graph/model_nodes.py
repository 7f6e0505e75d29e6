"""What the graph is told of a model: the version itself, its vectors, and how far writing them has come."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from graph.arrays import Ids
from graph.progress import NoProgress, Progress
from graph.store import GraphStore

BATCH = 2_000
AWAIT_S = 300
Kind = Literal["track", "user"]
KINDS: tuple[Kind, ...] = ("track", "user")
"""Each is written by ``write/vectors_KIND``, its stale vectors removed by ``write/stale_vectors_KIND``."""
Quantisation = Literal["NONE", "SCALAR"]


@dataclass(frozen=True, slots=True, eq=False)
class NodeVectors:
    """What one model says of nodes of one kind.

    Attributes:
        ids: of the nodes.
        factors: of ALS, float32 [n, k].
        embedding: of GraphSAGE, float32 [n, dim].
    """

    kind: Kind
    ids: Ids
    factors: NDArray[np.float32]
    embedding: NDArray[np.float32]


def write_model(store: GraphStore, manifest: Mapping[str, Any], *, live: bool, now: int) -> None:
    """Write a version with its lineage; a live one takes the mark from the others."""
    store.write(
        "write/model_version",
        id=manifest["version"],
        parent=manifest.get("parent"),
        createdAt=manifest.get("createdAt"),
        watermark=manifest.get("watermark"),
        code=manifest.get("code"),
        metrics=json.dumps(manifest.get("metrics", {})),
        live=live,
        at=now,
    )


def parts_of(store: GraphStore, version: str) -> set[str]:
    """The parts of a version that are in the graph as a whole."""
    return {part for row in store.read("read/model_parts", id=version) for part in row["parts"]}


def write_vectors(store: GraphStore, vectors: NodeVectors, model: str, *, progress: Progress | None = None) -> None:
    """Write the vectors of all nodes, then remove those that only another model had."""
    progress = progress or NoProgress()
    progress.stage(f"writing vectors of {vectors.kind}s", len(vectors.ids))
    for start in range(0, len(vectors.ids), BATCH):
        part = slice(start, start + BATCH)
        ids = vectors.ids.values[part].tolist()
        store.write(
            f"write/vectors_{vectors.kind}",
            id=ids,
            factors=vectors.factors[part].astype(np.float64).tolist(),
            embedding=vectors.embedding[part].astype(np.float64).tolist(),
            model=model,
        )
        progress.advance(len(ids))
    store.autocommit(f"write/stale_vectors_{vectors.kind}", model=model)


def rebuild_index(store: GraphStore, dim: int, quantisation: Quantisation) -> None:
    """Make the vector index over track embeddings anew and wait until it answers."""
    store.autocommit("write/drop_vector_index")
    store.autocommit("write/vector_index", n=dim, quantisation=quantisation)
    store.read("read/await_indexes", timeout_s=AWAIT_S + 5, seconds=AWAIT_S)
