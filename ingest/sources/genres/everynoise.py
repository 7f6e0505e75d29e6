"""The genres of Every Noise at Once: ``genre_attrs.csv``, names with their place on the map."""

from __future__ import annotations

import math
from pathlib import Path

from ingest.sources.genres.said import Said, file_at
from ingest.tables import read_table

ORIGIN = "everynoise"
FILE = "genre_attrs.csv"
MOJIBAKE = ("Ã", "â€")
"""What UTF-8 looks like where it was read as cp1252."""


def read(path: Path) -> Said:
    """Read the file, or the folder that holds it: low x is heavy, low y organic.

    Raises:
        SourceError: it is missing, damaged, or lacks a column.
    """
    table = read_table(file_at(path, (FILE,), "Every Noise"), ("genre", "x", "y"), delimiter=",")
    said = Said(ORIGIN)
    said.reject_all("genre", table.rejected)
    for row, (name, x, y) in enumerate(zip(*(table.columns[name] for name in ("genre", "x", "y")), strict=True)):
        place, at = table.place(row), (_number(x), _number(y))
        if None in at:
            said.note("genre", "place on the map is no number: left out", place)
            at = (None, None)
        if any(sign in name for sign in MOJIBAKE):
            said.note("genre", "name looks wrongly decoded: kept as it is", place)
        said.genre(name, place, id=name.strip(), at=at)
    return said


def _number(text: str) -> float | None:
    try:
        value = float(text[:32])
    except ValueError:
        return None
    return value if math.isfinite(value) else None
