"""The genre vocabularies as data sources: each by itself, and all of a folder as one taxonomy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from graph.errors import SourceError
from ingest.source import Batch
from ingest.sources.genres import beets, everynoise, fma, ishkur, musicbrainz, wikipedia
from ingest.sources.genres.merge import merged
from ingest.sources.genres.said import Said

READERS: dict[str, Callable[[Path], Said]] = {
    "fma": fma.read,
    "beets": beets.read,
    "wikipedia": wikipedia.read,
    "musicbrainz": musicbrainz.read,
    "everynoise": everynoise.read,
    "ishkur": ishkur.read,
}
"""In the order in which names are preferred."""

FOLDERS = {"wikipedia": "wikipedia-infobox", "musicbrainz": "musicbrainz-mapping"}
"""How the folder of a vocabulary is called within the folder of all, where not by its own name."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One vocabulary at ``path``; a subclass names it."""

    path: Path

    @property
    def name(self) -> str:
        """The first word of all ids."""
        return type(self).__name__.lower()

    def extract(self) -> list[Said]:
        """Read its files.

        Raises:
            SourceError: a file or column is missing, or a file is damaged.
        """
        return [READERS[self.name](self.path)]

    def transform(self, raw: list[Said]) -> Iterator[Batch]:
        """Genres, the tree without cycles, and influences; ids are ``NAME:genre:SLUG``."""
        yield from merged(self.name, raw)


class Fma(Vocabulary):
    """``genres.csv`` of the Free Music Archive."""


class Beets(Vocabulary):
    """The folder with ``genres-tree.yaml``, ``genres.txt`` and ``aliases.yaml``."""


class Wikipedia(Vocabulary):
    """``wrangled.min.json``, the infoboxes of genres."""


class Musicbrainz(Vocabulary):
    """The folder with ``mb_tags.csv`` and the mappings of other services."""


class Everynoise(Vocabulary):
    """``genre_attrs.csv`` of Every Noise at Once."""


class Ishkur(Vocabulary):
    """The folder of Ishkur's guides."""


class Genres(Vocabulary):
    """A folder with one folder for each vocabulary: all of them as one taxonomy."""

    def extract(self) -> list[Said]:
        """Read every vocabulary that is there.

        Raises:
            SourceError: none is, or one is damaged.
        """
        folders = {name: self.path / FOLDERS.get(name, name) for name in READERS}
        found = [READERS[name](folder) for name, folder in folders.items() if folder.is_dir()]
        if not found:
            raise SourceError(
                f"{self.path}: no vocabulary of genres in that folder; "
                f"it needs one or more of {', '.join(folder.name for folder in folders.values())}"
            )
        return found
