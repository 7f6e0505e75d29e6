"""The infoboxes of genres in Wikipedia (``wrangled.min.json``): subgenres, origins, derivatives and fusions.

Subgenres make the tree. Origins, derivatives and fusions say who influenced whom; places and dates are not read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graph.errors import SourceError
from ingest.formats.files import json_of
from ingest.sources.genres.said import Said, file_at

ORIGIN = "wikipedia"
FILE = "wrangled.min.json"
INFLUENCES = {"stylistic_origins": "origin", "derivative_forms": "derivative", "fusion_genres": "fusion"}


def read(path: Path) -> Said:
    """Read the file, or the folder that holds it; names are written with underscores there.

    Raises:
        SourceError: it is missing or damaged, or holds no genre.
    """
    file = file_at(path, (FILE,), "Wikipedia's infoboxes")
    repeated: list[str] = []
    document = json_of(file, repeated)
    if not isinstance(document, list) or not any(isinstance(one, dict) and one.get("genre") for one in document):
        raise SourceError(f'{file}: no infoboxes: it must be a list of objects with "genre"')
    said = Said(ORIGIN)
    for key in repeated:
        said.note("genre", "key given twice: the last one counts", key)
    for at, box in enumerate(document):
        place = f"{file.name}[{at}]"
        if not isinstance(box, dict):
            said.reject("genre", "no object", place)
            continue
        for genre in _texts(said, box, "genre", place) or [""]:
            if said.genre(_plain(genre), place, id=genre, aliases=map(_plain, _texts(said, box, "other_names", place))):
                _take(said, box, _plain(genre), place)
    return said


def _take(said: Said, box: dict[str, Any], genre: str, place: str) -> None:
    """The links of one infobox."""
    for child in _texts(said, box, "subgenres", place):
        if said.genre(_plain(child), place):
            said.parent(_plain(child), genre, place)
    for column, kind in INFLUENCES.items():
        for other in map(_plain, _texts(said, box, column, place)):
            ends = (other, genre) if kind == "origin" else (genre, other)
            said.influence(*ends, kind, place)


def _texts(said: Said, box: dict[str, Any], column: str, place: str) -> list[str]:
    """The names in a column; anything else in it is noted."""
    values = box.get(column)
    values = values if isinstance(values, list) else [] if values is None else [values]
    for value in values:
        if not isinstance(value, str):
            said.note("genre", f"{column} holds what is no name: left out", place)
    return [value for value in values if isinstance(value, str)]


def _plain(name: str) -> str:
    return name.replace("_", " ")
