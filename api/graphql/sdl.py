"""Keeps ``api/schema.graphql`` equal to the code: ``python -m api.graphql.sdl --check`` or ``--write``."""

from __future__ import annotations

import sys
from pathlib import Path

from api.graphql.schema import sdl

COMMITTED = Path(__file__).resolve().parent.parent / "schema.graphql"


def main(arguments: list[str]) -> int:
    """Check or write the committed schema; the exit code."""
    if arguments == ["--write"]:
        COMMITTED.write_text(sdl(), encoding="utf-8")
        return 0
    if arguments != ["--check"]:
        sys.stderr.write("usage: python -m api.graphql.sdl --check | --write\n")
        return 2
    if COMMITTED.is_file() and COMMITTED.read_text(encoding="utf-8") == sdl():
        return 0
    sys.stderr.write("api/schema.graphql differs from the code: run `make format` and commit it\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
