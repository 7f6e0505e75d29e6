"""Where events go once they are old: Parquet files by the day on which they were received.

    archive/date=2026-11-24/p0-000000000000-000000012345.parquet     partition 0, offsets 0 to 12344

A file is written whole or not at all and never changed. Together the files of a partition are the beginning of its log.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from graph.errors import EventLogError
from ingest.events import FIELDS, Event
from ingest.log.event_log import Batch, EventLog, Logged, Positions, distance

ROWS = 100_000
"""Events in one file at most."""
PATIENCE_S = 5.0
"""How long a log that says there is more may take to bring it."""
_NAME = re.compile(r"p(\d+)-(\d+)-(\d+)\.parquet")
_NUMBERS = {"at", "listenedMs", "until", "utcOffsetMinutes"}
_LATER = {"utcOffsetMinutes", "device", "activity"}
"""Columns that files written by earlier versions lack."""
_SCHEMA = pa.schema(
    [
        ("offset", pa.int64()),
        ("receivedAt", pa.int64()),
        *((name, pa.int64() if name in _NUMBERS else pa.string()) for name in FIELDS.values()),
    ]
)


@dataclass(frozen=True, slots=True)
class Archived:
    """What went to the archive: events, files, and their bytes."""

    events: int = 0
    files: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True, order=True)
class _File:
    partition: int
    start: int
    end: int
    path: Path


class Archive:
    """The files below one folder; one process at a time may add some.

    Args:
        folder: made when first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def end(self) -> Positions:
        """Where the archive ends and the log goes on, by partition."""
        return {file.partition: file.end for file in self._files()}  # ascending: the last one stays

    def batches(self, since: Positions | None = None) -> Iterator[Batch]:
        """Everything in the archive, partition after partition, in the order of the log.

        Args:
            since: files that end before are left out.

        Raises:
            EventLogError: a file is damaged, or one is missing between two others.
        """
        reached: dict[int, int] = {}
        for file in self._files():
            start = reached.get(file.partition, file.start)
            if file.start != start:
                raise EventLogError(f"{file.path}: what comes before is missing: restore the archive from a backup")
            reached[file.partition] = file.end
            if since is not None and file.end <= since.get(file.partition, 0):
                continue
            yield Batch(tuple(_read(file)), start={file.partition: start}, end={file.partition: file.end})

    def take(self, log: EventLog, applied: Positions, received_before: int) -> Archived:
        """Move the log's beginning here: applied events that were received before a moment, whole days or not.

        Args:
            log: nobody else polls this object.
            applied: how far the graph has the log; nothing behind that goes.
            received_before: unix seconds.

        Raises:
            EventLogError: the log cannot be read or the archive not written; doing it again continues.
        """
        done, closed = Archived(), set[int]()
        for batch in _since(log, self.end()):
            for partition in set(batch.end) - closed:
                own = [logged for logged in batch.events if logged.partition == partition]
                ripe = _ripe(own, applied.get(partition, 0), received_before)
                done = self._keep(ripe, done)
                if len(ripe) < len(own):
                    closed.add(partition)
            if closed >= set(applied):
                break
        log.forget(self.end())
        return done

    def _keep(self, events: Sequence[Logged], done: Archived) -> Archived:
        """Write events of one partition, a file for each day that they were received on."""
        for day, group in groupby(events, key=lambda logged: _day(logged.received_at)):
            own = list(group)
            partition, end = own[0].partition, own[-1].offset + 1
            path = self._folder / f"date={day}" / f"p{partition}-{self.end().get(partition, 0):012d}-{end:012d}.parquet"
            _write(path, own)
            done = Archived(done.events + len(own), done.files + 1, done.bytes + path.stat().st_size)
        return done

    def _files(self) -> list[_File]:
        found = ((path, _NAME.fullmatch(path.name)) for path in self._folder.glob("date=*/*.parquet"))
        return sorted(
            _File(int(match[1]), int(match[2]), int(match[3]), path) for path, match in found if match is not None
        )


def everything(log: EventLog, archive: Archive) -> Iterator[Batch]:
    """Every event that was ever received, archived or not, in the order of the log.

    Args:
        log: nobody else polls this object.
        archive: of this log.

    Raises:
        EventLogError: one of them cannot be read.
    """
    yield from archive.batches()
    yield from _since(log, archive.end())


def newest(log: EventLog, archive: Archive, most: int) -> Iterator[Batch]:
    """The newest events, at most ``most`` offsets of each partition and the rest of a file, in the order of the log.

    Raises as ``everything``.
    """
    kept, end = archive.end(), log.end()
    start = {partition: max(0, offset - most) for partition, offset in end.items()}
    yield from archive.batches(start)
    yield from _since(log, {partition: max(start.get(partition, 0), kept.get(partition, 0)) for partition in end})


def _since(log: EventLog, positions: Positions) -> Iterator[Batch]:
    """What the log holds now from there on."""
    log.seek(positions)
    reached, end = dict(positions), log.end()
    while distance(reached, end) > 0 and (batch := log.poll(ROWS, PATIENCE_S)).end:
        yield batch
        reached |= batch.end


def _ripe(events: Sequence[Logged], applied: int, received_before: int) -> list[Logged]:
    """The beginning of ``events`` that may go."""
    for place, logged in enumerate(events):
        if logged.offset >= applied or logged.received_at >= received_before:
            return list(events[:place])
    return list(events)


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def _write(path: Path, events: Sequence[Logged]) -> None:
    columns: dict[str, list[Any]] = {
        "offset": [logged.offset for logged in events],
        "receivedAt": [logged.received_at for logged in events],
    }
    columns |= {name: [getattr(logged.event, attribute) for logged in events] for attribute, name in FIELDS.items()}
    aside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("wb") as file:
            pyarrow.parquet.write_table(pa.table(columns, _SCHEMA), file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise EventLogError(f"cannot keep {path}: {error.strerror or error}; free some space") from None


def _read(file: _File) -> Iterator[Logged]:
    try:
        rows = pyarrow.parquet.read_table(file.path).to_pylist()
        for row in rows:
            row = dict.fromkeys(_LATER) | row
            event = Event(**{attribute: row[name] for attribute, name in FIELDS.items()})
            yield Logged(file.partition, row["offset"], event, row["receivedAt"])
    except (pa.ArrowException, OSError, KeyError) as error:
        raise EventLogError(f"{file.path}: damaged ({error}): restore it from a backup") from None
