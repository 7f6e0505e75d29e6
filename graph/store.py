"""How every other module talks to Neo4j: statements by their name in ``cypher/``, answers as plain values.

Retries, timeouts and the translation of the driver's errors live here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from neo4j import (
    READ_ACCESS,
    WRITE_ACCESS,
    Driver,
    GraphDatabase,
    ManagedTransaction,
    Query,
    ResultSummary,
    unit_of_work,
)
from neo4j.exceptions import (
    AuthError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    UnsupportedServerProduct,
)

import cypher
from graph.errors import (
    GraphError,
    GraphLoginError,
    GraphRefusedError,
    GraphTimeoutError,
    GraphUnavailableError,
    ServerError,
)

APPLICATION = "phonograph/0.1"
OLDEST_VERSION = (5, 26)
FETCH_ROWS = 1000
"""Rows per round trip of a stream: 1.7 times the rate of small batches when rows hold lists."""

_NO_ANSWER = (ServiceUnavailable, SessionExpired)
_STOPPED = ("TransactionTimedOut", "LockClientStopped", "LockAcquisitionTimeout")
"""How Neo4j says that the time was up: while it computed, or while it waited for another's lock."""

_REFUSED = ("Neo.ClientError.Statement.", "Neo.ClientError.Schema.")
"""How Neo4j says that trying again is of no use."""

T = TypeVar("T")

_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_WHOLE_NUMBERS = {"limit", "skip", "k", "n", "seconds"}


@dataclass(frozen=True, slots=True)
class Neo4jAddress:
    """Where a Neo4j listens and how to log in; the password is never shown."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str = "neo4j"


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """What kind of Neo4j answers: ``2026.09.0``, ``community``."""

    text: str
    edition: str

    @property
    def number(self) -> tuple[int, ...]:
        """The version as numbers, for comparing: ``(2026, 9, 0)``."""
        return tuple(int(part) for part in re.findall(r"\d+", self.text)[:3])


@dataclass(frozen=True, slots=True)
class Written:
    """What one write changed, as counted by the server, and the rows it returned."""

    nodes_created: int = 0
    nodes_deleted: int = 0
    relationships_created: int = 0
    relationships_deleted: int = 0
    properties_set: int = 0
    rows: tuple[dict[str, Any], ...] = ()


def _one_line(text: str | None) -> str:
    return " ".join((text or "no reason given").split())


def _needed_version() -> str:
    return ".".join(str(part) for part in OLDEST_VERSION)


def translated(error: Exception, address: Neo4jAddress, doing: str) -> Exception:
    """Say in our own words what an error of the driver means, for whoever has to mend it.

    Args:
        error: what the driver raised.
        address: the server that was asked.
        doing: the statement's name, or another word for what was tried.
    """
    if isinstance(error, _NO_ANSWER):
        return GraphUnavailableError(
            f"Neo4j at {address.uri} does not answer: run `phonograph up`, or correct PHONOGRAPH_NEO4J__URI"
        )
    if isinstance(error, UnsupportedServerProduct):
        return ServerError(f"Neo4j at {address.uri} is too old to talk to: {_needed_version()} or newer is needed")
    code = (error.code or "") if isinstance(error, Neo4jError) else ""
    if isinstance(error, AuthError) or code.startswith("Neo.ClientError.Security.Authentication"):
        return GraphLoginError(
            f"Neo4j at {address.uri} refuses user {address.user!r}: "
            "correct PHONOGRAPH_NEO4J__USER and PHONOGRAPH_NEO4J__PASSWORD, and wait 5 s after three wrong tries"
        )
    if any(sign in code for sign in _STOPPED):
        return GraphTimeoutError(f"{doing}: Neo4j needed longer than allowed and was stopped")
    if isinstance(error, Neo4jError):
        kind = GraphRefusedError if code.startswith(_REFUSED) else GraphError
        return kind(f"{doing}: Neo4j answers {code}: {_one_line(error.message)}")
    return GraphError(f"{doing}: {type(error).__name__}: {_one_line(str(error))}")


def open_driver(address: Neo4jAddress, *, connections: int = 32) -> Driver:
    """Make the driver with our limits; nothing is connected yet.

    Raises:
        GraphUnavailableError: the address is no Neo4j address.
    """
    wrong = f"{address.uri!r} is no address of a Neo4j: correct PHONOGRAPH_NEO4J__URI, such as bolt://HOST:PORT"
    if address.uri.partition("://")[0] not in _SCHEMES:
        raise GraphUnavailableError(wrong)
    try:
        return GraphDatabase.driver(
            address.uri,
            auth=(address.user, address.password),
            connection_timeout=3,
            connection_acquisition_timeout=5,
            max_connection_pool_size=connections,
            max_transaction_retry_time=2,
            liveness_check_timeout=30,
            telemetry_disabled=True,
            notifications_min_severity="OFF",
            user_agent=APPLICATION,
        )
    except (DriverError, ValueError) as error:
        raise GraphUnavailableError(f"{wrong} ({error})") from error


class Transaction:
    """Statements that are committed together; see ``GraphStore.transact``."""

    def __init__(self, transaction: ManagedTransaction) -> None:
        self._transaction = transaction

    def run(self, name: str, /, **params: Any) -> list[dict[str, Any]]:
        """Run one statement and return its rows, keyed by column."""
        return self._transaction.run(_query(name, params, 0).text, params).data()


class GraphStore:
    """One Neo4j, asked by the names of statements; safe to share between threads, a context manager.

    Make it after forking: a connection cannot be shared by two processes.

    Args:
        address: the server, the login and the database.
    """

    def __init__(self, address: Neo4jAddress) -> None:
        self.address = address
        self._driver = open_driver(address)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give all connections back; the store cannot be used afterwards."""
        self._driver.close()

    def read(self, name: str, /, *, timeout_s: float = 5.0, **params: Any) -> list[dict[str, Any]]:
        """Ask one reading statement and return its rows, keyed by column.

        Raises:
            GraphError: and its kinds, when the server is absent, refuses, or takes too long.
        """
        query = _query(name, params, timeout_s)
        with self._speaking(name):
            try:
                return self._read_once(query, params)
            except _NO_ANSWER:  # a pooled connection may have died since it was last used
                return self._read_once(query, params)

    def stream(self, name: str, /, *, timeout_s: float = 600, **params: Any) -> Iterator[tuple[Any, ...]]:
        """Ask one reading statement and yield its rows one by one, values in the order of the header.

        Raises:
            GraphError: as for ``read``; after the first row nothing is retried.
        """
        columns = cypher.statement(name).returns
        query = _query(name, params, timeout_s)
        with (
            self._speaking(name),
            self._driver.session(
                database=self.address.database, default_access_mode=READ_ACCESS, fetch_size=FETCH_ROWS
            ) as session,
        ):
            for record in session.run(query, params):
                yield tuple(record[column] for column in columns)

    def write(self, name: str, /, *, timeout_s: float = 60, **params: Any) -> Written:
        """Run one writing statement in a transaction of its own: all of it, or nothing.

        Raises:
            GraphError: as for ``read``.
        """
        text = _query(name, params, timeout_s).text

        @unit_of_work(timeout=timeout_s, metadata=_metadata(name))
        def work(transaction: ManagedTransaction) -> Written:
            result = transaction.run(text, params)
            rows = tuple(record.data() for record in result)
            return _written(result.consume(), rows)

        with (
            self._speaking(name),
            self._driver.session(database=self.address.database, default_access_mode=WRITE_ACCESS) as session,
        ):
            return session.execute_write(work)

    def transact(self, name: str, work: Callable[[Transaction], T], *, timeout_s: float = 60) -> T:
        """Run several statements as one: all of them, or nothing.

        Args:
            name: what is done, for the server's list of transactions and for errors.
            work: is given the transaction, and is called again after an error that passes.
            timeout_s: for all of it.

        Raises:
            GraphError: as for ``read``.
        """

        @unit_of_work(timeout=timeout_s, metadata=_metadata(name))
        def run(transaction: ManagedTransaction) -> T:
            return work(Transaction(transaction))

        with (
            self._speaking(name),
            self._driver.session(database=self.address.database, default_access_mode=WRITE_ACCESS) as session,
        ):
            return session.execute_write(run)

    def autocommit(self, name: str, /, *, timeout_s: float = 600, **params: Any) -> list[dict[str, Any]]:
        """Run one statement that commits by itself (``CALL ... IN TRANSACTIONS``); never retried.

        Raises:
            GraphError: as for ``read``; batches before the error stay written.
        """
        query = _query(name, params, timeout_s)
        with (
            self._speaking(name),
            self._driver.session(database=self.address.database, default_access_mode=WRITE_ACCESS) as session,
        ):
            return session.run(query, params).data()

    def explain(self, name: str) -> None:
        """Let the server plan a statement without running it.

        Raises:
            GraphError: the server refuses it, or warns that it is deprecated.
        """
        statement = cypher.statement(name)
        params = {param: 1 if param in _WHOLE_NUMBERS else None for param in statement.params}
        database = "system" if name.startswith("server/") else self.address.database
        with (
            self._speaking(name),
            self._driver.session(
                database=database, default_access_mode=WRITE_ACCESS, notifications_min_severity="WARNING"
            ) as session,
        ):
            summary = session.run(f"EXPLAIN {statement.text}", params).consume()
        for status in summary.gql_status_objects:
            if status.is_notification and status.classification == "DEPRECATION":
                raise GraphError(f"{name}: {_one_line(status.status_description)}")

    def ping(self) -> None:
        """Return when the database answers.

        Raises:
            GraphUnavailableError: nothing answers there.
            GraphLoginError: the login is refused.
        """
        self.read("read/ping")

    def version(self) -> ServerVersion:
        """Ask which Neo4j this is.

        Raises:
            ServerError: it is older than the oldest that understands our statements.
        """
        row = self.read("read/server_version")[0]
        found = ServerVersion(row["version"], row["edition"])
        if found.number[:2] < OLDEST_VERSION:
            raise ServerError(
                f"Neo4j at {self.address.uri} is version {found.text}: {_needed_version()} or newer is needed"
            )
        return found

    def _read_once(self, query: Query, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        with self._driver.session(database=self.address.database, default_access_mode=READ_ACCESS) as session:
            found = session.run(query, dict(params))
            return [dict(zip(record.keys(), record.values(), strict=True)) for record in found]

    @contextmanager
    def _speaking(self, name: str) -> Iterator[None]:
        try:
            yield
        except (Neo4jError, DriverError) as error:
            raise translated(error, self.address, name) from error


def _metadata(name: str) -> dict[str, Any]:
    """What the server's list of transactions and its query log show beside the statement."""
    return {"app": APPLICATION, "statement": name}


def _query(name: str, params: Mapping[str, Any], timeout_s: float) -> Query:
    """The statement ready to be sent, its parameters held against its header."""
    statement = cypher.statement(name)
    if set(params) != set(statement.params):
        raise cypher.StatementError(f"{name}: needs params {sorted(statement.params)}, was given {sorted(params)}")
    return Query(statement.text, timeout=timeout_s, metadata=_metadata(name))


def _written(summary: ResultSummary, rows: tuple[dict[str, Any], ...]) -> Written:
    counters = summary.counters
    return Written(
        counters.nodes_created,
        counters.nodes_deleted,
        counters.relationships_created,
        counters.relationships_deleted,
        counters.properties_set,
        rows,
    )
