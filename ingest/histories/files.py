"""How the files of a history are found and opened: a file, a folder or a zip file; lines, CSV records, JSON objects.

What is wrong with a file as a whole is one ``SourceError``; what is wrong with one line is counted where it stands.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import ijson
import orjson

from graph.errors import SourceError
from ingest.formats.files import Tally

LARGEST_ZIP = 1 << 33
"""Bytes that the wanted files of a zip file may hold when unpacked."""
LARGEST_DOCUMENT = 1 << 26
"""Bytes of a JSON file that is parsed at once; a larger one is read object by object, more slowly."""
LONGEST_LINE = 1 << 24
"""Bytes of a line."""
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError)
"""What reading from a damaged, an encrypted or an exotic zip file raises."""
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Part:
    """One file, or one member of a zip file.

    Attributes:
        path: the file, or the zip file.
        name: how remarks call it: relative to the folder or zip file.
        member: the member's name; None for a plain file.
        size: bytes, unpacked.
    """

    path: Path
    name: str
    member: str | None
    size: int

    @property
    def label(self) -> str:
        """How errors call it."""
        return f"{self.path}: {self.name}" if self.member else str(self.path)

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Its bytes.

        Raises:
            SourceError: it cannot be read.
        """
        try:
            if self.member is None:
                with self.path.open("rb") as file:
                    yield file
            else:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as inner:
                    yield inner
        except OSError as error:
            raise _unreadable(self.label, error) from None
        except DAMAGE as error:
            raise SourceError(f"{self.label}: cannot be unpacked ({_brief(error)}); fetch the file again") from None

    def head(self, size: int) -> bytes:
        """The first ``size`` bytes, or all where there are fewer.

        Raises:
            SourceError: it cannot be read.
        """
        with self.opened() as file:
            return file.read(size)


def parts(path: Path, wanted: Callable[[str], bool], what: str) -> list[Part]:
    """The file at ``path``; or the wanted ones of a folder or zip file, by name.

    Args:
        path: a file, a folder or a zip file.
        wanted: whether a file of this base name, in lower case, belongs to the source.
        what: what the source reads, for errors.

    Raises:
        SourceError: nothing is there, or a zip file is damaged or unpacks to more than ``LARGEST_ZIP``.
    """
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if _is_wanted(file.name, wanted) and file.is_file())
        found = [Part(file, file.relative_to(path).as_posix(), None, _size(file)) for file in files]
    elif not path.is_file():
        raise SourceError(f"{path}: no such file or folder; give {what}")
    elif is_zip(path):
        found = _members(path, wanted)
    else:
        return [Part(path, path.name, None, _size(path))]
    if not found:
        raise SourceError(f"{path}: holds nothing of {what}")
    return found


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip file does."""
    try:
        with path.open("rb") as file:
            return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    except OSError as error:
        raise _unreadable(str(path), error) from None


def _members(path: Path, wanted: Callable[[str], bool]) -> list[Part]:
    try:
        with zipfile.ZipFile(path) as archive:
            listed = [one for one in archive.infolist() if not one.is_dir()]
    except (*DAMAGE, OSError, ValueError) as error:
        raise SourceError(f"{path}: cannot be unpacked ({_brief(error)}); fetch the file again") from None
    chosen = [one for one in listed if _is_wanted(one.filename.rpartition("/")[2], wanted)]
    size = sum(one.file_size for one in chosen)
    if size > LARGEST_ZIP:
        raise SourceError(
            f"{path}: unpacks to {size} bytes, more than the {LARGEST_ZIP} allowed; unpack it and import the folder"
        )
    chosen.sort(key=lambda one: one.filename)
    return [Part(path, one.filename, one.filename, one.file_size) for one in chosen]


def _is_wanted(name: str, wanted: Callable[[str], bool]) -> bool:
    return not name.startswith("._") and wanted(name.lower())  # "._x.json": what a Mac adds to a zip file


class Lines:
    """The lines of a text file, without their ends; ``number`` is the line handed out last, from 1.

    A line that is not in the file's encoding is counted in ``tally`` and left out.
    """

    def __init__(self, part: Part, tally: Tally, encoding: str = "utf-8") -> None:
        self.number = 0
        self._part = part
        self._tally = tally
        self._encoding = encoding

    def raw(self) -> Iterator[bytes]:
        """The lines as bytes in UTF-8 (or what else the file is in), without a byte order mark."""
        with self._part.opened() as file:
            mark = file.read(3)
            encoding = next((name for bom, name in BOMS if mark.startswith(bom)), None)
        with self._part.opened() as file:
            if encoding and encoding != "utf-8":
                text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="\n")
                source: Callable[[], bytes] = lambda: text.readline(LONGEST_LINE).encode("utf-8", "replace")  # noqa: E731
            else:
                source = lambda: file.readline(LONGEST_LINE)  # noqa: E731
            for line in iter(source, b""):
                self.number += 1
                if self.number == 1:
                    line = line.removeprefix(codecs.BOM_UTF8)
                if len(line) >= LONGEST_LINE:
                    raise SourceError(
                        f"{self._part.label}:{self.number}: a line of more than {LONGEST_LINE} bytes; "
                        "is this the right file?"
                    )
                yield line

    def __iter__(self) -> Iterator[str]:
        for line in self.raw():
            try:
                yield line.decode(self._encoding).rstrip("\r\n")
            except UnicodeDecodeError:
                self._tally.add(f"not {self._encoding}: convert the file", self.place)

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self._part.name}:{self.number}"


def records(lines: Lines, text: Iterator[str], tally: Tally, *, delimiter: str = ",") -> Iterator[list[str]]:
    """The records of a CSV file, blank lines left out; one that cannot be parsed is counted, line by line."""
    reader = csv.reader((line + "\n" for line in text), delimiter=delimiter)
    while True:
        began = lines.number
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            tally.add(f"no CSV ({_brief(error)}): a quote is open?", lines.place, lines.number - began)
            continue
        if record:
            yield record


def objects(part: Part, prefix: str) -> Iterator[Any]:
    """The members of the list at ``prefix`` of a JSON file (``item``, ``scrobbles.item``), in order.

    Raises:
        SourceError: it is no JSON, or has no such list.
    """
    if part.size <= LARGEST_DOCUMENT:
        listed = document(part)
        for word in prefix.split(".")[:-1]:
            listed = listed.get(word) if isinstance(listed, dict) else None
        if not isinstance(listed, list):
            raise SourceError(f"{part.label}: no list {_list_name(prefix)}in it; is this the right file?")
        yield from listed
        return
    count = 0
    try:
        with part.opened() as file:
            if file.read(3) != codecs.BOM_UTF8:
                file.seek(0)
            for value in ijson.items(file, prefix, use_float=True):
                count += 1
                yield value
    except (ijson.JSONError, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise SourceError(
            f"{part.label}: damaged or cut off after {count} records ({_brief(error)}); fetch the file again"
        ) from None
    if not count:
        raise SourceError(f"{part.label}: no list {_list_name(prefix)}in it; is this the right file?")


def document(part: Part) -> Any:
    """The JSON document in a file.

    Raises:
        SourceError: it is no JSON in UTF-8 or UTF-16, or larger than ``LARGEST_DOCUMENT``.
    """
    if part.size > LARGEST_DOCUMENT:
        raise SourceError(f"{part.label}: {part.size} bytes are too many (at most {LARGEST_DOCUMENT}); split it")
    data = part.head(LARGEST_DOCUMENT + 1)
    if not data.strip():
        raise SourceError(f"{part.label}: is empty; fetch the file again")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _patiently(part, data)  # NaN, half a surrogate, a byte order mark; or a good message


def _patiently(part: Part, data: bytes) -> Any:
    encoding = "utf-16" if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    try:
        return json.loads(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{part.label}: not {encoding} at byte {error.start}; fetch the file again or convert it"
        ) from None
    except json.JSONDecodeError as error:
        raise SourceError(
            f"{part.label}:{error.lineno}: no JSON ({error.msg}); the file is damaged or cut off, fetch it again"
        ) from None
    except RecursionError:
        raise SourceError(f"{part.label}: JSON nested too deep; is this the right file?") from None
    except ValueError:  # a whole number of thousands of digits
        raise SourceError(f"{part.label}: a number in it is too long; is this the right file?") from None


def json_lines(part: Part, tally: Tally) -> Iterator[tuple[int, Any]]:
    """Line number and value of each line of a JSON-lines file; blank lines are none, one that is no JSON is counted."""
    lines = Lines(part, tally)
    for line in lines.raw():
        if line.isspace():
            continue
        try:
            yield lines.number, orjson.loads(line)
        except orjson.JSONDecodeError:
            value = _one_line(line)
            if value is None:
                tally.add("no JSON", lines.place)
            else:
                yield lines.number, value


def _one_line(line: bytes) -> Any:
    """What the standard library makes of a line that is no strict JSON; None where it is none at all."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise _unreadable(str(path), error) from None


def _unreadable(label: str, error: OSError) -> SourceError:
    return SourceError(f"{label}: cannot be read ({error.strerror or _brief(error)}); check the path and its rights")


def _brief(error: BaseException) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__


def _list_name(prefix: str) -> str:
    name = prefix.rpartition(".")[0]
    return f'"{name}" ' if name else ""
