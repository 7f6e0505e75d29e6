"""Migrations run once, in order, are recorded, and refuse to be rewritten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from neo4j.exceptions import ConstraintError

import cypher
from graph.errors import GraphError
from graph.schema import migrate
from graph.store import GraphStore

LABELS = ["User", "Track", "Artist", "Genre", "Playlist", "SchemaVersion", "RecommendationSet", "ModelVersion"]


@pytest.fixture
def records(store: GraphStore, ask: Callable[..., Any]) -> Iterator[GraphStore]:
    """A graph whose record of migrations the test may spoil."""
    yield store
    ask("MATCH (v:SchemaVersion) DETACH DELETE v")
    migrate(store, now=0)


@pytest.fixture
def bare(records: GraphStore, ask: Callable[..., Any]) -> GraphStore:
    """A graph without nodes, constraints or indexes."""
    ask("MATCH (v:SchemaVersion) DETACH DELETE v")
    for row in ask("SHOW CONSTRAINTS YIELD name"):
        ask(f"DROP CONSTRAINT `{row['name']}`")
    for row in ask("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'"):
        ask(f"DROP INDEX `{row['name']}`")
    return records


def test_every_migration_is_applied_once_and_recorded(bare: GraphStore, ask: Callable[..., Any]) -> None:
    names = [name.removeprefix("schema/") for name in cypher.names("schema")]
    assert migrate(bare, now=77) == names
    recorded = ask("MATCH (v:SchemaVersion) RETURN v.id AS id, v.name AS name, v.appliedAt AS at ORDER BY id")
    assert recorded == [{"id": name[:4], "name": name, "at": 77} for name in names]
    assert migrate(bare, now=78) == []
    assert {row["state"] for row in ask("SHOW INDEXES YIELD state")} == {"ONLINE"}


@pytest.mark.parametrize("label", LABELS)
def test_ids_are_unique_per_label(label: str, store: GraphStore, ask: Callable[..., Any]) -> None:
    ask(f"CREATE (:{label} {{id: 'twice'}})")
    with pytest.raises(ConstraintError):
        ask(f"CREATE (:{label} {{id: 'twice'}})")


def test_names_are_found_by_words_without_their_accents(store: GraphStore, ask: Callable[..., Any]) -> None:
    ask(
        "CREATE (:Artist {id: 'a', name: 'Sigur Rós'}), (:Track {id: 't', name: 'Roso'}), (:User {id: 'u', name: 'Ró'})"
    )
    store.read("read/await_names")
    found = ask("CALL db.index.fulltext.queryNodes('names', 'ros') YIELD node RETURN node.id AS id")
    assert found == [{"id": "a"}]


def test_an_interrupted_migration_is_taken_up_again(bare: GraphStore, ask: Callable[..., Any]) -> None:
    names = migrate(bare, now=1)
    ask("MATCH (v:SchemaVersion) WHERE v.id >= '0008' DETACH DELETE v")
    assert migrate(bare, now=2) == [name for name in names if name >= "0008"]


def test_an_applied_migration_must_not_change(records: GraphStore) -> None:
    records.write("write/schema_version", id="0003", name="0003_artist_id", digest="another", at=1)
    with pytest.raises(GraphError, match="migration 0003_artist_id was changed after it was applied here"):
        migrate(records, now=2)


def test_numbers_are_given_once_and_without_gaps() -> None:
    numbers = [int(name.removeprefix("schema/")[:4]) for name in cypher.names("schema")]
    assert numbers == list(range(1, len(numbers) + 1))
