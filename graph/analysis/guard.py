"""Whether a statement that somebody wrote may be sent at all: the first of the console's layers.

It looks at tokens, because each pattern over plain text has been got around somewhere, and allows what it knows rather
than forbidding what it fears. The layers behind it (EXPLAIN, a reading transaction, the server's own settings) do not
trust it: see ``graph.analysis.console``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graph.analysis.tokens import Token, tokens
from graph.errors import RefusedStatementError

LONGEST: Final = 8_000
"""Characters of a statement."""

FIRST: Final = ("MATCH", "OPTIONAL", "WITH", "UNWIND", "RETURN", "CALL")
"""What a statement may begin with, PROFILE before it or not."""

FORBIDDEN: Final = frozenset(
    (
        # writing
        "CREATE",
        "MERGE",
        "SET",
        "REMOVE",
        "DELETE",
        "DETACH",
        "NODETACH",
        "FOREACH",
        "INSERT",
        # reading what is no graph
        "LOAD",
        "CSV",
        "SHOW",
        "TERMINATE",
        "USE",
        # administration, transactions of their own, another language or plan
        "DROP",
        "ALTER",
        "RENAME",
        "GRANT",
        "DENY",
        "REVOKE",
        "START",
        "STOP",
        "ENABLE",
        "DEALLOCATE",
        "REALLOCATE",
        "TRANSACTIONS",
        "CONCURRENT",
        "CYPHER",
        "EXPLAIN",
    )
)
"""Words that do more than read the graph. A variable of that name is refused too; the message names it."""

PROCEDURES: Final = frozenset(
    (
        "db.labels",
        "db.relationshiptypes",
        "db.propertykeys",
        "db.schema.visualization",
        "db.schema.nodetypeproperties",
        "db.schema.reltypeproperties",
        "db.index.fulltext.querynodes",
        "db.index.fulltext.queryrelationships",
        "db.index.vector.querynodes",
    )
)
"""Procedures that may be called, in lower case."""

NAMESPACES: Final = ("date", "datetime", "localdatetime", "time", "localtime", "duration", "point", "vector.similarity")
"""What a function's name may begin with, where it has a dot."""

_NAMES_FOLLOW: Final = (".", ":", "|", "&", "!", "$")
"""Signs before a property, a label, a relationship type or a parameter: there a forbidden word is only a name."""


def check(text: str) -> None:
    """Let a reading statement pass.

    Raises:
        RefusedStatementError: it may write, read files, or look into the server; the message names the word.
    """
    if len(text) > LONGEST:
        raise RefusedStatementError(f"the statement has {len(text):,} characters: send at most {LONGEST:,}")
    if "\\u" in text or "\\U" in text:
        raise RefusedStatementError(r"the statement holds \u: write the character itself")
    found = tokens(text)
    while found and found[-1] == Token("sign", ";"):
        found.pop()
    if not found:
        raise RefusedStatementError("the statement is empty: try MATCH (u:User) RETURN count(u)")
    _check_first(found[1:] if found[0].says("PROFILE") else found)
    _check_words(found)
    for name in _procedures(found):
        if name.lower() not in PROCEDURES:
            raise RefusedStatementError(f"procedure {name} is not for analysts: {', '.join(sorted(PROCEDURES))} are")
    for name in _functions(found):
        if not name.lower().startswith(tuple(f"{space}." for space in NAMESPACES)):
            raise RefusedStatementError(f"function {name} is not for analysts: the built-in ones without a dot are")


def _check_first(found: list[Token]) -> None:
    if not found or not found[0].says(*FIRST):
        begins = found[0].text if found else "nothing"
        raise RefusedStatementError(f"the statement begins with {begins!r}: begin with one of {', '.join(FIRST)}")


def _check_words(found: list[Token]) -> None:
    before = Token("sign", "")
    for token in found:
        if token == Token("sign", ";"):
            raise RefusedStatementError("there is more than one statement: send one at a time, without `;` inside")
        is_name = before.kind == "sign" and before.text in _NAMES_FOLLOW
        if token.kind == "word" and token.text.upper() in FORBIDDEN and not is_name:
            raise RefusedStatementError(
                f"{token.text!r} is not for analysts: only reading is; a variable of that name needs another one"
            )
        before = token


def _procedures(found: list[Token]) -> Iterator[str]:
    """The names after CALL; a subquery has none."""
    for at, token in enumerate(found[:-1]):
        if token.says("CALL") and found[at + 1].kind in ("word", "quoted"):
            yield _dotted(found, at + 1)[0]


def _functions(found: list[Token]) -> Iterator[str]:
    """The dotted names before an opening parenthesis that CALL does not precede."""
    at = 0
    while at < len(found):
        if found[at].kind not in ("word", "quoted"):
            at += 1
            continue
        name, end = _dotted(found, at)
        is_called = end < len(found) and found[end] == Token("sign", "(")
        if is_called and end - at > 1 and not (at and found[at - 1].says("CALL")):
            yield name
        at = end


def _dotted(found: list[Token], at: int) -> tuple[str, int]:
    """The name that starts at a token, its parts joined by dots whatever stands between, and where it ends."""
    parts, end = [found[at].text], at + 1
    while end + 1 < len(found) and found[end] == Token("sign", ".") and found[end + 1].kind in ("word", "quoted"):
        parts.append(found[end + 1].text)
        end += 2
    return ".".join(parts), end
