"""What Spotify hands out on request: histories of both kinds, library and playlists, as files, folder or zip file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from graph.errors import SourceError
from ingest.histories.files import Part, document, objects, parts
from ingest.histories.listens import Listens, now
from ingest.source import Batch
from ingest.sources.spotify import account, recent
from ingest.sources.spotify.extended import Extended
from ingest.sources.spotify.extended import is_row as is_extended
from ingest.sources.spotify.library import Library

NAME = "spotify"
WHAT = "Spotify's export (StreamingHistory*.json, Streaming_History_*.json, YourLibrary.json, Playlist*.json)"
_WANTED = re.compile(
    r"(?:streaminghistory|streaming_history_|endsong|yourlibrary|playlist\d*|recently_?played)[\w.() -]*\.json"
)
_WITH_IDS = re.compile(r"(?:.*/)?(?:(streaming_history_|endsong)|(yourlibrary))", re.IGNORECASE)
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Spotify:
    """A file of the export, or the folder or zip file that holds it. Other files of it are never opened.

    Attributes:
        path: where it lies.
        user: the id of the person whose export it is.
        include_incognito: whether plays of private sessions count.
        latest: unix seconds of now; what is more than a day later is rejected.
    """

    path: Path
    user: str | None = None
    include_incognito: bool = False
    latest: int = field(default_factory=now)

    @property
    def name(self) -> str:
        """The first word of all ids."""
        return NAME

    def extract(self) -> list[Part]:
        """Find the files, those that tell more of a play first.

        Raises:
            SourceError: there is none.
        """
        found = parts(self.path, lambda name: _WANTED.fullmatch(name) is not None, WHAT)
        return sorted(found, key=lambda part: (_rank(part.name), part.name))

    def transform(self, raw: list[Part]) -> Iterator[Batch]:
        """The records; ids are ``spotify:track:ID``, or a digest of artist and title where the file has no id.

        Raises:
            SourceError: a file is damaged or none of Spotify's.
        """
        user = self.user or f"{NAME}:user:me"
        listens = Listens(NAME, self.latest)
        row = listens.user(user)
        extended = Extended(listens, row, self.include_incognito)
        library = Library(listens, row, user)
        for part in raw:
            if part.head(_HEAD).lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"["):
                _read_rows(part, listens, row, extended)
            else:
                _read_document(part, listens, row, library)
        library.ban()
        yield from listens.batches()
        yield from library.batches()


def _rank(name: str) -> int:
    """Extended histories first, then the library: files after them without ids mean the tracks that have one."""
    found = _WITH_IDS.match(name)
    return 2 if found is None else 0 if found[1] else 1


def _read_rows(part: Part, listens: Listens, user: int, extended: Extended) -> None:
    """A list of plays; of which history, every row says itself."""
    count = strange = 0
    for index, row in enumerate(objects(part, "item")):
        count += 1
        if account.is_row(row):
            reason = account.take(row, listens, user)
        elif is_extended(row):
            reason = extended.take(row, part.name, index)
        else:
            reason = "no row of a listening history"
            strange += 1
        if reason:
            listens.rejected.add(reason, f"{part.name}[{index}]")
    if count and strange == count:
        raise SourceError(f"{part.label}: no row of a listening history (endTime or ts); is this the right file?")


def _read_document(part: Part, listens: Listens, user: int, library: Library) -> None:
    value = document(part)
    if Library.is_playlists(value):
        library.take_playlists(part, value)
    elif Library.is_library(value):
        library.take_library(part, value)
    elif recent.is_page(value):
        for index, item in enumerate(value["items"]):
            reason = recent.take(item, listens, user)
            if reason:
                listens.rejected.add(reason, f"{part.name}: items[{index}]")
    else:
        raise SourceError(f"{part.label}: none of Spotify's files that hold music; is this the right file?")
