"""Which index serves a catalogue, and its files in a bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from gnn.index.annoy import AnnoyNeighbours, build_annoy
from gnn.index.faiss import FaissNeighbours, Shape, build_faiss
from gnn.index.int8 import Int8Vectors, Vectors
from gnn.index.neighbours import NearestNeighbours
from graph.errors import ModelError

EXACT_BELOW = 30_000
"""Tracks below which one matrix product beats every other index."""

IndexKind = Literal["auto", "exact", "annoy", "faiss"]
"""``auto``: exact in small catalogues, else Annoy."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One kind of index in a file.

    Attributes:
        suffix: of the file.
        build: writes the file, and its seal beside it.
        open: answers from the file.
    """

    suffix: str
    build: Callable[[Vectors, Path], None]
    open: Callable[[Path, Vectors], NearestNeighbours]


def _faiss(shape: Shape) -> Backend:
    return Backend(shape, partial(build_faiss, shape=shape), partial(FaissNeighbours, shape=shape))


BACKENDS: Mapping[str, Backend] = {
    "annoy": Backend("ann", build_annoy, AnnoyNeighbours),
    "faiss-ivf": _faiss("ivf"),
    "faiss-ivf-sq8": _faiss("ivf-sq8"),
    "faiss-hnsw": _faiss("hnsw"),
    "faiss-hnsw-sq8": _faiss("hnsw-sq8"),
}
"""Those that are built beforehand; the exact search needs no file."""


def _backend(kind: IndexKind, vectors: Vectors) -> str:
    """The backend of a kind that needs a file: of quantised vectors FAISS keeps one byte per number, too.

    HNSW is not chosen: it finds tracks near tracks, but loses a third of those that are near a listener.
    """
    if kind == "faiss":
        return "faiss-ivf-sq8" if isinstance(vectors, Int8Vectors) else "faiss-ivf"
    return "annoy"


def build(folder: Path, name: str, vectors: Vectors, kind: IndexKind) -> None:
    """Write the index file of some vectors: Annoy's unless FAISS is asked for.

    It is written for small catalogues and for ``exact``, too, so that a bundle can serve by another index without
    training.

    Raises:
        ModelError: a vector is no direction, or ``faiss-cpu`` is not installed.
    """
    backend = BACKENDS[_backend(kind, vectors)]
    backend.build(vectors, folder / f"{name}.{backend.suffix}")


def opened(folder: Path, name: str, vectors: Vectors, kind: IndexKind) -> NearestNeighbours | None:
    """The index that serves some vectors; None where every vector is looked at.

    Raises:
        ModelError: the bundle has no index of this kind.
        BundleDamagedError: its file is not what it should be.
    """
    if kind == "exact" or (kind == "auto" and len(vectors) < EXACT_BELOW):
        return None
    backend = BACKENDS[_backend(kind, vectors)]
    path = folder / f"{name}.{backend.suffix}"
    if not path.exists():
        raise ModelError(
            f"model {folder.name} has no index of kind {kind}: run `phonograph train` with PHONOGRAPH_INDEX={kind}, "
            "or serve with PHONOGRAPH_INDEX=auto"
        )
    return backend.open(path, vectors)
