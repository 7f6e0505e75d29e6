"""The real server plans every statement we may ever send, and calls none of them deprecated."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import cypher
from graph.errors import GraphError
from graph.store import GraphStore

NAMES = [name for folder in cypher.FOLDERS for name in cypher.names(folder)]


@pytest.fixture(scope="module")
def vector_index(session_store: GraphStore) -> Iterator[None]:
    """Neo4j plans no search in an index that is not there."""
    session_store.autocommit("write/vector_index", n=4, quantisation="NONE")
    yield
    session_store.autocommit("write/drop_vector_index")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("vector_index")
def test_the_server_plans(name: str, session_store: GraphStore) -> None:
    session_store.explain(name)


def test_a_statement_that_the_server_refuses_is_named(
    session_store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "// About.\n// params: none\n// returns: a\nMATCH (n RETURN 1 AS a"
    monkeypatch.setattr(cypher, "statement", lambda name: cypher.parse(name, text))
    with pytest.raises(GraphError, match=r"^read/broken: Neo4j answers Neo\.ClientError\.Statement\.SyntaxError: "):
        session_store.explain("read/broken")
