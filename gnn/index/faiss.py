"""FAISS: lists of vectors around centres (IVF), or a navigable graph of them (HNSW), each also with a byte per number.

An extra: ``faiss-cpu`` is imported when an index of this kind is built or opened.

Source: Jégou, Douze and Schmid, Product quantization for nearest neighbor search, 2011, section IV (inverted lists);
Malkov and Yashunin, Efficient and robust approximate nearest neighbor search using HNSW graphs, 2018.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from math import ceil, sqrt
from pathlib import Path
from typing import Any, Literal

import numpy as np

from gnn.index.files import ADVICE, require_whole, seal
from gnn.index.int8 import Vectors
from gnn.index.neighbours import Mask, Neighbours, Rows, Vector, completed, require_unit
from graph.errors import BundleDamagedError, ModelError

Shape = Literal["ivf", "ivf-sq8", "hnsw", "hnsw-sq8"]

LINKS, BUILD_WIDTH, WIDTH = 16, 100, 128
"""HNSW: links of a vector, candidates while building, candidates that a search keeps at least."""
LISTS, PROBED = 2.0, 0.3
"""IVF: lists per square root of the vectors, and the share of the lists that a search looks through."""
LEAST_PROBED = 32
CODED_SPARE = 2
"""How many times more is fetched from bytes, whose order is not exact; the vectors themselves put it right."""
BLOCK = 16_384


def is_installed() -> bool:
    """Whether ``faiss-cpu`` can be imported."""
    return find_spec("faiss") is not None


def _library() -> Any:
    """The module ``faiss``.

    Raises:
        ModelError: it is not installed.
    """
    try:
        return import_module("faiss")
    except ImportError:
        raise ModelError("the index faiss needs the package faiss-cpu: pip install 'phonograph[faiss]'") from None


class FaissNeighbours:
    """An index file of ``build_faiss``, in memory.

    Args:
        path: the file; its seal is checked first.
        vectors: float32 [n, dim], those that it was built from; all cosines are computed from these.
        shape: as it was built.
        effort: how much longer than usual to search.

    Raises:
        BundleDamagedError: the file is not what its seal says, or was built from other vectors.
        ModelError: ``faiss-cpu`` is not installed.
    """

    def __init__(self, path: Path, vectors: Vectors, *, shape: Shape = "ivf", effort: float = 1.0) -> None:
        self._faiss = _library()
        require_whole(path, f"faiss-{shape}", vectors)
        self._vectors = vectors
        self._lists = _lists(len(vectors))
        self._effort = effort
        self._is_graph = shape.startswith("hnsw")
        self._spare = CODED_SPARE if shape.endswith("sq8") else 1
        try:
            self._index = self._faiss.read_index(str(path)) if len(vectors) else None
        except RuntimeError as error:  # sealed, but by another version of FAISS
            raise BundleDamagedError(f"{path.name} cannot be read by this version of faiss-cpu; {ADVICE}") from error

    def query(self, vector: Vector, count: int, allowed: Mask | None = None) -> Neighbours:
        """See ``NearestNeighbours``."""
        return completed(self._nearest, self._vectors, vector, count, allowed)

    def _nearest(self, direction: Vector, count: int) -> Rows:
        assert self._index is not None  # nothing is asked of an empty one
        asked = min(self._spare * count, len(self._vectors))
        found: Rows = self._index.search(direction[None, :], asked, params=self._params(asked))[1][0]
        return found[found >= 0].astype(np.int64)

    def _params(self, count: int) -> Any:
        """How far a search goes: an argument of each, so that threads do not change it for one another."""
        if self._is_graph:
            return self._faiss.SearchParametersHNSW(efSearch=round(self._effort * max(WIDTH, 2 * count)))
        probed = max(LEAST_PROBED, ceil(self._effort * PROBED * self._lists))
        return self._faiss.SearchParametersIVF(nprobe=min(self._lists, probed))


def build_faiss(vectors: Vectors, path: Path, *, shape: Shape = "ivf") -> None:
    """Write a FAISS index of ``vectors`` to ``path``, and its seal; the same vectors write the same file.

    Raises:
        ModelError: a vector is no direction, or ``faiss-cpu`` is not installed.
    """
    faiss = _library()
    require_unit(vectors)
    if len(vectors):
        with _one_thread(faiss):  # several would link in an order of chance
            faiss.write_index(_filled(faiss, vectors, shape), str(path))
    else:
        path.write_bytes(b"")
    settings = {"links": LINKS, "buildWidth": BUILD_WIDTH} if "hnsw" in shape else {"lists": _lists(len(vectors))}
    seal(path, f"faiss-{shape}", vectors, settings)


def _lists(count: int) -> int:
    return max(1, min(round(LISTS * sqrt(count)), count // 8))


def _filled(faiss: Any, vectors: Vectors, shape: Shape) -> Any:
    structure, _, codes = shape.partition("-")
    head = f"HNSW{LINKS}" if structure == "hnsw" else f"IVF{_lists(len(vectors))}"
    index = faiss.index_factory(vectors.shape[1], f"{head},{codes.upper() or 'Flat'}", faiss.METRIC_INNER_PRODUCT)
    if structure == "hnsw":
        index.hnsw.efConstruction = BUILD_WIDTH
    else:
        index.cp.spherical, index.cp.min_points_per_centroid = True, 1
    index.train(np.ascontiguousarray(vectors[:]))
    for start in range(0, len(vectors), BLOCK):
        index.add(np.ascontiguousarray(vectors[start : start + BLOCK]))
    return index


@contextmanager
def _one_thread(faiss: Any) -> Iterator[None]:
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
