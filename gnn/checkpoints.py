"""What a long run has finished already, kept on disk so that a killed one goes on where it was.

A result is found again by a digest of everything it depends on, so that it can never stand for another. Where nobody
opened a folder with ``kept_in`` nothing is kept.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gnn import durable

Arrays = Mapping[str, NDArray[Any]]

_FOLDER: ContextVar[Path | None] = ContextVar("checkpoints", default=None)


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """Keep what is finished inside the block in a folder, and take from it what an earlier run kept.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    token = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(token)


def key(*parts: object) -> str:
    """A digest of arrays and plain values."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        else:
            digest.update(repr(part).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:24]


def remembered(kind: str, parts: tuple[object, ...], make: Callable[[], Arrays]) -> Arrays:
    """The arrays of an earlier run, or those that ``make`` makes now, kept for a later one.

    Args:
        kind: what they are, for the name of the file.
        parts: everything they depend on.
        make: makes them.
    """
    name = f"{kind}-{key(*parts)}.npz" if _FOLDER.get() else ""
    if (found := load(name)) is not None:
        try:
            with np.load(io.BytesIO(found), allow_pickle=False) as stored:
                return {array: stored[array] for array in stored.files}
        except (ValueError, EOFError, zipfile.BadZipFile):
            pass  # damaged: it is made anew
    made = make()
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **made)
    save(name, buffer.getvalue())
    return made


def load(name: str) -> bytes | None:
    """The content that was saved under a name; None without, or where nothing is kept."""
    folder = _FOLDER.get()
    try:
        return (folder / name).read_bytes() if folder else None
    except OSError:
        return None


def save(name: str, content: bytes) -> None:
    """Keep a content under a name, whole or not at all."""
    if folder := _FOLDER.get():
        durable.replace_bytes(folder / name, content)
