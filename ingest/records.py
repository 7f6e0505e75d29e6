"""Which records of a source are good: all batches of a kind joined, typed, complete, unique, in the order of writing.

What is wrong is counted with its reason. Shared by ``ingest.load`` and ``ingest.collect``, so that both see the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph import kinds
from graph.assemble import EMPTY, Column, absent, typed
from ingest.source import EVENT, EVENT_COLUMNS, Batch, Remark, Values

LARGEST = float(np.finfo(np.float64).max)
_KEYS = {EVENT: ("key", "source")}
"""What makes a record unique, last word first, where it is neither its id nor its two ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """The good records of one kind.

    Attributes:
        kind: a name of ``graph.kinds``.
        columns: every column of the kind, absent values as in ``graph.assemble``.
        read: how many the source looked at.
        merged: how many of these went into another record.
        rejected: the others, by reason.
        noted: oddities of good records.
    """

    kind: str
    columns: dict[str, Column]
    read: int
    merged: int = 0
    rejected: tuple[Remark, ...] = ()
    noted: tuple[Remark, ...] = ()

    def __len__(self) -> int:
        return len(self.columns["id" if "id" in self.columns else "source"])

    def keys(self) -> list[str]:
        """What names each record in a remark: its id, or both ends."""
        if "id" in self.columns:
            return [str(id) for id in self.columns["id"].tolist()]
        ends = zip(self.columns["source"].tolist(), self.columns["target"].tolist(), strict=True)
        return [f"{source} -> {target}" for source, target in ends]

    def select(self, chosen: NDArray[np.int64], *rejected: Remark) -> Records:
        """The records at these positions; ``rejected`` says why the others are gone."""
        columns = {name: values[chosen] for name, values in self.columns.items()}
        return Records(self.kind, columns, self.read, self.merged, (*self.rejected, *rejected), self.noted)


@dataclass(slots=True)
class _Gathered:
    """What the batches of one kind have brought so far."""

    columns: dict[str, list[Column]]
    remarks: list[Remark] = field(default_factory=list)
    noted: list[Remark] = field(default_factory=list)
    read: int = 0
    merged: int = 0


def gather(batches: Iterable[Batch]) -> dict[str, Records]:
    """Read all batches and sort out the good records, kinds in the order of ``kinds.ORDER``.

    Holds the whole data set in memory as columns: about 100 bytes for a link.

    Raises:
        ValueError: a batch of an unknown kind, or with a column that the kind lacks: a bug of the source.
    """
    found: dict[str, _Gathered] = {}
    for batch in batches:
        columns = _columns_of(batch.kind)
        unknown = set(batch.columns) - {column.name for column in columns}
        if unknown:
            raise ValueError(f"batch of {batch.kind}: no such column {sorted(unknown)} in graph.kinds")
        gathered = found.setdefault(batch.kind, _Gathered({column.name: [] for column in columns}))
        _take(gathered, batch, columns)
    return {kind: _joined(kind, found[kind]) for kind in (*kinds.ORDER, EVENT) if kind in found}


def dangling(records: dict[str, Records]) -> dict[str, Records]:
    """The same records without the links that have an end which is not among the nodes."""
    ids = {name: records[name].columns["id"] for name in kinds.NODE if name in records}
    return {name: _without_dangling(found, ids) for name, found in records.items()}


def _without_dangling(found: Records, ids: dict[str, Column]) -> Records:
    source, target = ends(found.kind)
    if not source:
        return found
    known = np.isin(found.columns["source"], ids.get(source, EMPTY["str"]))
    known &= np.isin(found.columns["target"], ids.get(target, EMPTY["str"]))
    return keep(found, known, f"unknown {source} or {target}")


def ends(kind: str) -> tuple[str, str]:
    """The kinds of node that a kind of link joins; two empty words for a kind of node."""
    if kind == EVENT:
        return "user", "track"
    link = kinds.LINK.get(kind)
    return (link.source, link.target) if link else ("", "")


def keep(records: Records, good: NDArray[np.bool_], reason: str) -> Records:
    """The records where ``good`` [n]; the others are rejected for ``reason``."""
    if good.all():
        return records
    keys = records.select(np.flatnonzero(~good)).keys()
    return records.select(np.flatnonzero(good), *Remark.at(reason, keys))


def _columns_of(kind: str) -> tuple[kinds.Column, ...]:
    if kind == EVENT:
        return EVENT_COLUMNS
    found = kinds.NODE.get(kind) or kinds.LINK.get(kind)
    if found is None:
        raise ValueError(f"batch of {kind}: no such kind in graph.kinds")
    return found.columns


def _take(gathered: _Gathered, batch: Batch, columns: tuple[kinds.Column, ...]) -> None:
    """Add the good rows of one batch."""
    n = len(batch)
    good = np.ones(n, np.bool_)
    typed: dict[str, Column] = {}
    for column in columns:
        values = batch.columns.get(column.name)
        array, wrong = (absent(column.type, n), ()) if values is None else _typed(column, values)
        if len(array) != n:
            raise ValueError(f"batch of {batch.kind}: column {column.name} has {len(array)} values, the first has {n}")
        missing = [row for row in np.flatnonzero(_is_absent(column.type, array)).tolist()] if column.required else []
        missing = sorted(set(missing) - set(wrong))
        for rows, reason in ((wrong, f"{column.name} is no {column.type}"), (missing, f"no {column.name}")):
            fresh = [row for row in rows if good[row]]
            good[fresh] = False
            gathered.remarks += Remark.at(reason, (_key(batch, row) for row in fresh))
        typed[column.name] = array
    for name, array in typed.items():
        gathered.columns[name].append(array if good.all() else array[good])
    gathered.remarks += batch.rejected
    gathered.noted += batch.noted
    gathered.read += batch.read
    gathered.merged += batch.merged


def _key(batch: Batch, row: int) -> str:
    named = [str(batch.columns[name][row]) for name in ("id", "source", "target") if name in batch.columns]
    return " -> ".join(named) or f"row {row}"


def _typed(column: kinds.Column, values: Values) -> tuple[Column, tuple[int, ...]]:
    """A column as an array of its type, and the rows that do not fit."""
    if isinstance(values, np.ndarray) and values.dtype.kind in {
        "str": "U",
        "int": "iu",
        "float": "fiu",
        "bool": "b",
    }.get(column.type, ""):
        array = values if column.type == "str" else values.astype(EMPTY[column.type].dtype)
        return array, tuple(np.flatnonzero(np.isinf(array)).tolist()) if column.type == "float" else ()
    listed = values.tolist() if isinstance(values, np.ndarray) else values
    wrong = tuple(row for row, value in enumerate(listed) if value is not None and not _fits(column.type, value))
    if wrong:
        listed = [None if row in set(wrong) else value for row, value in enumerate(listed)]
    return typed(column.type, listed), wrong


def _fits(type: kinds.Type, value: Any) -> bool:
    if type == "int":
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63
    if type == "float":
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and not abs(value) > LARGEST  # NaN is absent
    return isinstance(value, {"str": str, "bool": bool, "list": list}[type])


def _is_absent(type: kinds.Type, array: Column) -> NDArray[np.bool_]:
    if type == "list":
        return np.array([value is None for value in array.tolist()], np.bool_)
    return np.isnan(array) if type == "float" else np.asarray(array == ("" if type == "str" else -1))


def _joined(kind: str, gathered: _Gathered) -> Records:
    """All rows of a kind: complete, each key once, links in the order of their ends."""
    columns = {name: np.concatenate(parts) for name, parts in gathered.columns.items()}
    records = Records(kind, columns, gathered.read, gathered.merged, tuple(gathered.remarks), tuple(gathered.noted))
    if kind == "played":
        columns.update(_completed(columns))
    keys = [columns[name] for name in _KEYS.get(kind, ("id",) if "id" in columns else ("target", "source"))]
    order = np.lexsort(keys)
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0)
    return keep(records.select(order), fresh, "repeated")


def _completed(columns: dict[str, Column]) -> dict[str, Column]:
    """PLAYED with a weight: where the source gives none, each play weighs 1 at the last one."""
    unweighed = np.isnan(columns["weight"])
    return {
        "weight": np.where(unweighed, columns["count"], columns["weight"]),
        "weightAt": np.where(unweighed | (columns["weightAt"] == -1), columns["lastAt"], columns["weightAt"]),
    }
