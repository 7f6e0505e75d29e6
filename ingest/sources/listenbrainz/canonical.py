"""What MusicBrainz knows of the recordings listened to: the CSV files that ListenBrainz publishes beside its dumps.

They hold tens of millions of rows: each file is read once, and only rows of recordings at hand are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from graph.errors import SourceError
from ingest.formats.files import Tally
from ingest.formats.identifiers import UUID, mbid
from ingest.formats.playlist import Artist
from ingest.formats.text import LONGEST, name_of
from ingest.histories.files import Lines, Part, records
from ingest.histories.listens import MANY, Listens
from ingest.names import folded

FILES = {
    "msid": re.compile(r"listenbrainz_msid_mapping\w*\.csv"),
    "redirect": re.compile(r"canonical_recording_redirect\w*\.csv"),
    "canonical": re.compile(r"canonical_musicbrainz_data\w*\.csv"),
    "artist": re.compile(r"musicbrainz_artist(?!_credit)\w*\.csv"),
}
COLUMNS = {
    "msid": ("recording_msid", "recording_mbid", "match_type"),
    "redirect": ("recording_mbid", "canonical_recording_mbid"),
    "canonical": ("recording_mbid", "artist_mbids", "artist_credit_name", "recording_name", "release_name"),
    "artist": ("artist_mbid", "name"),
}
SURE = frozenset({"exact_match", "high_quality", "med_quality"})
"""Matches that are believed; ``low_quality`` is not."""


def which(name: str) -> str | None:
    """What a file of this name holds: a key of ``FILES``, None for another file."""
    return next((kind for kind, pattern in FILES.items() if pattern.fullmatch(name.lower())), None)


class Canonical:
    """Completes the tracks of ``listens`` from the files beside them, in the order of ``FILES``."""

    def __init__(self, listens: Listens) -> None:
        self._listens = listens
        self._noted: Tally = listens.noted
        self._several: dict[int, list[str]] = {}

    def complete(self, parts: list[Part]) -> None:
        """Read the files.

        Raises:
            SourceError: one lacks its columns.
        """
        for kind in FILES:
            for part in parts:
                if which(part.name.rpartition("/")[2]) == kind:
                    self._reader(kind)(part)

    def _reader(self, kind: str) -> Callable[[Part], None]:
        readers = {"msid": self._msid, "redirect": self._redirect, "canonical": self._canonical, "artist": self._artist}
        return readers[kind]

    def _msid(self, part: Part) -> None:
        """Recordings of spellings."""
        rows = self._rows_by("msid:", without="mbid:")
        for msid, recording, match in self._read(part, "msid"):
            id = mbid(recording)
            if match in SURE and id:
                for row in rows.get(msid, ()):
                    self._name(row, id)

    def _redirect(self, part: Part) -> None:
        """Many recordings that are one to MusicBrainz."""
        rows = self._rows_by("mbid:")
        for recording, canonical in self._read(part, "redirect"):
            id = mbid(canonical)
            for row in rows.get(recording, ()) if id else ():
                self._name(row, str(id))

    def _name(self, row: int, id: str) -> None:
        ids = self._listens.known(row).ids
        if f"mbid:{id}" not in ids:
            ids.insert(0, f"mbid:{id}")
        self._listens.identify(row, f"mbid-{id}")

    def _canonical(self, part: Part) -> None:
        """Artists, title and release as MusicBrainz writes them; the ids of artists wait for their names."""
        rows = self._rows_by("mbid:")
        for recording, artists, credit, title, release in self._read(part, "canonical"):
            for row in rows.get(recording, ()):
                ids, track = UUID.findall(artists), self._listens.known(row)
                track.more["album"] = track.more.get("album") or name_of(release)[:LONGEST] or None
                if name_of(title) and len(title) <= LONGEST:
                    track.title = name_of(title)
                if len(ids) == 1 and 0 < len(credit) <= LONGEST and folded(credit) not in MANY:
                    track.artists = (Artist(name_of(credit), (f"mbid:{ids[0]}",)),)
                elif len(ids) > 1 and len(track.artists) != len(ids):
                    self._several[row] = ids

    def _artist(self, part: Part) -> None:
        """Names of artists that share a credit; where one has none, the credit stays whole."""
        wanted = {id for ids in self._several.values() for id in ids}
        names = {id: name_of(name)[:LONGEST] for id, name in self._read(part, "artist") if id in wanted}
        for row, ids in self._several.items():
            if all(names.get(id) for id in ids):
                self._listens.known(row).artists = tuple(Artist(names[id], (f"mbid:{id}",)) for id in ids)

    def _rows_by(self, prefix: str, without: str = "\n") -> dict[str, list[int]]:
        """Id -> rows of the tracks that have it, those with an id of another kind left out."""
        found: dict[str, list[int]] = {}
        for row in range(self._listens.track_count):
            ids = self._listens.known(row).ids
            if not any(id.startswith(without) for id in ids):
                for id in ids:
                    if id.startswith(prefix):
                        found.setdefault(id.removeprefix(prefix), []).append(row)
        return found

    def _read(self, part: Part, kind: str) -> Iterator[list[str]]:
        wanted = COLUMNS[kind]
        lines = Lines(part, self._noted)
        rows = records(lines, iter(lines), self._noted)
        header = next(rows, [])
        missing = [name for name in wanted if name not in header]
        if missing:
            raise SourceError(f"{part.label}: lacks the column(s) {', '.join(missing)}; fetch the file again")
        places = [header.index(name) for name in wanted]
        for row in rows:
            if len(row) == len(header):
                yield [row[place] for place in places]
            else:
                self._noted.add("wrong number of fields", lines.place)
