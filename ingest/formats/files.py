"""How a file of a foreign format is opened: found, measured, decoded, parsed; every failure is one ``SourceError``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graph.errors import SourceError
from ingest.source import Remark

LARGEST = 1 << 28
"""Bytes of a file that is read as a whole."""


def found(path: Path, endings: tuple[str, ...], what: str) -> list[Path]:
    """The file at ``path``, or the files below it with one of the ``endings``, in order of path.

    Raises:
        SourceError: nothing is there.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise SourceError(f"{path}: no such file or folder; give a file or a folder of {what}")
    files = sorted(file for file in path.rglob("*") if file.name.lower().endswith(endings) and file.is_file())
    if not files:
        raise SourceError(f"{path}: holds no file of {what} ({', '.join(endings)})")
    return files


def bytes_of(path: Path) -> bytes:
    """The content of a file.

    Raises:
        SourceError: it cannot be read, is empty, or is larger than ``LARGEST``.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise SourceError(f"{path}: {size} bytes are too many for one playlist (at most {LARGEST}); split it")
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror or error}); check the path and its rights"
        ) from None
    if not data.strip():
        raise SourceError(f"{path}: is empty; fetch the file again")
    return data


def json_of(path: Path, repeated: list[str]) -> Any:
    """The JSON document in a file; keys that an object names twice are added to ``repeated``, the last value counts.

    Raises:
        SourceError: it cannot be read, or is no JSON in UTF-8 or UTF-16.
    """

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            counts = Counter(key for key, _ in pairs)
            repeated.extend(f"{path.name}: {key[:40]}" for key, count in counts.items() if count > 1)
        return made

    data = bytes_of(path)
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return json.loads(data.decode(encoding), object_pairs_hook=object_of)
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not {encoding} at byte {error.start}; fetch the file again or convert it") from None
    except json.JSONDecodeError as error:
        raise SourceError(
            f"{path}:{error.lineno}: no JSON ({error.msg}); the file is damaged or cut off, fetch it again"
        ) from None
    except (RecursionError, ValueError) as error:  # nested thousands deep; a whole number of thousands of digits
        reason = "nested too deep" if isinstance(error, RecursionError) else "a number is too long"
        raise SourceError(f"{path}: no JSON that can be read ({reason}); fetch the file again") from None


class Tally:
    """Counts oddities by reason, and remembers where the first of each were."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}

    def add(self, reason: str, place: str, count: int = 1) -> None:
        """Count one more, or ``count``, for a reason."""
        self._counts[reason] = self._counts.get(reason, 0) + count
        places = self._places.setdefault(reason, [])
        if len(places) < 3:
            places.append(place)

    def remarks(self) -> tuple[Remark, ...]:
        """One remark for each reason, in order of first appearance."""
        return tuple(Remark(reason, count, tuple(self._places[reason])) for reason, count in self._counts.items())

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)
