"""Ishkur's guides to electronic music: which genre influenced which, and when; nothing in them is a subgenre.

The third edition (``v3_*.csv``) draws a genre's own life span as a link to itself. The older one (``v2.5_*.csv``) draws
lines without a direction.
"""

from __future__ import annotations

from pathlib import Path

from graph.errors import SourceError
from ingest.sources.genres.said import Said, year
from ingest.tables import Table, read_table

ORIGIN = "ishkur"
NEW, OLD = "v3", "v2.5"


def read(path: Path) -> Said:
    """Read the folder, which holds one edition or both.

    Raises:
        SourceError: neither is there, or a file is damaged.
    """
    editions = [edition for edition in (NEW, OLD) if (path / f"{edition}_genres.csv").is_file()]
    if not editions:
        raise SourceError(f"{path}: no guide of Ishkur: needs {NEW}_genres.csv or {OLD}_genres.csv in that folder")
    said = Said(ORIGIN)
    for edition in editions:
        columns = ("slug", "genre", "aka") if edition == NEW else ("genre", "title", "aka")
        name_of_slug = _take_genres(said, read_table(path / f"{edition}_genres.csv", columns, delimiter=","), columns)
        links = path / f"{edition}_links.csv"
        if links.is_file():
            wanted = ("source", "target", "start", "end") if edition == NEW else ("source", "target")
            _take_links(said, read_table(links, wanted, delimiter=","), name_of_slug)
    return said


def _take_genres(said: Said, table: Table, columns: tuple[str, ...]) -> dict[str, str]:
    """Add the genres; their names by slug."""
    said.reject_all("genre", table.rejected)
    names: dict[str, str] = {}
    for row, (slug, name, aka) in enumerate(zip(*(table.columns[column] for column in columns), strict=True)):
        place = table.place(row)
        if slug in names:
            said.reject("genre", "slug is repeated", place)
        elif said.genre(name, place, id=slug, aliases=aka.split(",")):
            names[slug] = name
    return names


def _take_links(said: Said, table: Table, names: dict[str, str]) -> None:
    said.reject_all("influenced", table.rejected)
    dated = "start" in table.columns
    for row, (source, target) in enumerate(zip(table.columns["source"], table.columns["target"], strict=True)):
        place = table.place(row)
        if not target:
            said.reject("influenced", "no target", place)
        elif source not in names or target not in names:
            said.reject("influenced", "unknown genre", place)
        elif source == target:
            said.reject("influenced", "the life span of a genre, no influence", place)
        else:
            first, last = (year(table.columns[name][row]) if dated else None for name in ("start", "end"))
            if dated and (first is None or last is None or first > last):
                said.note("influenced", "years are none: left out", place)
                first = last = None
            kind = "influence" if dated else "related"
            said.influence(names[source], names[target], kind, place, (first, last))
