"""Statements by name on the real server: values, counts, transactions, and errors in our own words."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from neo4j import GraphDatabase

import cypher
from graph.errors import (
    GraphError,
    GraphLoginError,
    GraphRefusedError,
    GraphTimeoutError,
    GraphUnavailableError,
    ServerError,
)
from graph.server.process import choose_port
from graph.store import GraphStore, Neo4jAddress, Transaction, Written, open_driver

RECORD = {"id": "9000", "name": "9000_test", "digest": "d", "at": 7}


@pytest.fixture(autouse=True)
def _forget_the_record(ask: Callable[..., Any]) -> Iterator[None]:
    yield
    ask("MATCH (v:SchemaVersion {id: '9000'}) DELETE v")


def test_a_write_is_counted_and_read_back(store: GraphStore) -> None:
    written = store.write("write/schema_version", **RECORD)
    assert written == Written(nodes_created=1, properties_set=4)
    assert store.write("write/schema_version", **RECORD).nodes_created == 0
    assert store.read("read/schema_versions")[-1] == {"id": "9000", "digest": "d", "appliedAt": 7}


def test_a_stream_yields_values_in_the_order_of_the_header(store: GraphStore) -> None:
    store.write("write/schema_version", **RECORD)
    assert cypher.statement("read/schema_versions").returns == ("id", "digest", "appliedAt")
    assert list(store.stream("read/schema_versions"))[-1] == ("9000", "d", 7)


def test_wiping_removes_nodes_in_batches_of_their_own(store: GraphStore, ask: Callable[..., Any]) -> None:
    ask("UNWIND range(1, 10001) AS i CREATE (:User {id: toString(i)})")
    assert store.autocommit("write/wipe") == []
    assert ask("MATCH (n:User) RETURN count(n) AS n") == [{"n": 0}]


def test_reading_cannot_write(store: GraphStore, ask: Callable[..., Any]) -> None:
    with pytest.raises(
        GraphError, match=r"write/schema_version: Neo4j answers Neo\.ClientError\.Statement\.AccessMode"
    ):
        store.read("write/schema_version", **RECORD)
    assert ask("MATCH (v:SchemaVersion {id: '9000'}) RETURN v") == []


@pytest.mark.parametrize("params", [{}, {"seconds": 1, "minutes": 2}])
def test_parameters_are_held_against_the_header(store: GraphStore, params: dict[str, int]) -> None:
    with pytest.raises(cypher.StatementError, match=r"read/await_indexes: needs params \['seconds'\], was given"):
        store.read("read/await_indexes", **params)


def test_the_version_is_that_of_the_lock(store: GraphStore) -> None:
    version = store.version()
    assert (version.text, version.edition, version.number) == ("2026.09.0", "community", (2026, 9, 0))


def test_a_server_too_old_is_named_with_what_is_needed(store: GraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.store.OLDEST_VERSION", (2027, 1))
    with pytest.raises(ServerError, match=r"is version 2026\.09\.0: 2027\.1 or newer is needed"):
        store.version()


def test_no_server_is_one_line_that_names_the_address() -> None:
    uri = f"bolt://127.0.0.1:{choose_port()}"
    with GraphStore(Neo4jAddress(uri, "neo4j", "secret")) as store, pytest.raises(GraphUnavailableError) as raised:
        store.ping()
    assert str(raised.value) == f"Neo4j at {uri} does not answer: run `phonograph up`, or correct PHONOGRAPH_NEO4J__URI"


def test_no_address_of_a_neo4j() -> None:
    with pytest.raises(
        GraphUnavailableError, match="'http://x:1' is no address of a Neo4j: correct PHONOGRAPH_NEO4J__URI"
    ):
        open_driver(Neo4jAddress("http://x:1", "neo4j", "secret"))


def test_a_wrong_password_is_refused_and_never_shown(neo4j_server: Neo4jAddress) -> None:
    with GraphStore(replace(neo4j_server, password="not-this-one")) as store:
        with pytest.raises(GraphLoginError) as raised:
            store.ping()
        assert "refuses user 'neo4j'" in str(raised.value)
        assert "not-this-one" not in f"{raised.value} {store.address!r}"


def test_a_wrong_database_is_named(neo4j_server: Neo4jAddress) -> None:
    with GraphStore(replace(neo4j_server, database="jazz")) as store, pytest.raises(GraphError, match="jazz"):
        store.ping()


def test_a_statement_is_stopped_at_its_timeout_and_writes_nothing(
    store: GraphStore, ask: Callable[..., Any], neo4j_server: Neo4jAddress
) -> None:
    store.write("write/schema_version", **RECORD)
    with (
        HoldingTheRecord(neo4j_server),
        pytest.raises(GraphTimeoutError, match="write/schema_version: Neo4j needed"),
    ):
        store.write("write/schema_version", timeout_s=0.2, **{**RECORD, "digest": "other"})
    assert ask("MATCH (v:SchemaVersion {id: '9000'}) RETURN v.digest AS d") == [{"d": "d"}]


def test_the_server_sees_who_asks_what(store: GraphStore, ask: Callable[..., Any], neo4j_server: Neo4jAddress) -> None:
    store.write("write/schema_version", **RECORD)
    waiting = threading.Thread(target=store.write, args=("write/schema_version",), kwargs=RECORD)
    with HoldingTheRecord(neo4j_server):
        waiting.start()
        wanted = {"app": "phonograph/0.1", "statement": "write/schema_version"}
        until = time.monotonic() + 30
        while wanted not in [row["metaData"] for row in ask("SHOW TRANSACTIONS YIELD metaData")]:
            assert time.monotonic() < until
    waiting.join()


class HoldingTheRecord:
    """Keeps a lock on the record, so that whoever writes it has to wait."""

    def __init__(self, address: Neo4jAddress) -> None:
        self.driver = GraphDatabase.driver(address.uri, auth=(address.user, address.password))
        self.session = self.driver.session(database=address.database)

    def __enter__(self) -> None:
        transaction = self.session.begin_transaction()
        transaction.run("MATCH (v:SchemaVersion {id: '9000'}) SET v.locked = true").consume()

    def __exit__(self, *error: object) -> None:
        self.session.close()
        self.driver.close()


def test_what_can_never_be_done_is_told_from_what_may_work_later(store: GraphStore) -> None:
    with pytest.raises(GraphRefusedError, match=r"write/newest_event: Neo4j answers Neo\.ClientError\.Statement"):
        store.write("write/newest_event", at={"no": "number"})


def test_several_statements_are_one_transaction(store: GraphStore) -> None:
    def work(transaction: Transaction) -> None:
        transaction.run("write/newest_event", at=5)
        assert transaction.run("read/newest_event") == [{"newestAt": 5}]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.transact("test", work)
    assert store.read("read/newest_event") == []
    assert store.transact("test", lambda transaction: transaction.run("write/newest_event", at=7)) == [{"newestAt": 7}]
