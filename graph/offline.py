"""The largest first loads: whole tables into a stopped, empty Neo4j by its own importer, ten times as fast as by Bolt.

Nothing is merged here: the tables must be complete and free of repeats, as ``ingest.records`` leaves them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.csv

from graph import kinds
from graph.assemble import Column
from graph.errors import ServerError
from graph.progress import NoProgress, Progress
from graph.server import DATABASE, ManagedServer

Tables = Mapping[str, Mapping[str, Column]]
"""Kind -> column name -> array, absent values as in ``graph.assemble``."""

HEAP_MB: Final = 2048
_TYPES: Final[Mapping[str, str]] = {
    "str": "",
    "int": ":long",
    "float": ":double",
    "bool": ":boolean",
    "list": ":string[]",
}
_DELIMITER: Final = "\x1f"
"""Between the entries of a list: the one sign that no name holds."""


Derived = Mapping[str, Mapping[str, Column]]
"""Kind of node -> property that no source brings -> int64 or str [n], in the order of its table; "" is none."""


def load_offline(
    server: ManagedServer, tables: Tables, derived: Derived | None = None, *, progress: Progress | None = None
) -> None:
    """Write ``tables`` into the server's empty database and leave it stopped; constraints come with the next start.

    Args:
        server: stopped, without a database.
        tables: nodes and links by kind.
        derived: further properties of nodes.
        progress: told of every table.

    Raises:
        NotEmptyError: there is a database.
        ServerError: the disk is full, or the importer refuses.
    """
    progress = progress or NoProgress()
    for folder in (server.folder / "import").glob(f"{_FOLDER}*"):
        if not psutil.pid_exists(int(folder.name.removeprefix(_FOLDER))):  # its writer was killed
            shutil.rmtree(folder, ignore_errors=True)
    folder = server.folder / "import" / f"{_FOLDER}{os.getpid()}"
    try:
        folder.mkdir(parents=True)
        progress.stage("write tables", sum(_rows(table) for table in tables.values()))
        derived = derived or {}
        options = [
            _written(folder, kind, table, derived.get(kind, {}), progress)
            for kind, table in tables.items()
            if _rows(table)
        ]
        progress.stage("import offline", 1)
        server.fill([*_COMMAND, *options, f"--report-file={folder / 'report'}", DATABASE], heap_mb=HEAP_MB)
        progress.advance()
    except OSError as error:
        raise ServerError(f"cannot write {folder}: {error.strerror or error}; free some space") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_FOLDER: Final = "offline-"
"""And the pid of the writer."""
_COMMAND: Final = (
    "database",
    "import",
    "full",
    "--id-type=string",
    "--multiline-fields=true",
    f"--array-delimiter=U+{ord(_DELIMITER):04X}",
    "--max-off-heap-memory=2g",
    "--bad-tolerance=0",
)


def _rows(table: Mapping[str, Column]) -> int:
    return len(next(iter(table.values()), ()))


def _written(
    folder: Path, kind: str, table: Mapping[str, Column], derived: Mapping[str, Column], progress: Progress
) -> str:
    """Write one table as header and rows; the importer's option that names them."""
    columns = kinds.NODE[kind].columns if kind in kinds.NODE else kinds.LINK[kind].columns
    present = [column for column in columns if column.name in table]
    types: list[kinds.Type] = ["str" if values.dtype.kind == "U" else "int" for values in derived.values()]
    head = [_head(kind, column) for column in present]
    head += [f"{name}{_TYPES[type]}" for name, type in zip(derived, types, strict=True)]
    (folder / f"{kind}.header.csv").write_text(",".join(head) + "\n")
    arrays = [_array(column.type, table[column.name]) for column in present]
    arrays += [_array(type, values) for type, values in zip(types, derived.values(), strict=True)]
    rows = pa.Table.from_arrays(arrays, names=head)
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    pyarrow.csv.write_csv(rows, folder / f"{kind}.csv", options)
    progress.advance(_rows(table))
    files = f"{folder / kind}.header.csv,{folder / kind}.csv"
    if kind in kinds.NODE:
        return f"--nodes={kinds.NODE[kind].label}={files}"
    return f"--relationships={kinds.LINK[kind].type}={files}"


def _head(kind: str, column: kinds.Column) -> str:
    if kind in kinds.NODE:
        return f"id:ID({kinds.NODE[kind].label})" if column.name == "id" else f"{column.name}{_TYPES[column.type]}"
    link = kinds.LINK[kind]
    ends = {
        "source": f":START_ID({kinds.NODE[link.source].label})",
        "target": f":END_ID({kinds.NODE[link.target].label})",
    }
    return ends.get(column.name, f"{column.name}{_TYPES[column.type]}")


def _array(type: kinds.Type, values: Column) -> pa.Array:
    """A column with nulls where values are absent: an empty field is no property."""
    if type == "list":
        return pa.array([_joined(entry) for entry in values.tolist()], pa.string())
    if type == "str":
        return pa.array(values, pa.string(), mask=values == "")
    if type == "float":
        return pa.array(values, mask=np.isnan(values))
    if type == "bool":
        return pa.array(values == 1, mask=values == -1)
    return pa.array(values, mask=values == -1)


def _joined(entries: Sequence[Any] | None) -> str | None:
    return _DELIMITER.join(map(str, entries)) if entries else None
