"""The words and signs of a Cypher text, comments left out: what the guard looks at instead of the text itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "quoted", "string", "number", "sign"]

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*|/\*.*?(?:\*/|\Z))
  | (?P<string>'(?:\\.|[^'\\])*(?:'|\Z)|"(?:\\.|[^"\\])*(?:"|\Z))
  | (?P<quoted>`(?:``|[^`])*(?:`|\Z))
  | (?P<number>\d(?:[\w]|\.(?!\.))*)
  | (?P<word>\w+)
  | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        kind: ``quoted`` is a name in backticks.
        text: as written; of a quoted name without its backticks.
    """

    kind: Kind
    text: str

    def says(self, *words: str) -> bool:
        """Whether it is one of ``words`` (upper case), whatever its own case."""
        return self.kind == "word" and self.text.upper() in words


def tokens(text: str) -> list[Token]:
    """Split a statement; a string, name or comment that never ends reaches to the end of the text."""
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "quoted":
            found.append(Token("quoted", match.group().strip("`").replace("``", "`")))
        elif kind in ("word", "string", "number", "sign"):
            found.append(Token(kind, match.group()))  # type: ignore[arg-type]
    return found
