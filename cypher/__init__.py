"""Every statement the project sends to Neo4j, one per file, and the loader that reads them.

A file opens with what it answers, its parameters and its columns; the loader checks both against the text:

    // What a user played, newest first.
    // params: user, limit
    // returns: track, count, lastAt
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

FOLDERS = ("read", "write", "schema", "server", "recipes")


class StatementError(ValueError):
    """A statement file is absent, or its header does not match its text: a bug of ours, found by the tests."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        name: folder and file name without its ending: ``read/profile``.
        text: what is sent to Neo4j, header included, so that the server's query log can name it.
        about: what it answers.
        params: names of its parameters, in header order.
        returns: names of its columns, in order; empty for a write.
    """

    name: str
    text: str
    about: str
    params: tuple[str, ...]
    returns: tuple[str, ...]


def _blank_literals(text: str) -> str:
    """The text without comments and string literals, so that words can be searched for safely."""
    return re.sub(r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", " ", text, flags=re.DOTALL)


def _listed(line: str | None) -> tuple[str, ...]:
    words = tuple(word.strip() for word in (line or "").split(",") if word.strip())
    return () if words == ("none",) else words


def _blank_braces(body: str) -> str:
    """The text without what stands in braces: the RETURN of a subquery is not the statement's own."""
    depth, kept = 0, []
    for sign in body:
        depth -= sign == "}"
        kept.append(sign if depth == 0 else " ")
        depth += sign == "{"
    return "".join(kept)


def _columns(body: str) -> tuple[str, ...]:
    """The column names of the RETURN of a statement."""
    _, *returns = re.split(r"\bRETURN\b", _blank_braces(body), flags=re.IGNORECASE)
    if not returns:
        return ()
    tail = re.split(r"\b(?:ORDER\s+BY|SKIP|LIMIT)\b", returns[-1], flags=re.IGNORECASE)[0]
    depth, start, parts = 0, 0, []
    for at, sign in enumerate(tail):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            parts.append(tail[start:at])
            start = at + 1
    return tuple(_column(part) for part in (*parts, tail[start:]))


def _column(part: str) -> str:
    """The name of one column: what follows AS, or the expression itself."""
    name = re.split(r"\bAS\b", part, flags=re.IGNORECASE)[-1]
    return name.strip().removeprefix("DISTINCT ").strip(" ;\n`")


def parse(name: str, text: str) -> Statement:
    """Read one statement and hold its header against its text.

    Raises:
        StatementError: no header, or parameters or columns that differ from the text.
    """
    header = {
        key: match.group(1) if (match := re.search(rf"^// {key}:(.*)$", text, re.MULTILINE)) else None
        for key in ("params", "returns")
    }
    about = re.match(r"// (?!params:|returns:)(.+)", text)
    if about is None or None in header.values():
        raise StatementError(f"{name}: needs three header lines: what it answers, // params:, // returns:")
    body = _blank_literals(text)
    params, returns = _listed(header["params"]), _listed(header["returns"])
    used = set(re.findall(r"\$(\w+)", body))
    if used != set(params):
        raise StatementError(f"{name}: header names params {sorted(params)}, text uses {sorted(used)}")
    if _columns(body) != returns:
        raise StatementError(f"{name}: header names columns {returns}, text returns {_columns(body)}")
    return Statement(name, text, about.group(1).strip(), params, returns)


@cache
def statement(name: str) -> Statement:
    """The statement in ``cypher/NAME.cypher``.

    Raises:
        StatementError: there is no such file, or its header lies.
    """
    path = files(__name__).joinpath(f"{name}.cypher")
    if not path.is_file():
        raise StatementError(f"{name}: no such statement in cypher/")
    return parse(name, path.read_text(encoding="utf-8"))


def _below(folder: Traversable, name: str) -> list[str]:
    found: list[str] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += _below(entry, f"{name}/{entry.name}")
        elif entry.name.endswith(".cypher"):
            found.append(f"{name}/{entry.name.removesuffix('.cypher')}")
    return found


def names(folder: str) -> list[str]:
    """The names of all statements in one of ``FOLDERS``, in order of name."""
    return _below(files(__name__).joinpath(folder), folder)
