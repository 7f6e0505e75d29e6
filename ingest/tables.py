"""How delimited text files are read: fast where every line is as promised, line by line where one is not.

A line that does not fit is counted with its number; a file that does not fit at all is a ``SourceError``.
"""

from __future__ import annotations

import csv
import gzip
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graph.errors import SourceError
from ingest.source import Remark

if TYPE_CHECKING:
    from _csv import Reader


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The wanted columns of a file with a header, as text.

    Attributes:
        file: its name, for remarks.
        columns: name -> one str per good line.
        lines: int64 [n], the line each record starts on.
        rejected: lines with another number of fields.
    """

    file: str
    columns: dict[str, list[str]]
    lines: NDArray[np.int64]
    rejected: tuple[Remark, ...]

    def __len__(self) -> int:
        return len(self.lines)

    def place(self, row: int) -> str:
        """File and line of one record."""
        return f"{self.file}:{int(self.lines[row])}"


def folder(path: Path, files: tuple[str, ...], what: str) -> Path:
    """Make sure that ``path`` is a folder with these files.

    Raises:
        SourceError: it is not.
    """
    if not path.is_dir():
        raise SourceError(f"{path}: no such folder; give the folder of {what}")
    missing = [name for name in files if not (path / name).is_file()]
    if missing:
        state = "is empty" if not any(path.iterdir()) else f"lacks {', '.join(missing)}"
        raise SourceError(f"{path}: the folder {state}; {what} needs {', '.join(files)}")
    return path


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[IO[str]]:
    """The text of a plain or gzipped file; what is wrong with the file becomes a SourceError."""
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rt", encoding=encoding, newline="") as text:
                yield text
        else:
            with path.open(encoding=encoding, newline="") as text:
                yield text
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(f"{path}: damaged or cut off ({error}); fetch the file again") from None
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not {encoding} at byte {error.start}; fetch the file again or convert it") from None
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror or error}); check the path and its rights"
        ) from None


def read_table(
    path: Path, wanted: tuple[str, ...], *, delimiter: str = "\t", quoted: bool = True, encoding: str = "utf-8"
) -> Table:
    """Read the ``wanted`` columns of a file that opens with a header line.

    Raises:
        SourceError: the file is unreadable, holds no record, or lacks a column.
    """
    with _opened(path, encoding) as text:
        reader = csv.reader(text, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)
        try:
            header = next(reader, [])
        except csv.Error as error:
            raise SourceError(f"{path}:1: {error}; a quote is open or the file is no text") from None
        missing = [name for name in wanted if name not in header]
        if missing:
            raise SourceError(
                f"{path}: lacks the column(s) {', '.join(missing)}; the header must name {', '.join(wanted)}"
            )
        records, lines, bad = _records(path, reader, len(header))
    if not records:
        raise SourceError(f"{path}: no record after the header; fetch the file again")
    at = [header.index(name) for name in wanted]
    columns = {name: [fields[index] for fields in records] for name, index in zip(wanted, at, strict=True)}
    rejected = Remark.at("wrong number of fields", (f"{path.name}:{line}" for line in bad))
    return Table(path.name, columns, np.array(lines, np.int64), rejected)


def _records(path: Path, reader: Reader, width: int) -> tuple[list[list[str]], list[int], list[int]]:
    """Records of ``width`` fields, the lines they start on, and the lines of the others."""
    records: list[list[str]] = []
    lines: list[int] = []
    bad: list[int] = []
    line = reader.line_num + 1
    try:
        for fields in reader:
            if len(fields) == width:
                records.append(fields)
                lines.append(line)
            else:
                bad.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise SourceError(f"{path}:{line}: {error}; a quote is open or the file is no text") from None
    return records, lines, bad


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A file of whole numbers: int64 [n, n_columns], the line of each row, and the lines that are none."""

    file: str
    values: NDArray[np.int64]
    lines: NDArray[np.int64]
    rejected: tuple[Remark, ...]

    def __len__(self) -> int:
        return len(self.values)

    def remark(self, reason: str, mask: NDArray[np.bool_]) -> tuple[Remark, ...]:
        """One remark over the chosen rows, none without any."""
        return Remark.at(reason, (f"{self.file}:{line}" for line in self.lines[mask].tolist()))


def read_numbers(path: Path, wanted: tuple[str, ...], *, header: bool) -> Numbers:
    """Read a tab-separated file of whole numbers.

    Args:
        path: plain or gzipped.
        wanted: the names of the columns; where there is a header it must name them in this order.
        header: whether the first line names the columns.

    Raises:
        SourceError: the file is unreadable, its columns are others, or no line is as promised.
    """
    with _opened(path, "ascii") as text:
        body = text.read()
    lines = body.splitlines()
    found = lines[0].split("\t") if header and lines else list(wanted)
    if tuple(found[: len(wanted)]) != wanted:
        raise SourceError(
            f"{path}: columns {', '.join(found)[:200]} instead of {', '.join(wanted)}; is this the right file?"
        )
    first = int(header)
    values, kept, bad = _parsed(lines[first:], len(wanted))
    if not len(values):
        raise SourceError(f"{path}: no line of {len(wanted)} whole numbers ({', '.join(wanted)}); fetch the file again")
    rejected = Remark.at("not whole numbers", (f"{path.name}:{row + first + 1}" for row in bad))
    return Numbers(path.name, values, kept + first + 1, rejected)


def _parsed(lines: list[str], width: int) -> tuple[NDArray[np.int64], NDArray[np.int64], list[int]]:
    """Numbers, the rows they come from, and the rows that are none. The fast way fails on the first bad line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # an empty file: the caller says so better
            warnings.simplefilter("error", DeprecationWarning)  # "1.5" taken for a whole number
            values = np.loadtxt(lines, dtype=np.int64, delimiter="\t", ndmin=2, comments=None)
        if values.shape == (len(lines), width):
            return values, np.arange(len(lines)), []
    except (ValueError, DeprecationWarning):
        pass
    good = [row for row, line in enumerate(lines) if _whole(line.split("\t"), width)]
    values = np.array([lines[row].split("\t") for row in good], dtype=np.int64).reshape(-1, width)
    return values, np.array(good, np.int64), sorted(set(range(len(lines))) - set(good))


def is_id(text: str) -> bool:
    """Whether a field is a whole number from 0 that an int64 holds."""
    return text.isdecimal() and len(text) < 19


def _whole(fields: list[str], width: int) -> bool:
    return len(fields) == width and all(field.removeprefix("-").isdecimal() and len(field) < 19 for field in fields)
