"""Events that could not be applied: what they say, why not, how often it was tried; kept until somebody decides.

A SQLite file beside the log, whatever the log is. A letter is known by its place in its log, so that a consumer that
was killed between writing letters and moving on writes none twice.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from graph.errors import EventLogError
from ingest.events import as_json, from_json
from ingest.log.event_log import Logged, Unreadable

_SCHEMA = """
CREATE TABLE IF NOT EXISTS dead_letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    log TEXT NOT NULL,
    partition INTEGER NOT NULL,
    position INTEGER NOT NULL,
    received_at INTEGER,
    payload TEXT NOT NULL,
    error TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    UNIQUE (log, partition, position)
)
"""
_COLUMNS = "number, log, partition, position, received_at, payload, error, attempts, first_at, last_at"
_PUT = """
INSERT INTO dead_letters (log, partition, position, received_at, payload, error, attempts, first_at, last_at)
VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)
ON CONFLICT (log, partition, position) DO UPDATE SET
    error = excluded.error, attempts = attempts + 1, last_at = excluded.last_at
"""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record that could not be applied.

    Attributes:
        number: how it is called here.
        log: name of its log.
        partition: its place there, with ``position``.
        received_at: unix seconds when it was appended, None for what is no event.
        payload: the event as JSON, or whatever the record holds.
        error: why it could not be applied when last tried.
        attempts: how often it was tried.
        first_at: unix seconds of the first try, ``last_at`` of the last.
    """

    number: int
    log: str
    partition: int
    position: int
    received_at: int | None
    payload: str
    error: str
    attempts: int
    first_at: int
    last_at: int

    def event(self) -> Logged | None:
        """The event, None where the record is none."""
        if self.received_at is None:
            return None
        try:
            return Logged(self.partition, self.position, from_json(json.loads(self.payload)), self.received_at)
        except ValueError:
            return None


class DeadLetters:
    """The letters in one file. Every method raises ``EventLogError`` where it cannot be read or written.

    Args:
        path: the file, made with its folder when missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._speaking():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(_SCHEMA)

    def put(self, log: str, refused: Iterable[tuple[Logged | Unreadable, str]], now: int) -> None:
        """Keep records with the reasons why they could not be applied; those that are here are tried once more."""
        rows = [_row(log, record, error, now) for record, error in refused]
        if rows:
            with self._transaction():
                self._connection.executemany(_PUT, rows)

    def count(self) -> int:
        """How many there are."""
        with self._speaking():
            (count,) = self._connection.execute("SELECT count(*) FROM dead_letters").fetchone()
            return int(count)

    def listed(self, most: int, after: int = 0) -> list[DeadLetter]:
        """Letters by number, those after a number."""
        sql = f"SELECT {_COLUMNS} FROM dead_letters WHERE number > ? ORDER BY number LIMIT ?"
        with self._speaking():
            return [DeadLetter(*row) for row in self._connection.execute(sql, (after, most))]

    def remove(self, numbers: Sequence[int]) -> int:
        """Forget letters; how many there were."""
        with self._transaction():
            sql = "DELETE FROM dead_letters WHERE number = ?"
            return self._connection.executemany(sql, [(number,) for number in numbers]).rowcount

    def remove_log(self, log: str) -> None:
        """Forget all letters of a log: it is read again from its beginning."""
        with self._transaction():
            self._connection.execute("DELETE FROM dead_letters WHERE log = ?", (log,))

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._speaking():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise EventLogError(
                f"{self.path}: dead letters cannot be kept ({error}): see that the disk has room"
            ) from error


def _row(log: str, record: Logged | Unreadable, error: str, now: int) -> tuple[Any, ...]:
    if isinstance(record, Logged):
        payload = json.dumps(as_json(record.event), ensure_ascii=False)
        return (log, record.partition, record.offset, record.received_at, payload, error, now, now)
    return (log, record.partition, record.offset, None, record.payload, error, now, now)
