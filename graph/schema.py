"""Which constraints and indexes the graph has: numbered migrations, each applied once and recorded in the graph."""

from __future__ import annotations

import hashlib

import cypher
from graph.errors import GraphError
from graph.store import GraphStore

AWAIT_INDEXES_S = 120


def _digest(name: str) -> str:
    """SHA-256 of what a migration does; its remarks may be reworded."""
    lines = [line for line in cypher.statement(name).text.splitlines() if not line.startswith("//")]
    return hashlib.sha256("\n".join(lines).strip().encode()).hexdigest()


def migrate(store: GraphStore, now: int) -> list[str]:
    """Apply the migrations that this graph has not seen, in their order.

    Every migration is idempotent, so that one that was interrupted before it was recorded is simply applied again.

    Args:
        store: the graph.
        now: unix seconds, recorded with each migration.

    Returns:
        The names of those applied now, such as ``0001_user_id``.

    Raises:
        ServerError: the server is too old.
        GraphError: an applied migration was changed afterwards, or the server refuses one.
    """
    store.version()
    applied = {row["id"]: row["digest"] for row in store.read("read/schema_versions")}
    fresh = [name for name in cypher.names("schema") if _is_new(name, applied)]
    for name in fresh:
        number, _, _ = _short(name).partition("_")
        store.write(name)
        store.write("write/schema_version", id=number, name=_short(name), digest=_digest(name), at=now)
    if fresh:
        store.read("read/await_indexes", timeout_s=AWAIT_INDEXES_S + 5, seconds=AWAIT_INDEXES_S)
    return [_short(name) for name in fresh]


def _short(name: str) -> str:
    return name.removeprefix("schema/")


def _is_new(name: str, applied: dict[str, str]) -> bool:
    number, _, _ = _short(name).partition("_")
    if number not in applied:
        return True
    if applied[number] != _digest(name):
        raise GraphError(
            f"migration {_short(name)} was changed after it was applied here: restore it and add a new one instead"
        )
    return False
