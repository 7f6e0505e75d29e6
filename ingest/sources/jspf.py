"""Playlists in JSPF, as ListenBrainz gives them out: tracks, artists and playlists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.formats.files import found
from ingest.formats.jspf import ENDINGS, read
from ingest.formats.shelf import Files, read_files, shelved
from ingest.source import Batch

NAME = "jspf"


@dataclass(frozen=True, slots=True)
class Jspf:
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
        return read_files(found(self.path, ENDINGS, "JSPF playlists"), read)

    def transform(self, raw: Files) -> Iterator[Batch]:
        """The records; ids are ``jspf:track:isrc-CODE`` and the like, else a digest of artist and title."""
        yield from shelved(NAME, raw)
