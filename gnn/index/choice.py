"""Which index serves a catalogue, and its files in a bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from gnn.index.annoy import AnnoyNeighbours, build_annoy
from gnn.index.faiss import FaissNeighbours, Shape, build_faiss, is_installed
from gnn.index.int8 import Int8Vectors, Vectors
from gnn.index.neighbours import NearestNeighbours
from graph.errors import ModelError

EXACT_BELOW = 100_000
"""Tracks below which looking at all of them takes at most a few milliseconds, less than Annoy needs to find as much."""

IndexKind = Literal["auto", "exact", "annoy", "faiss"]
"""``auto``: exact in small catalogues, in large ones FAISS where it is installed."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One kind of index in a file.

    Attributes:
        suffix: of the file.
        build: writes the file, and its seal beside it.
        open: answers from the file, the given number of times as thoroughly as usual.
    """

    suffix: str
    build: Callable[[Vectors, Path], None]
    open: Callable[[Path, Vectors, float], NearestNeighbours]


def _annoy(path: Path, vectors: Vectors, effort: float) -> NearestNeighbours:
    return AnnoyNeighbours(path, vectors, effort=effort)


def _faiss(shape: Shape) -> Backend:
    def opened(path: Path, vectors: Vectors, effort: float) -> NearestNeighbours:
        return FaissNeighbours(path, vectors, shape=shape, effort=effort)

    return Backend(shape, partial(build_faiss, shape=shape), opened)


BACKENDS: Mapping[str, Backend] = {
    "annoy": Backend("ann", build_annoy, _annoy),
    "faiss-ivf": _faiss("ivf"),
    "faiss-ivf-sq8": _faiss("ivf-sq8"),
    "faiss-hnsw": _faiss("hnsw"),
    "faiss-hnsw-sq8": _faiss("hnsw-sq8"),
}
"""Those that are built beforehand; the exact search needs no file."""


def _backend(kind: IndexKind, vectors: Vectors) -> str:
    """The backend with a file of its own: of quantised vectors FAISS keeps one byte per number, too.

    HNSW is not chosen: it finds tracks near tracks, but loses a quarter of those that are near a listener.
    """
    if kind == "faiss" or (kind == "auto" and len(vectors) >= EXACT_BELOW and is_installed()):
        return "faiss-ivf-sq8" if isinstance(vectors, Int8Vectors) else "faiss-ivf"
    return "annoy"


def build(folder: Path, name: str, vectors: Vectors, kind: IndexKind) -> None:
    """Write the index file of some vectors.

    It is written where nobody asks for one, too, so that a bundle can serve by Annoy without another training.

    Raises:
        ModelError: a vector is no direction, or FAISS is asked for and not installed.
    """
    backend = BACKENDS[_backend(kind, vectors)]
    backend.build(vectors, folder / f"{name}.{backend.suffix}")


def is_built(folder: Path, name: str, vectors: Vectors, kind: IndexKind) -> bool:
    """Whether a bundle has the file of such an index."""
    return (folder / f"{name}.{BACKENDS[_backend(kind, vectors)].suffix}").exists()


def opened(
    folder: Path, name: str, vectors: Vectors, kind: IndexKind, *, effort: float = 1.0
) -> NearestNeighbours | None:
    """The index that serves some vectors; None where every vector is looked at.

    Args:
        folder: of the bundle.
        name: as it was built.
        vectors: float32 [n, dim].
        kind: what is wanted.
        effort: how much longer than usual to search.

    Raises:
        ModelError: the bundle has no index of this kind.
        BundleDamagedError: its file is not what it should be.
    """
    wanted, built = _backend(kind, vectors), is_built(folder, name, vectors, kind)
    small = len(vectors) < EXACT_BELOW
    if kind == "exact" or (kind == "auto" and (small or wanted == "annoy" or not built)):
        return None
    if built:
        return BACKENDS[wanted].open(folder / f"{name}.{BACKENDS[wanted].suffix}", vectors, effort)
    raise ModelError(
        f"model {folder.name} has no index of kind {kind}: run `phonograph train` with PHONOGRAPH_INDEX={kind}, "
        "or serve with PHONOGRAPH_INDEX=auto"
    )
