"""Playlists in M3U and M3U8: tracks, artists and playlists, by what the lines say of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.formats.files import found
from ingest.formats.m3u import ENDINGS, read
from ingest.formats.shelf import Files, read_files, shelved
from ingest.source import Batch

NAME = "m3u"


@dataclass(frozen=True, slots=True)
class M3u:
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
        return read_files(found(self.path, ENDINGS, "M3U playlists"), read)

    def transform(self, raw: Files) -> Iterator[Batch]:
        """The records; ids are ``m3u:track:isrc-CODE`` and the like, else a digest of artist and title."""
        yield from shelved(NAME, raw)
