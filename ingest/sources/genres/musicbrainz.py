"""MusicBrainz: which of its tags are genres (``mb_tags.csv``), and what other services call them (``*-mapping.csv``).

A mapping names a genre or subgenre of another service and then the tags that it means, the most special one last. The
other service's name becomes an alias where it stands for itself: ``early``, short for ``early classical``, does not.
"""

from __future__ import annotations

import csv
from pathlib import Path

from graph.errors import SourceError
from ingest.formats.files import bytes_of
from ingest.names import squashed
from ingest.sources.genres.said import Said, file_at
from ingest.tables import read_table

ORIGIN = "musicbrainz"
FILE = "mb_tags.csv"
MAPPINGS = ("discogs", "lastfm", "tagtraum")


def read(path: Path, *, all_tags: bool = False) -> Said:
    """Read the folder; the mappings may be absent.

    Args:
        path: the folder, or ``mb_tags.csv``.
        all_tags: take every tag for a genre, not just those that MusicBrainz has made one.

    Raises:
        SourceError: the tags are missing, or a file is damaged.
    """
    file = file_at(path, (FILE,), "MusicBrainz' tags")
    table = read_table(file, ("name", "has_genre"), delimiter=",")
    said = Said(ORIGIN)
    said.reject_all("genre", table.rejected)
    for row, (name, has_genre) in enumerate(zip(table.columns["name"], table.columns["has_genre"], strict=True)):
        if all_tags or has_genre == "t":
            said.genre(name, table.place(row), id=name.strip())
        else:
            reason = "a tag of listeners, no genre" if has_genre == "f" else "has_genre is neither t nor f"
            said.reject("genre", reason if name.strip() else "no name", table.place(row))
    known = {squashed(genre.name): genre.name for genre in said.genres}
    for service in MAPPINGS:
        mapping = file.with_name(f"{service}-mapping.csv")
        if mapping.is_file():
            _take_mapping(said, mapping, service, known)
    return said


def _take_mapping(said: Said, path: Path, service: str, known: dict[str, str]) -> None:
    """Add the names of one service to the genres that they mean."""
    try:
        rows = list(csv.reader(bytes_of(path).decode("utf-8-sig").splitlines()))
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not utf-8 at byte {error.start}; fetch the file again or convert it") from None
    except csv.Error as error:
        raise SourceError(f"{path}: {error}; a quote is open or the file is no text") from None
    if not rows or rows[0][:3] != ["genre", "subgenre", "tags"]:
        raise SourceError(f"{path}: the header must be genre,subgenre,tags; is this the right file?")
    for line, row in enumerate(rows[1:], start=2):
        place = f"{path.name}:{line}"
        genre, subgenre = ([*row, "", ""])[:2]
        tags = [tag for tag in (field.strip() for field in row[2:]) if tag]
        target = known.get(squashed(tags[-1])) if tags else None
        if target is None:
            said.reject("genre", "a name of another service that means no genre", place)
            continue
        name = subgenre or genre
        aliases = [name] if not subgenre or squashed(name) not in squashed(target) else []
        own = f"{genre}/{subgenre}" if subgenre else genre
        said.genre(target, place, id=f"{service}:{own}", aliases=aliases)
