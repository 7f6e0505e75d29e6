"""Playlists in XSPF: tracks, artists and playlists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.formats.files import found
from ingest.formats.shelf import Files, read_files, shelved
from ingest.formats.xspf import ENDINGS, read
from ingest.source import Batch

NAME = "xspf"


@dataclass(frozen=True, slots=True)
class Xspf:
    """The file at ``path``, or all such files below it."""

    path: Path

    @property
    def name(self) -> str:
        """The first word of all ids."""
        return NAME

    def extract(self) -> Files:
        """Read the files; among several, one that is broken is reported and skipped.

        Raises:
            SourceError: no file is there, or none can be read.
        """
        return read_files(found(self.path, ENDINGS, "XSPF playlists"), read)

    def transform(self, raw: Files) -> Iterator[Batch]:
        """The records; ids are ``xspf:track:isrc-CODE`` and the like, else a digest of artist and title."""
        yield from shelved(NAME, raw)
