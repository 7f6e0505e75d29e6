"""Imported histories as sealed Parquet files: every event once, whatever exports overlap, and the sums of all of them.

A segment is written whole or not at all and never changed. It keeps the ids of its source, so that joining two tracks,
or parting them again, needs no new import. Aggregates (a source that knows only counts) replace those of the same
source; events are added up over all sources.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet
from numpy.typing import NDArray

from graph import kinds
from graph.assemble import Column, typed
from graph.errors import SourceError
from ingest.records import Records
from ingest.source import EVENT_COLUMNS

DURATION = kinds.Column("durationMs", "int")
_SEALED = (*EVENT_COLUMNS, DURATION)
EVENTS = "events"
LINKS = ("played", "saved", "listens_to", "follows")
"""What a source says of listeners without telling single events."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What became of the events of an import: ``fresh`` are new, ``known`` were sealed by an earlier one."""

    fresh: int
    known: int


class Segments:
    """The segments below one folder. Several processes may read; one at a time may seal.

    Args:
        folder: made when first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def seal_events(self, source: str, events: Records, duration_ms: NDArray[np.int64]) -> Seal:
        """Keep the events that no earlier segment of the source holds.

        Args:
            source: name of the data set.
            events: records of the kind ``event``.
            duration_ms: of each event's track, int64 [n]; below 0 where unknown.

        Raises:
            SourceError: the disk is full, or a segment is damaged.
        """
        ids = _event_ids(events)
        known = [table["id"].to_numpy() for table in self._tables(f"{source}.{EVENTS}.*.parquet", ["id"])]
        fresh = ~np.isin(ids, np.concatenate([np.empty(0, np.uint64), *known]))
        if fresh.any():
            chosen = events.select(np.flatnonzero(fresh))
            columns: dict[str, Any] = {"id": ids[fresh]}
            columns |= {column.name: chosen.columns[column.name] for column in EVENT_COLUMNS}
            columns[DURATION.name] = duration_ms[fresh]
            digest = sha256(np.sort(ids[fresh]).tobytes()).hexdigest()[:12]
            self._write(f"{source}.{EVENTS}.{digest}.parquet", columns)
        return Seal(int(fresh.sum()), int((~fresh).sum()))

    def seal_links(self, source: str, links: Records) -> None:
        """Keep what a source says of listeners, instead of what it said of the same listeners before.

        Args:
            source: name of the data set.
            links: records of one of the kinds ``LINKS``.

        Raises:
            SourceError: the disk is full, or a segment is damaged.
        """
        name = f"{source}.{links.kind}.parquet"
        own = pa.array(np.unique(links.columns["source"]))
        others = [
            table.filter(pyarrow.compute.invert(pyarrow.compute.is_in(table["source"], own)))
            for table in self._tables(name)
        ]
        columns = kinds.LINK[links.kind].columns
        if any(len(table) for table in others):
            kept = _columns(columns, others)
            self._write(name, {name: np.concatenate([kept[name], links.columns[name]]) for name in kept})
        else:
            self._write(name, dict(links.columns))

    def events_of(self, users: Column) -> dict[str, Column]:
        """Every sealed event of these users (str [n]), of all sources, by column, ``durationMs`` among them.

        Raises:
            SourceError: a segment is damaged.
        """
        return self._of(users, f"*.{EVENTS}.*.parquet", _SEALED)

    def links_of(self, kind: str, users: Column) -> dict[str, Column]:
        """What all sources say of these users, by column; a pair may occur once for each source.

        Raises:
            SourceError: a segment is damaged.
        """
        return self._of(users, f"*.{kind}.parquet", kinds.LINK[kind].columns)

    def users(self) -> Column:
        """Everybody of whom something is sealed, str [n], ascending."""
        found = [table["source"].unique().to_pylist() for table in self._tables("*.parquet", ["source"])]
        return np.unique(np.array([user for users in found for user in users], np.str_))

    def _of(self, users: Column, pattern: str, columns: tuple[kinds.Column, ...]) -> dict[str, Column]:
        wanted = pa.array(np.unique(users))
        found = [table.filter(pyarrow.compute.is_in(table["source"], wanted)) for table in self._tables(pattern)]
        return _columns(columns, found)

    def _tables(self, pattern: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
        for path in sorted(self._folder.glob(pattern)):
            try:
                yield pyarrow.parquet.read_table(path, columns=columns)
            except (pa.ArrowException, OSError) as error:
                raise SourceError(f"{path}: damaged ({error}); move it away and import its source again") from None

    def _write(self, name: str, columns: dict[str, Any]) -> None:
        """Write one segment: readers see all of it or nothing."""
        path = self._folder / name
        aside = path.with_name(f".{name}-{os.getpid()}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with aside.open("wb") as file:
                pyarrow.parquet.write_table(pa.table(columns), file, compression="zstd")
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except OSError as error:
            with suppress(OSError):
                aside.unlink()
            raise SourceError(f"cannot keep {path}: {error.strerror or error}; free some space") from None


def _event_ids(events: Records) -> NDArray[np.uint64]:
    """A number for each event from its user and its key in the source, uint64 [n]."""
    pairs = zip(events.columns["source"].tolist(), events.columns["key"].tolist(), strict=True)
    digests = (
        blake2b(f"{user}\x1f{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest() for user, key in pairs
    )
    return np.frombuffer(b"".join(digests), np.uint64)


def _columns(columns: tuple[kinds.Column, ...], tables: list[pa.Table]) -> dict[str, Column]:
    if not tables:
        return {column.name: typed(column.type, []) for column in columns}
    joined = pa.concat_tables(tables)
    return {column.name: _plain(column.type, joined[column.name]) for column in columns}


def _plain(type: kinds.Type, values: pa.ChunkedArray) -> Column:
    if type == "str":
        return np.array(values.to_pylist(), np.str_)
    return np.asarray(values.to_numpy())
