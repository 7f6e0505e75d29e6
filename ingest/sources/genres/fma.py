"""The genres of the Free Music Archive: ``genres.csv``, a tree by numbers of the parent."""

from __future__ import annotations

from pathlib import Path

from ingest.sources.genres.said import Said, file_at
from ingest.tables import read_table

ORIGIN = "fma"
FILE = "genres.csv"


def read(path: Path) -> Said:
    """Read the file, or the folder that holds it; parent 0 makes a root.

    Raises:
        SourceError: it is missing, damaged, or lacks a column.
    """
    table = read_table(file_at(path, (FILE,), "FMA"), ("genre_id", "parent", "title"), delimiter=",")
    said = Said(ORIGIN)
    said.reject_all("genre", table.rejected)
    ids, parents, titles = (table.columns[name] for name in ("genre_id", "parent", "title"))
    title_of: dict[str, str] = {}
    repeated: set[int] = set()
    for row, (id, title) in enumerate(zip(ids, titles, strict=True)):
        if id in title_of:
            said.reject("genre", "genre_id is repeated", table.place(row))
            repeated.add(row)
        elif said.genre(title, table.place(row), id=id):
            title_of[id] = title
    for row, (id, parent) in enumerate(zip(ids, parents, strict=True)):
        if parent == "0" or row in repeated:
            continue
        if id not in title_of or parent not in title_of:
            said.reject("subgenre_of", "no such parent", table.place(row))
        else:
            said.parent(title_of[id], title_of[parent], table.place(row))
    return said
