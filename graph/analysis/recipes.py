"""The questions that analysts ask again and again, by name: statements of ``cypher/recipes/`` with their defaults.

A recipe is a statement like any other, with one more header line where it has parameters:

    // defaults: least=5, limit=20
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cypher
from graph.errors import InvalidRequestError, NotFoundError

FOLDER = "recipes"

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Recipe:
    """One question.

    Attributes:
        name: without its folder: ``top_artists``.
        about: what it answers.
        text: the statement.
        defaults: parameter -> the value that is taken where none is given, or None where one must be.
        columns: names, in order.
    """

    name: str
    about: str
    text: str
    defaults: Mapping[str, Value | None]
    columns: tuple[str, ...]

    def bound(self, given: Mapping[str, str | int | float]) -> dict[str, Any]:
        """All parameters, the given ones in the type of their default.

        Raises:
            InvalidRequestError: one is unknown, missing, or no number where one is needed.
        """
        unknown = sorted(set(given) - set(self.defaults))
        if unknown:
            known = ", ".join(self.defaults) or "none"
            raise InvalidRequestError(f"recipe {self.name} has no parameter {unknown[0]!r}: it has {known}")
        found = {name: self._value(name, given.get(name, default)) for name, default in self.defaults.items()}
        missing = sorted(name for name, value in found.items() if value is None)
        if missing:
            raise InvalidRequestError(f"recipe {self.name} needs a value for {missing[0]}: give {missing[0]}=VALUE")
        return found

    def _value(self, name: str, value: Value | None) -> Value | None:
        default = self.defaults[name]
        if value is None or default is None or isinstance(default, str):
            return value
        try:
            return type(default)(value)
        except ValueError:
            raise InvalidRequestError(f"{name}={value!r} of recipe {self.name} is no number: give one") from None


def recipes() -> list[Recipe]:
    """All of them, by name."""
    return [_read(name) for name in cypher.names(FOLDER)]


def recipe(name: str) -> Recipe:
    """One of them.

    Raises:
        NotFoundError: there is none of that name.
    """
    if f"{FOLDER}/{name}" not in cypher.names(FOLDER):
        raise NotFoundError(f"there is no recipe {name!r}: `phonograph recipes` lists them")
    return _read(f"{FOLDER}/{name}")


def _read(name: str) -> Recipe:
    statement = cypher.statement(name)
    line = re.search(r"^// defaults:(.*)$", statement.text, re.MULTILINE)
    pairs = [pair.split("=", 1) for pair in line.group(1).split(",")] if line else []
    given = {key.strip(): _typed(value.strip()) for key, value in pairs}
    if not set(given) <= set(statement.params):
        raise cypher.StatementError(f"{name}: defaults for {sorted(set(given) - set(statement.params))}, no parameters")
    defaults = {param: given.get(param) for param in statement.params}
    return Recipe(name.removeprefix(f"{FOLDER}/"), statement.about, statement.text, defaults, statement.returns)


def _typed(text: str) -> Value:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
