"""What the small stores of a home share: one SQLite file each, opened when first needed, whole after any kill."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from graph.errors import PhonographError

BUSY_S = 2.0
"""How long another process may hold the file."""


class SqliteStore:
    """A file with one connection for all threads, one at a time; several processes may have it open.

    Attributes:
        schema: statements that make what is missing.
        error: what a failure is raised as.
        advice: what the user can do, the end of its line.
    """

    schema: ClassVar[str]
    error: ClassVar[type[PhonographError]]
    advice: ClassVar[str]

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; it is opened again when it is needed."""
        with self._lock:
            self._let_go()

    @contextmanager
    def _speaking(self) -> Iterator[sqlite3.Connection]:
        """The open file, for one thread at a time; SQLite's errors in our words."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._open()
                yield self._connection
            except (sqlite3.Error, OSError) as error:
                self._let_go()
                raise self.error(f"{self._path}: {error}; {self.advice}") from error

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=BUSY_S, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(self.schema)
        except BaseException:
            connection.close()
            raise
        return connection
