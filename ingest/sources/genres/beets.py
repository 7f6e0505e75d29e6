"""The genre tree of beets (``genres-tree.yaml``), its longer list (``genres.txt``), its spellings (``aliases.yaml``).

A name of the list that has no place in the tree, and that a rule of spelling turns into one that has, is an alias.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from graph.errors import SourceError
from ingest.formats.files import bytes_of
from ingest.names import squashed
from ingest.sources.genres.said import Said, file_at

ORIGIN = "beets"
TREE, LIST, ALIASES = "genres-tree.yaml", "genres.txt", "aliases.yaml"
LARGEST = 2 << 20
MOST = 200_000
LONGEST_RULE, LONGEST_NAME = 200, 100
"""Characters of a rule and of a name it is tried on: a regular expression of a file is not to be trusted with more."""

Rules = list[tuple[str, re.Pattern[str]]]


def read(path: Path) -> Said:
    """Read the folder; the list and the spellings may be absent.

    Raises:
        SourceError: the tree is missing, or a file is damaged.
    """
    tree = file_at(path, (TREE,), "beets")
    said = Said(ORIGIN)
    document = _yaml(tree)
    if not isinstance(document, list):
        raise SourceError(f"{tree}: no tree of genres: it must be a list of names and of lists below a name")
    _take_tree(said, document, tree)
    if tree.with_name(LIST).is_file():
        rules = _rules(said, tree.with_name(ALIASES))
        _take_list(said, tree.with_name(LIST), rules)
    return said


def _yaml(path: Path) -> Any:
    """A document in which every scalar is text."""
    data = bytes_of(path)
    if len(data) > LARGEST:
        raise SourceError(f"{path}: {len(data)} bytes are too many for a tree of genres (at most {LARGEST})")
    try:
        return yaml.load(data.decode("utf-8-sig"), Loader=yaml.BaseLoader)
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not utf-8 at byte {error.start}; fetch the file again or convert it") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        reason = (
            "nested too deep" if isinstance(error, RecursionError) else getattr(error, "problem", None) or "damaged"
        )
        raise SourceError(f"{path}{line}: no YAML ({str(reason)[:80]}); fetch the file again") from None


def _take_tree(said: Said, document: list[Any], path: Path) -> None:
    """Add every name with its edge; names that stand at several places have several parents."""
    for count, (name, parent) in enumerate(_walk(document)):
        if count == MOST:
            raise SourceError(f"{path}: more than {MOST} genres; fetch the file again")
        place = f"{path.name}: {str(name)[:60]}"
        if not isinstance(name, str):
            said.reject("genre", "no name", place)
        elif said.genre(name, place, id=name.strip()) and parent is not None:
            said.parent(name, parent, place)


def _walk(document: list[Any]) -> Iterator[tuple[Any, str | None]]:
    """Every (name, name above it), without recursion."""
    waiting: list[tuple[Any, str | None]] = [(node, None) for node in reversed(document)]
    while waiting:
        node, above = waiting.pop()
        if isinstance(node, dict):
            for name, below in reversed(node.items()):
                waiting.append((below, name))
                yield name, above
        elif isinstance(node, list):
            waiting += [(one, above) for one in reversed(node)]
        elif node not in (None, ""):
            yield node, above


def _take_list(said: Said, path: Path, rules: Rules) -> None:
    """Add the names that the tree lacks, as genres or as aliases of one."""
    try:
        lines = bytes_of(path).decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not utf-8 at byte {error.start}; fetch the file again or convert it") from None
    known = {squashed(genre.name): genre.name for genre in said.genres}
    for number, line in enumerate(lines, start=1):
        name, place = line.strip(), f"{path.name}:{number}"
        if not name:
            continue
        key = squashed(name)
        target = known.get(squashed(respelt(name, rules)))
        if key not in known and target is not None:
            said.genre(target, place, aliases=[name])
        else:
            said.genre(name, place, id=name)


def respelt(name: str, rules: Rules) -> str:
    """The name as the first rule that matches the whole of it spells it."""
    if len(name) > LONGEST_NAME:
        return name
    for target, pattern in rules:
        if found := pattern.fullmatch(name.casefold()):
            return str(found.expand(target))
    return name


def _rules(said: Said, path: Path) -> Rules:
    document = _yaml(path) if path.is_file() else {}
    rules: Rules = []
    for target, patterns in document.items() if isinstance(document, dict) else ():
        for pattern in patterns if isinstance(patterns, list) else ():
            try:
                rules.append(_rule(str(target), str(pattern)))
            except (re.error, IndexError, OverflowError, RecursionError):
                said.note("genre", "rule of spelling that is no regular expression: left out", path.name)
    return rules


def _rule(target: str, pattern: str) -> tuple[str, re.Pattern[str]]:
    """A rule whose target names only groups that the pattern has.

    Raises:
        re.error, IndexError: it is none.
    """
    if max(len(pattern), len(target)) > LONGEST_RULE:
        raise re.error("too long")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # what a damaged file holds is no promise of Python's
        compiled = re.compile(pattern)
    groups = re.compile("()" * compiled.groups).fullmatch("")
    if groups is not None:
        groups.expand(target)
    return target, compiled
