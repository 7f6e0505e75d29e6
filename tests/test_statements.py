"""Cypher lives in ``cypher/`` and nowhere else; every statement that the code names exists, and every file is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import cypher
from graph import kinds
from graph.derived import KINDS as DERIVED
from graph.model_nodes import KINDS as VECTORS
from graph.store import GraphStore

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("graph", "ingest", "gnn", "recommend", "api", "cypher")
NAMES = {name for folder in cypher.FOLDERS for name in cypher.names(folder)}
CYPHER = re.compile(
    r"\b(?:MATCH|MERGE|CREATE)\s+(?:\w+\s*=\s*)?\(|\bUNWIND\s+[$\[]|\bDETACH\s+DELETE\b|\bSHOW\s+DATABASES\b"
)
NAMED = re.compile(rf"(?:{'|'.join(cypher.FOLDERS)})/[a-z0-9_]+")

COMPOSED = {
    *(name for name in NAMES if name.startswith("read/export_")),  # tests/graph/test_export.py reads each
    *(f"write/{kind}" for kind in (*kinds.NODE, *kinds.LINK)),
    *(f"write/{verb}_{kind}" for verb in ("derived", "stale") for kind in DERIVED),
    *(f"write/{verb}_{kind}" for verb in ("vectors", "stale_vectors") for kind in VECTORS),
    *(name for name in NAMES if name.startswith("recipes/")),  # for analysts; tests/api/test_materialise.py runs each
    *(f"write/events_follow_{kind}" for kind in ("artist", "playlist", "user")),
    *(f"write/events_{word}_{kind}" for word in ("block", "dislike") for kind in ("artist", "genre", "track")),
    *(f"read/identity_{kind}" for kind in ("artists", "tracks", "all_artists", "all_tracks")),
    *(name for name in NAMES if name.startswith("schema/")),  # every file there is a migration
    *(name for name in NAMES if name.startswith("recipes/")),  # listed by graph.analysis.recipes, run by name
}
"""Names that the code puts together from a kind."""
SPARE = {
    "read/await_names": "tests search for names that they have just written",
    "write/wipe": "tests empty a graph; no command does",
    "read/path": "clients get it as text, with the pattern of a reason: the `cypher` field of a path",
}
"""Files that no code sends, and why they are here."""


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """The string literals of a module with their lines; of an f-string its fixed parts, joined. No docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken | inside:
            yield node.lineno, node.value


def literals() -> Iterator[tuple[str, str]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for line, text in strings(path):
                yield f"{path.relative_to(ROOT)}:{line}", text


def test_no_python_string_holds_cypher() -> None:
    assert [f"{place}: {text[:60]}" for place, text in literals() if CYPHER.search(text)] == []


@pytest.mark.parametrize(
    "text", ["MATCH (u:User) RETURN u", "MERGE (u)-[:X]->(t)", "UNWIND $rows AS row", "MATCH p = (a)--(b)"]
)
def test_the_pattern_finds_cypher(text: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(f'"""About."""\nsend({text!r})\nsend(f"{{x}} {text}")\n', encoding="utf-8")
    assert [line for line, found in strings(tmp_path / "module.py") if CYPHER.search(found)] == [2, 3]


def test_every_statement_that_the_code_names_exists() -> None:
    named = {(place, text) for place, text in literals() if NAMED.fullmatch(text)}
    assert len(named) > 30
    assert sorted((place, text) for place, text in named if text not in NAMES) == []


def test_every_file_is_used() -> None:
    used = {text for _, text in literals() if NAMED.fullmatch(text)}
    assert sorted(NAMES - used - COMPOSED - set(SPARE)) == []


def test_the_lists_name_only_files_that_need_it() -> None:
    assert sorted(set(SPARE) - NAMES) == []
    assert {name for name in COMPOSED if name not in NAMES} == set()


def test_wipe_takes_everything_but_the_record_of_migrations(
    store: GraphStore, ask: Callable[..., list[dict[str, Any]]]
) -> None:
    ask("UNWIND range(1, 2500) AS i CREATE (u:User {id: 'u' + i})-[:PLAYED]->(:Track {id: 't' + i})")  # > two batches
    migrations = len(store.read("read/schema_versions"))
    assert migrations > 0
    store.autocommit("write/wipe")
    assert ask("MATCH (n) RETURN labels(n) AS labels, count(*) AS n") == [
        {"labels": ["SchemaVersion"], "n": migrations}
    ]
