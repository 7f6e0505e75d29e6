"""Lists that were kept: to go on from, to be made again and compared, and to fall back on when nothing else answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from api.sqlite_store import SqliteStore
from gnn.context import Moment
from graph.errors import NotFoundError, StoredSetError
from recommend.types import AttributeRange, RecommendationSet, RecommendRequest, Seed
from recommend.wire import from_json, to_json

KEPT_S = 90 * 86_400
"""How long a list is kept."""
EACH = 50
"""Lists of one listener that are kept, the newest."""


@dataclass(frozen=True, slots=True)
class StoredSet:
    """A list as it was given out.

    Attributes:
        request: what was asked, its moment filled in.
        answer: what was answered.
    """

    request: RecommendRequest
    answer: RecommendationSet


class StoredSets(SqliteStore):
    """Lists by id, in one file; safe to share between threads and processes.

    Args:
        path: made with its folder when it is first needed.
    """

    schema: ClassVar[str] = """
    CREATE TABLE IF NOT EXISTS sets (
        id TEXT PRIMARY KEY, user_id TEXT NOT NULL, surface TEXT NOT NULL, at INTEGER NOT NULL,
        request TEXT NOT NULL, answer TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS sets_of_user ON sets (user_id, at);
    """
    error = StoredSetError
    advice: ClassVar[str] = "lists cannot be gone on from until it can be read (delete it to begin anew)"

    def keep(self, request: RecommendRequest, answer: RecommendationSet, now: int) -> None:
        """Keep a list; one that is kept already stays as it is. The listener's oldest ones are let go.

        Raises:
            StoredSetError: it was not kept.
        """
        asked, said = (json.dumps(value, ensure_ascii=False) for value in (request_to_json(request), to_json(answer)))
        with self._speaking() as connection, connection:
            connection.execute(
                "INSERT OR IGNORE INTO sets VALUES (?, ?, ?, ?, ?, ?)",
                (answer.id, answer.user_id, answer.surface, now, asked, said),
            )
            connection.execute(
                "DELETE FROM sets WHERE user_id = ? AND (at < ? OR id NOT IN "
                "(SELECT id FROM sets WHERE user_id = ? ORDER BY at DESC, rowid DESC LIMIT ?))",
                (answer.user_id, now - KEPT_S, answer.user_id, EACH),
            )

    def get(self, id: str) -> StoredSet:
        """A list.

        Raises:
            NotFoundError: it was never kept, or let go.
            StoredSetError: the file cannot be read.
        """
        with self._speaking() as connection:
            row = connection.execute("SELECT request, answer FROM sets WHERE id = ?", (id,)).fetchone()
        if row is None:
            raise NotFoundError(f"there is no list {id!r}: it was not kept, or is too old")
        return StoredSet(request_from_json(json.loads(row[0])), from_json(json.loads(row[1])))

    def last(self, user_id: str, surface: str) -> StoredSet | None:
        """The newest list of a listener on a surface, or on any where there is none; None without one."""
        with self._speaking() as connection:
            row = connection.execute(
                "SELECT request, answer FROM sets WHERE user_id = ? "
                "ORDER BY surface = ? DESC, at DESC, rowid DESC LIMIT 1",
                (user_id, surface),
            ).fetchone()
        if row is None:
            return None
        return StoredSet(request_from_json(json.loads(row[0])), from_json(json.loads(row[1])))


def request_to_json(request: RecommendRequest) -> dict[str, Any]:
    """A request as JSON."""
    said = asdict(request)
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in said.items()}


def request_from_json(said: Mapping[str, Any]) -> RecommendRequest:
    """Read back what ``request_to_json`` wrote; what this program does not know is left out."""
    known = {field.name for field in fields(RecommendRequest)}
    values: dict[str, Any] = {name: value for name, value in said.items() if name in known}
    for name in ("without", "exclude", "switched_off"):
        values[name] = frozenset(values.get(name, ()))
    values["seeds"] = tuple(Seed(**seed) for seed in values.get("seeds", ()))
    values["attributes"] = tuple(AttributeRange(**one) for one in values.get("attributes", ()))
    values["context"] = None if values.get("context") is None else Moment(**values["context"])
    return RecommendRequest(**values)
