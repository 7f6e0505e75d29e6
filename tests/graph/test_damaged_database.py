"""A server whose database cannot be opened says so at once: it would never answer, however long one waits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graph.errors import ServerError
from graph.server import PLANS, ManagedServer
from graph.store import Neo4jAddress


def test_a_damaged_store_is_named_and_the_server_ended(session_home: Path, neo4j_server: Neo4jAddress) -> None:
    cache = os.environ.get("PHONOGRAPH_CACHE")
    server = ManagedServer(session_home / "damaged", cache=Path(cache) if cache else None, memory=PLANS["test"])
    server.ensure_running()
    server.stop()
    files = [path for path in (server.folder / "data/databases/neo4j").rglob("*") if path.is_file()]
    assert files
    for path in files:
        path.write_bytes(b"\x00" * path.stat().st_size)
    with pytest.raises(ServerError, match=r"^the database neo4j is \w+: .*; restore a copy of .*/data, or begin"):
        server.ensure_running()
    assert not server.state().running
