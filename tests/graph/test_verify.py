"""Every kind of fact that a reason may claim, asked of a real Neo4j: what is there holds, what is not does not."""

import pytest
from neo4j import GraphDatabase

from graph.reads import SHAPES, GraphReads, Step

SYMMETRIC = {"PLAYED_WITH", "SOUNDS_LIKE", "ADJACENT_TO"}


@pytest.fixture
def reads(store):
    """Two nodes of each kind; each relation once, from the first of its kind to the second of the other."""
    address = store.address
    with (
        GraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver,
        driver.session(database=address.database) as session,
    ):
        for label in ("User", "Track", "Artist", "Genre", "Playlist"):
            session.run(f"UNWIND [1, 2] AS n CREATE (:{label} {{id: 'w:{label}:' + n}})").consume()
        for start, type, end in SHAPES:
            session.run(
                f"MATCH (s:{start} {{id: 'w:{start}:1'}}), (t:{end} {{id: 'w:{end}:2'}}) CREATE (s)-[:{type}]->(t)"
            ).consume()
    return GraphReads(store)


def step(start, type, end, first=1, second=2):
    return Step(start, f"w:{start}:{first}", type, end, f"w:{end}:{second}")


def test_every_shape_is_confirmed_and_nothing_else(reads):
    facts = [step(*shape) for shape in SHAPES]
    assert reads.verify(facts) == [True] * len(SHAPES)
    assert reads.verify([step(*shape, second=1) for shape in SHAPES]) == [False] * len(SHAPES)
    assert reads.verify([step(*shape, first=9) for shape in SHAPES]) == [False] * len(SHAPES)
    turned = [step(*shape, first=2, second=1) for shape in SHAPES]
    assert reads.verify(turned) == [shape[1] in SYMMETRIC for shape in SHAPES]
    mixed = [facts[0], step("User", "LOVES", "Track"), facts[1], facts[0]]
    assert reads.verify(mixed) == [True, False, True, True]
    assert reads.verify([]) == []
