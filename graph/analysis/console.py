"""How an analyst's statement is run: guarded, planned, then read in a transaction that is rolled back, within limits.

Each layer has been got around somewhere, alone: the words are checked (``guard``), the server's own plan must say that
it only reads, the transaction is a reading one with a time limit, and rows and bytes are capped. What only the server
can stop (files, the network) is closed in the settings of the managed Neo4j.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import orjson
from neo4j import READ_ACCESS, Query, Result, Session
from neo4j.exceptions import DriverError, Neo4jError
from neo4j.graph import Node, Path, Relationship

from graph.analysis.guard import check
from graph.analysis.recipes import Recipe
from graph.errors import InvalidRequestError, RefusedStatementError
from graph.store import Neo4jAddress, open_driver, translated

CONNECTIONS: Final = 2
"""Of all analysts together: they share the server with the listeners."""
MOST_ROWS: Final = 10_000
MOST_BYTES: Final = 8 * 1024 * 1024
TIMEOUT_S: Final = 10.0
LONGEST_S: Final = 60.0
READS: Final = "r"
"""What Neo4j calls a statement that only reads."""


@dataclass(frozen=True, slots=True)
class Table:
    """What came back.

    Attributes:
        columns: names, in order.
        rows: plain values: text, numbers, lists, maps.
        is_cut: whether there were more rows than allowed.
        ms: milliseconds from sending to the last row.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    is_cut: bool
    ms: float


class AnalystConsole:
    """Reads for analysts, over a few connections of their own; safe to share between threads, a context manager."""

    def __init__(self, address: Neo4jAddress) -> None:
        self._address = address
        self._driver = open_driver(address, connections=CONNECTIONS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._driver.close()

    def run(
        self,
        text: str,
        params: Mapping[str, Any] | None = None,
        *,
        rows: int = 1_000,
        timeout_s: float = TIMEOUT_S,
    ) -> Table:
        """Run a statement that somebody wrote.

        Args:
            text: one reading statement.
            params: its parameters.
            rows: how many at most, up to ``MOST_ROWS``.
            timeout_s: seconds, up to ``LONGEST_S``.

        Raises:
            RefusedStatementError: it does more than read.
            InvalidRequestError: an impossible number of rows or seconds.
            GraphError: Neo4j is absent, refuses, or takes too long.
        """
        _check_limits(rows, timeout_s)
        check(text)
        return self._read(text, params or {}, rows, timeout_s)

    def answer(
        self, recipe: Recipe, given: Mapping[str, Any] | None = None, *, rows: int = MOST_ROWS, timeout_s: float = 30.0
    ) -> Table:
        """Run a recipe.

        Raises:
            InvalidRequestError: a parameter is unknown, missing, or of the wrong type.
            GraphError: Neo4j is absent, refuses, or takes too long.
        """
        _check_limits(rows, timeout_s)
        return self._read(recipe.text, recipe.bound(given or {}), rows, timeout_s)

    def _read(self, text: str, params: Mapping[str, Any], rows: int, timeout_s: float) -> Table:
        began = time.perf_counter()
        with self._session() as session:
            _check_plan(session, text, params)
            transaction = session.begin_transaction(timeout=timeout_s, metadata={"statement": "analyst"})
            try:
                found = transaction.run(text, dict(params))
                columns = tuple(found.keys())
                taken, is_cut = _taken(found, rows)
            finally:
                transaction.close()  # rolls back: nothing may ever stay
        return Table(columns, taken, is_cut, round((time.perf_counter() - began) * 1e3, 1))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with self._driver.session(
                database=self._address.database, default_access_mode=READ_ACCESS, fetch_size=500
            ) as session:
                yield session
        except (Neo4jError, DriverError) as error:
            raise translated(error, self._address, "your statement") from error


def _check_limits(rows: int, timeout_s: float) -> None:
    if not 1 <= rows <= MOST_ROWS:
        raise InvalidRequestError(f"{rows} rows: ask for 1 to {MOST_ROWS:,}")
    if not 0 < timeout_s <= LONGEST_S:
        raise InvalidRequestError(f"{timeout_s} seconds: ask for at most {LONGEST_S:g}")


def _check_plan(session: Session, text: str, params: Mapping[str, Any]) -> None:
    """The second layer: the server's own word on what the statement does; nothing runs.

    Raises:
        RefusedStatementError: more than reading.
    """
    plain = text.lstrip()
    if plain[:7].upper() == "PROFILE":
        plain = plain[7:]
    kind = session.run(Query(f"EXPLAIN {plain}", timeout=TIMEOUT_S), dict(params)).consume().query_type
    if kind != READS:
        raise RefusedStatementError(
            f"Neo4j says that the statement does more than read ({kind}): only reading is allowed"
        )


def _taken(found: Result, rows: int) -> tuple[tuple[tuple[Any, ...], ...], bool]:
    """The rows up to the limits, and whether there were more."""
    taken: list[tuple[Any, ...]] = []
    size = 0
    for record in found:
        row = tuple(_plain(value) for value in record.values())
        size += len(orjson.dumps(row, default=str))
        if len(taken) == rows or size > MOST_BYTES:
            return tuple(taken), True
        taken.append(row)
    return tuple(taken), False


def _plain(value: Any) -> Any:
    """Nodes, relationships and paths as maps, times as text, the rest as it is."""
    if isinstance(value, Node):
        return {"labels": sorted(value.labels), **{name: _plain(each) for name, each in value.items()}}
    if isinstance(value, Relationship):
        return {"type": value.type, **{name: _plain(each) for name, each in value.items()}}
    if isinstance(value, Path):
        return {
            "nodes": [_plain(node) for node in value.nodes],
            "relationships": [_plain(r) for r in value.relationships],
        }
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)
