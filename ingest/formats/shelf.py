"""Playlists as records of the graph: each track and artist once, whichever playlist names it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.errors import SourceError
from ingest.formats.files import Tally
from ingest.formats.playlist import Artist, Entry, Playlist
from ingest.names import folded
from ingest.source import Batch

REPEATED = "in the playlist already: kept at its first place"


def digest(*parts: str) -> str:
    """A short name for what has no id of its own: 20 hex digits over the folded parts."""
    return hashlib.sha256("\n".join(folded(part) or part for part in parts).encode()).hexdigest()[:20]


def track_key(entry: Entry) -> str:
    """What names a track within its source: its best identifier, else a digest of artists and title."""
    for prefix, word in (("mbid:", "mbid-"), ("isrc:", "isrc-"), ("spotify:track:", "spotify-")):
        for id in entry.ids:
            if id.startswith(prefix):
                return word + id.removeprefix(prefix)
    return digest(entry.credit, entry.title)


def artist_key(artist: Artist) -> str:
    """What names an artist within their source."""
    for prefix, word in (("mbid:", "mbid-"), ("spotify:artist:", "spotify-")):
        for id in artist.ids:
            if id.startswith(prefix):
                return word + id.removeprefix(prefix)
    return digest(artist.name)


class Shelf:
    """Takes playlists one by one and gives their records at the end; holds every distinct track once."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tracks: dict[str, dict[str, Any]] = {}
        self._artists: dict[str, dict[str, Any]] = {}
        self._credits: dict[tuple[str, str], int] = {}
        self._playlists: dict[str, dict[str, Any]] = {}
        self._contains: dict[str, list[Any]] = {"source": [], "target": [], "position": [], "addedAt": []}
        self._bad_playlists, self._bad_entries, self._bad_links = Tally(), Tally(), Tally()
        self._odd_playlists, self._odd_entries = Tally(), Tally()
        self._taken = {"track": 0, "artist": 0, "performed_by": 0}

    def take(self, playlist: Playlist) -> None:
        """Add a playlist; one that was taken already is rejected with its entries."""
        id = f"{self._source}:playlist:{playlist.key}"
        _merge(self._odd_entries, playlist.noted)
        for tally in (self._bad_entries, self._bad_links):
            _merge(tally, playlist.rejected)
        if id in self._playlists:
            self._bad_playlists.add("repeated playlist", playlist.place)
            if playlist.entries:
                for tally in (self._bad_entries, self._bad_links):
                    tally.add("entry of a repeated playlist", playlist.place, len(playlist.entries))
            return
        if playlist.name is None:
            self._odd_playlists.add("no name: called by its file", playlist.place)
        self._playlists[id] = {
            "id": id,
            "name": playlist.name or playlist.place[:200],
            "sourceIds": list(playlist.ids) or None,
            "kind": "USER",
            "description": playlist.description,
            "createdAt": playlist.created_at,
        }
        self._fill(id, playlist.entries)

    def reject(self, reason: str, place: str) -> None:
        """Count something that should be a playlist and is none."""
        self._bad_playlists.add(reason, place)

    def _fill(self, playlist: str, entries: Iterable[Entry]) -> None:
        seen: set[str] = set()
        for position, entry in enumerate(entries):
            track = self._track(entry)
            if track in seen:
                self._bad_links.add(REPEATED, entry.place)
                continue
            seen.add(track)
            for name, value in zip(self._contains, (playlist, track, position, entry.added_at), strict=True):
                self._contains[name].append(value)

    def _track(self, entry: Entry) -> str:
        """The id of the track of an entry; what another entry left open is filled in."""
        id = f"{self._source}:track:{track_key(entry)}"
        self._taken["track"] += 1
        known = self._tracks.get(id)
        if known is None:
            self._tracks[id] = {
                "id": id,
                "name": entry.title,
                "sourceIds": list(entry.ids) or None,
                "durationMs": entry.duration_ms,
                "isrc": entry.isrc,
                "album": entry.album,
            }
        else:
            fresh = [one for one in entry.ids if one not in (known["sourceIds"] or ())]
            known["sourceIds"] = (known["sourceIds"] or []) + fresh or None
            for name, value in (("durationMs", entry.duration_ms), ("isrc", entry.isrc), ("album", entry.album)):
                known[name] = value if known[name] is None else known[name]
        for position, artist in enumerate(entry.artists):
            self._taken["performed_by"] += 1
            self._credits.setdefault((id, self._artist(artist)), position)
        return id

    def _artist(self, artist: Artist) -> str:
        id = f"{self._source}:artist:{artist_key(artist)}"
        self._taken["artist"] += 1
        self._artists.setdefault(id, {"id": id, "name": artist.name, "sourceIds": list(artist.ids) or None})
        return id

    def batches(self) -> Iterator[Batch]:
        """The records of everything taken, nodes first."""
        bad, links = self._bad_entries.remarks(), self._bad_links.remarks()
        yield _batch("artist", self._artists, merged=self._taken["artist"] - len(self._artists))
        merged = self._taken["track"] - len(self._tracks)
        yield _batch("track", self._tracks, bad, self._odd_entries, merged)
        yield _batch("playlist", self._playlists, self._bad_playlists.remarks(), self._odd_playlists)
        columns: dict[str, list[Any]] = {
            "source": [track for track, _ in self._credits],
            "target": [artist for _, artist in self._credits],
            "position": list(self._credits.values()),
        }
        yield Batch("performed_by", columns, merged=self._taken["performed_by"] - len(self._credits))
        yield Batch("contains", self._contains, links)


@dataclass(frozen=True, slots=True)
class Files:
    """What the files of a source hold: playlists, and the files that could not be read with the reason."""

    playlists: tuple[Playlist, ...]
    broken: tuple[str, ...] = ()


def read_files(paths: list[Path], read: Callable[[Path], Iterator[Playlist]]) -> Files:
    """Read playlists; among several files a broken one is set aside.

    Raises:
        SourceError: no file can be read.
    """
    playlists: list[Playlist] = []
    broken: list[str] = []
    for path in paths:
        try:
            playlists += read(path)
        except SourceError as error:
            if len(broken) + 1 == len(paths):
                raise
            broken.append(str(error))
    return Files(tuple(playlists), tuple(broken))


def shelved(source: str, files: Files) -> Iterator[Batch]:
    """The records of all playlists, nodes first."""
    shelf = Shelf(source)
    for playlist in files.playlists:
        shelf.take(playlist)
    for error in files.broken:
        shelf.reject("file that cannot be read", error)
    return shelf.batches()


def _batch(
    kind: str, nodes: dict[str, dict[str, Any]], rejected: Any = (), noted: Tally | None = None, merged: int = 0
) -> Batch:
    """Rows as columns; a kind without any row keeps its id and name."""
    names = list(next(iter(nodes.values()), {"id": "", "name": ""}))
    columns = {name: [node[name] for node in nodes.values()] for name in names}
    return Batch(kind, columns, rejected, noted.remarks() if noted else (), merged)


def _merge(into: Tally, other: Tally) -> None:
    for remark in other.remarks():
        for place in remark.examples:
            into.add(remark.reason, place)
        if remark.count > len(remark.examples):
            into.add(remark.reason, remark.examples[0], remark.count - len(remark.examples))
