"""Vectors in a quarter of the memory: one byte per number, with a scale for each column and each row.

Tracks are taken by their rows, as from an array, and come back in single precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import ModelError

Floats = NDArray[np.float32]

MOST = 127
BLOCK = 8_192


@dataclass(frozen=True, slots=True, eq=False)
class Int8Vectors:
    """Quantised float32 [n, dim]: ``codes · columns · rows``.

    The steps are those of each column: one coordinate of the tracks is large for all of them, and would take the steps
    of the others. The scale per row gives each vector its own length back, so that unit vectors stay unit vectors.

    Attributes:
        codes: int8 [n, dim].
        columns: float32 [dim].
        rows: float32 [n].
    """

    codes: NDArray[np.int8]
    columns: Floats
    rows: Floats

    @classmethod
    def of(cls, vectors: Floats, columns: Floats | None = None) -> Int8Vectors:
        """Quantise; with ``columns`` by the scales of other vectors, so that both can stand in one set.

        Raises:
            ModelError: a number is not finite.
        """
        if not np.isfinite(vectors).all():
            row = int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])
            raise ModelError(f"vector {row} is not finite: it cannot be quantised")
        if columns is None:
            largest = np.abs(vectors).max(axis=0, initial=0.0)
            columns = (np.where(largest > 0, largest, 1.0) / MOST).astype(np.float32)
        codes = np.zeros(vectors.shape, np.int8)
        rows = np.zeros(len(vectors), np.float32)
        for start in range(0, len(vectors), BLOCK):
            part = slice(start, start + BLOCK)
            codes[part], rows[part] = _quantised(vectors[part], columns)
        return cls(codes, columns, rows)

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def shape(self) -> tuple[int, int]:
        """(n, dim)."""
        return self.codes.shape[0], self.codes.shape[1]

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.codes.nbytes + self.columns.nbytes + self.rows.nbytes

    def __getitem__(self, rows: Any) -> Floats:
        scaled = self.codes[rows] * self.columns
        return np.asarray(scaled * self.rows[rows][..., None], np.float32)

    @property
    def T(self) -> Floats:
        """All of them in single precision, float32 [dim, n]: for those who need one array."""
        return self[:].T

    def products(self, vector: Floats) -> Floats:
        """The inner product of each with ``vector``, float32 [n]; decoded a block at a time."""
        found = np.empty(len(self), np.float32)
        weights = self.columns * vector
        for start in range(0, len(self), BLOCK):
            part = slice(start, start + BLOCK)
            found[part] = self.codes[part].astype(np.float32) @ weights
        return found * self.rows

    def grown(self, more: Floats) -> Int8Vectors:
        """These, and ``more`` float32 [m, dim] behind them."""
        later = Int8Vectors.of(more, self.columns)
        return Int8Vectors(np.vstack([self.codes, later.codes]), self.columns, np.concatenate([self.rows, later.rows]))


Vectors = Floats | Int8Vectors
"""float32 [n, dim], taken by row."""


def _quantised(vectors: Floats, columns: Floats) -> tuple[NDArray[np.int8], Floats]:
    codes = np.clip(np.rint(vectors / columns), -MOST, MOST).astype(np.int8)
    length = np.linalg.norm(codes * columns, axis=1)
    rows = np.linalg.norm(vectors, axis=1) / np.where(length > 0, length, 1.0)
    return codes, rows.astype(np.float32)


def grown(vectors: Vectors, more: Floats) -> Vectors:
    """The vectors, and ``more`` float32 [m, dim] behind them."""
    return vectors.grown(more) if isinstance(vectors, Int8Vectors) else np.vstack([vectors, more])


def to_arrays(name: str, vectors: Vectors) -> dict[str, NDArray[Any]]:
    """Plain arrays by name, for ``np.savez``."""
    if not isinstance(vectors, Int8Vectors):
        return {name: vectors}
    return {f"{name}.codes": vectors.codes, f"{name}.columns": vectors.columns, f"{name}.rows": vectors.rows}


def from_arrays(name: str, arrays: Mapping[str, NDArray[Any]]) -> Vectors:
    """What ``to_arrays`` wrote."""
    if name in arrays:
        return arrays[name]
    return Int8Vectors(arrays[f"{name}.codes"], arrays[f"{name}.columns"], arrays[f"{name}.rows"])
