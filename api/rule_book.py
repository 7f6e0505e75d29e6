"""Where curators' rules are kept: a SQLite file that all processes of a home read, with a record of every change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from api.sqlite_store import SqliteStore
from graph.errors import InvalidRequestError, NotFoundError, RuleBookError
from recommend.rules import Action, Condition, Rule


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the record: when (unix seconds), who, what was done (SET or END), and the rule."""

    at: int
    author: str
    what: str
    rule: Rule


class SqliteRuleBook(SqliteStore):
    """A ``RuleBook`` in one file; safe to share between threads and processes.

    Args:
        path: made with its folder when it is first needed.
    """

    schema: ClassVar[str] = """
    CREATE TABLE IF NOT EXISTS rules (name TEXT PRIMARY KEY, rule TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS changes (
        number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, author TEXT NOT NULL,
        what TEXT NOT NULL, rule TEXT NOT NULL
    );
    """
    error = RuleBookError
    advice: ClassVar[str] = "lists go on without curators' rules until it can be read"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._known: tuple[int, tuple[Rule, ...]] | None = None

    def rules(self) -> tuple[Rule, ...]:
        """See ``RuleBook``; read anew only when some process changed the file."""
        with self._speaking() as connection:
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            if self._known is None or self._known[0] != version:
                rows = connection.execute("SELECT rule FROM rules ORDER BY name").fetchall()
                self._known = version, tuple(from_json(json.loads(text)) for (text,) in rows)
            return self._known[1]

    def set(self, rule: Rule, at: int) -> None:
        """Make a rule, or replace the one of its name, and keep a record of it.

        Raises:
            InvalidRequestError: the rule can mean nothing.
            RuleBookError: nothing was kept.
        """
        text = json.dumps(to_json(rule.checked()), ensure_ascii=False)
        with self._speaking() as connection, connection:
            connection.execute("INSERT OR REPLACE INTO rules VALUES (?, ?)", (rule.name, text))
            self._record(connection, at, rule.author, "SET", text)

    def end(self, name: str, author: str, at: int) -> Rule:
        """End a rule at once; what it was.

        Raises:
            NotFoundError: there is none of this name.
            RuleBookError: nothing was changed.
        """
        with self._speaking() as connection, connection:
            row = connection.execute("SELECT rule FROM rules WHERE name = ?", (name,)).fetchone()
            if row is not None:
                connection.execute("DELETE FROM rules WHERE name = ?", (name,))
                self._record(connection, at, author, "END", row[0])
        if row is None:
            raise NotFoundError(f"there is no rule {name!r}: see `phonograph rules list`")
        return from_json(json.loads(row[0]))

    def changes(self) -> list[Change]:
        """Everything that was ever set or ended, the oldest first; nothing is removed from it."""
        with self._speaking() as connection:
            rows = connection.execute("SELECT at, author, what, rule FROM changes ORDER BY number").fetchall()
        return [Change(at, author, what, from_json(json.loads(text))) for at, author, what, text in rows]

    def _let_go(self) -> None:
        super()._let_go()
        self._known = None  # another connection counts its versions anew

    def _record(self, connection: Any, at: int, author: str, what: str, text: str) -> None:
        connection.execute("INSERT INTO changes (at, author, what, rule) VALUES (?, ?, ?, ?)", (at, author, what, text))
        self._known = None


def to_json(rule: Rule) -> dict[str, Any]:
    """A rule as JSON."""
    when = rule.when
    return {
        "name": rule.name,
        "action": rule.action.value,
        "targets": list(rule.targets),
        "amount": rule.amount,
        "when": {
            "surfaces": sorted(when.surfaces),
            "users": sorted(when.users),
            "activities": sorted(when.activities),
            "market": when.market,
        },
        "since": rule.since,
        "until": rule.until,
        "author": rule.author,
    }


def from_json(said: Mapping[str, Any]) -> Rule:
    """Read back what ``to_json`` wrote.

    Raises:
        InvalidRequestError: it is no rule.
    """
    try:
        when = said["when"]
        return Rule(
            name=said["name"],
            action=Action(said["action"]),
            targets=tuple(said["targets"]),
            amount=float(said["amount"]),
            when=Condition(
                frozenset(when["surfaces"]), frozenset(when["users"]), frozenset(when["activities"]), when["market"]
            ),
            since=said["since"],
            until=said["until"],
            author=said["author"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidRequestError(f"{str(said)[:80]} is no rule ({error})") from None
