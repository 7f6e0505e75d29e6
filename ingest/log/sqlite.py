"""The event log of one machine: a SQLite file in WAL mode, synced to disk before anything is acknowledged.

Threads that append at the same moment share one transaction, so that many small appends cost few syncs. An id (user and
client event id) is unique in the file, also after its event went to the archive.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from graph.errors import EventLogError
from ingest.events import Event
from ingest.log.event_log import Appended, Batch, Logged, Positions

BUSY_S = 5.0
"""How long another process may hold the file before an append gives up."""
LOOK_S = 0.01
"""How often a waiting poll looks for events of other processes."""
_FIELDS = (
    "user_id", "client_event_id", "kind", "target_id", "at", "listened_ms", "until",
    "utc_offset_min", "device", "activity",
)  # fmt: skip
_values = attrgetter(*_FIELDS)
_COLUMNS = ", ".join((*_FIELDS, "received_at"))
_LATER = {"utc_offset_min": "INTEGER", "device": "TEXT", "activity": "TEXT"}
"""Columns that files made by earlier versions lack."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS positions (partition INTEGER PRIMARY KEY, position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,  -- the offset and one
    user_id TEXT NOT NULL,
    client_event_id TEXT NOT NULL,
    kind TEXT,              -- NULL once the event is in the archive: its id stays
    target_id TEXT,
    at INTEGER,
    listened_ms INTEGER,
    until INTEGER,
    received_at INTEGER,
    utc_offset_min INTEGER,
    device TEXT,
    activity TEXT,
    UNIQUE (user_id, client_event_id)
);
CREATE INDEX IF NOT EXISTS events_of_user ON events (user_id, position);
"""
_INSERT = f"INSERT INTO events ({_COLUMNS}) VALUES ({', '.join('?' * (len(_FIELDS) + 1))}) ON CONFLICT DO NOTHING"
_SELECT = f"SELECT position - 1, {_COLUMNS} FROM events WHERE kind IS NOT NULL"


@dataclass(slots=True)
class _Waiting:
    """An append on its way: its rows, and what became of them."""

    rows: list[tuple[Any, ...]]
    done: Appended | None = None
    error: EventLogError | None = None


class SqliteLog:
    """An ``EventLog`` in one file; safe to share between threads, and the file between processes.

    Args:
        path: the file, made with its folder when missing.

    Raises:
        EventLogError: the file cannot be made, or is no log of events.
    """

    drops_duplicates = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self._queue: list[_Waiting] = []
        self._queue_lock, self._write_lock, self._read_lock = threading.Lock(), threading.Lock(), threading.Lock()
        self._new = threading.Condition()
        self._next = 0
        with self._speaking():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer, self._reader = self._open(), self._open()
            try:
                self._writer.executescript(_SCHEMA)
                with self._transaction():
                    self._add_later_columns()
                    self._writer.execute("INSERT OR IGNORE INTO about VALUES ('id', ?)", (uuid.uuid4().hex,))
                (self._id,) = self._writer.execute("SELECT value FROM about WHERE name = 'id'").fetchone()
            except BaseException:
                self.close()
                raise

    @property
    def name(self) -> str:
        """See ``EventLog``."""
        return f"sqlite:{self._id}"

    def append(self, events: Sequence[Event], received_at: int) -> Appended:
        """See ``EventLog``."""
        waiting = _Waiting([_row(event, received_at) for event in events])
        with self._queue_lock:
            self._queue.append(waiting)
        with self._write_lock:  # whoever comes first writes for all who wait
            if waiting.done is None and waiting.error is None:
                with self._queue_lock:
                    group, self._queue = self._queue, []
                self._write(group)
        if waiting.error is not None:
            raise waiting.error
        assert waiting.done is not None
        with self._new:
            self._new.notify_all()
        return waiting.done

    def poll(self, most: int, timeout_s: float) -> Batch:
        """See ``EventLog``."""
        until = time.monotonic() + timeout_s
        while True:
            rows = self._read(f"{_SELECT} AND position > ? ORDER BY position LIMIT ?", (self._next, most))
            if rows or (left := until - time.monotonic()) <= 0:
                break
            with self._new:
                self._new.wait(min(left, LOOK_S))
        if not rows:
            return Batch()
        start, self._next = self._next, rows[-1][0] + 1
        return Batch(tuple(map(_logged, rows)), start={0: start}, end={0: self._next})

    def seek(self, positions: Positions) -> None:
        """See ``EventLog``."""
        self._next = positions.get(0, 0)

    def commit(self, positions: Positions) -> None:
        """See ``EventLog``."""
        with self._write_lock, self._speaking(), self._transaction():
            self._writer.executemany("INSERT OR REPLACE INTO positions VALUES (?, ?)", list(positions.items()))

    def committed(self) -> Positions:
        """See ``EventLog``."""
        return {partition: position for partition, position in self._read("SELECT * FROM positions")}

    def end(self) -> Positions:
        """See ``EventLog``."""
        return {0: self._read("SELECT coalesce(max(position), 0) FROM events")[0][0]}

    def pending(self, user_id: str, since: Positions) -> list[Event]:
        """See ``EventLog``."""
        rows = self._read(f"{_SELECT} AND user_id = ? AND position > ? ORDER BY position", (user_id, since.get(0, 0)))
        return [_logged(row).event for row in rows]

    def forget(self, before: Positions) -> None:
        """See ``EventLog``."""
        with self._write_lock, self._speaking(), self._transaction():
            self._writer.execute(
                f"UPDATE events SET {', '.join(f'{name} = NULL' for name in _FIELDS[2:])} "
                "WHERE position <= ? AND kind IS NOT NULL",
                (before.get(0, 0),),
            )

    def close(self) -> None:
        """See ``EventLog``."""
        for connection in (getattr(self, "_writer", None), getattr(self, "_reader", None)):
            if connection is not None:
                connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _add_later_columns(self) -> None:
        known = {name for _, name, *_ in self._writer.execute("PRAGMA table_info(events)")}
        for name, type in _LATER.items():
            if name not in known:
                self._writer.execute(f"ALTER TABLE events ADD COLUMN {name} {type}")

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA wal_autocheckpoint = 8000")  # pages: 32 MB
        return connection

    def _write(self, group: list[_Waiting]) -> None:
        """Append for everybody in the group with one sync; whoever fails, all of the group hear of it."""
        try:
            with self._speaking(), self._transaction():
                for waiting in group:
                    accepted = self._writer.executemany(_INSERT, waiting.rows).rowcount if waiting.rows else 0
                    (end,) = self._writer.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
                    waiting.done = Appended(accepted, len(waiting.rows) - accepted, {0: end})
        except EventLogError as error:
            for waiting in group:
                waiting.done, waiting.error = None, error

    def _read(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._read_lock, self._speaking():
            return self._reader.execute(sql, parameters).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._writer.execute("COMMIT")
        except BaseException:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Say in our own words what went wrong."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise EventLogError(f"{self.path}: {_advice(error)}") from error


def _advice(error: Exception) -> str:
    text = str(error)
    if "locked" in text:
        return f"another process has held the event log for {BUSY_S:.0f} s: try again"
    if "full" in text:
        return "the disk is full: free some space, then try again"
    if "malformed" in text or "not a database" in text:
        return f"the event log is damaged ({text}): restore it from a backup"
    return f"the event log cannot be used ({text}): check the folder and its permissions"


def _row(event: Event, received_at: int) -> tuple[Any, ...]:
    return (*_values(event), received_at)


def _logged(row: tuple[Any, ...]) -> Logged:
    position, user_id, client_event_id, *rest, received_at = row
    kind, target_id, *known = rest
    return Logged(0, position, Event(client_event_id, kind, user_id, target_id, *known), received_at)
