"""Slices of the Million Playlist Dataset (``mpd.slice.0-999.json``): playlists, tracks and artists by Spotify's ids.

A slice is read playlist by playlist, so that its size does not matter; each distinct track is held once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import ijson

from graph.errors import SourceError
from ingest.formats.files import found
from ingest.formats.playlist import Artist, Checks, Entry, Playlist
from ingest.formats.shelf import Shelf
from ingest.formats.text import name_of
from ingest.source import Batch

NAME = "mpd"
_URI = re.compile(r"spotify:(?:track|artist):[0-9A-Za-z]{22}")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Mpd:
    """The slice at ``path``, or all slices below it."""

    path: Path

    @property
    def name(self) -> str:
        """The first word of all ids."""
        return NAME

    def extract(self) -> list[Path]:
        """Find the slices.

        Raises:
            SourceError: there is none.
        """
        return found(self.path, (".json",), "the Million Playlist Dataset (mpd.slice.N-M.json)")

    def transform(self, raw: list[Path]) -> Iterator[Batch]:
        """The records; ids are ``mpd:playlist:PID`` and ``mpd:track:spotify-ID``.

        Raises:
            SourceError: a slice cannot be read, is damaged, or holds no playlists.
        """
        shelf = Shelf(NAME)
        for path in raw:
            for at, value in enumerate(_objects(path)):
                place = f"{path.name}: playlists[{at}]"
                playlist = _playlist(value, place)
                if playlist is None:
                    shelf.reject("no playlist with a pid", place)
                else:
                    shelf.take(playlist)
        yield from shelf.batches()


def _objects(path: Path) -> Iterator[Any]:
    """The members of ``playlists``, one after the other."""
    count = 0
    try:
        with path.open("rb") as file:
            _skip_mark(file)
            for value in ijson.items(file, "playlists.item", use_float=True):
                count += 1
                yield value
    except ijson.JSONError as error:
        reason = " ".join(str(error).split())[:80]
        raise SourceError(
            f"{path}: damaged or cut off after {count} playlists ({reason}); fetch the file again"
        ) from None
    except (UnicodeDecodeError, ValueError):
        raise SourceError(f"{path}: no JSON in UTF-8 after {count} playlists; fetch the file again") from None
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror or error}); check the path and its rights"
        ) from None
    if not count:
        raise SourceError(f'{path}: no slice of the Million Playlist Dataset: it needs "playlists" with members')


def _skip_mark(file: IO[bytes]) -> None:
    if file.read(len(_BOM)) != _BOM:
        file.seek(0)


def _playlist(value: Any, place: str) -> Playlist | None:
    """One playlist with its checked tracks; None where it has no id."""
    if not isinstance(value, dict):
        return None
    pid = value.get("pid")
    if isinstance(pid, bool) or not isinstance(pid, int) or not 0 <= pid < 10**15:
        return None
    checks, tracks = Checks(), value.get("tracks")
    if not isinstance(tracks, list):
        checks.noted.add("tracks are no list: an empty playlist", place)
        tracks = []
    entries = [_entry(checks, track, f"{place}.tracks[{at}]") for at, track in _in_order(tracks)]
    promised = value.get("num_tracks")
    if isinstance(promised, int) and promised != len(tracks):
        checks.noted.add("num_tracks is not the number of its tracks", place)
    return Playlist(
        place,
        str(pid),
        checks.name(place, value.get("name")),
        checks.description(place, value.get("description")),
        ids=(f"mpd:{pid}",),
        entries=tuple(entry for entry in entries if entry),
        rejected=checks.rejected,
        noted=checks.noted,
    )


def _in_order(tracks: list[Any]) -> list[tuple[int, Any]]:
    """Tracks by ``pos`` where all have one, with the place each has in the file."""
    listed = list(enumerate(tracks))
    places = [track.get("pos") if isinstance(track, dict) else None for track in tracks]
    if all(isinstance(place, int) for place in places):
        listed.sort(key=lambda pair: (places[pair[0]], pair[0]))
    return listed


def _entry(checks: Checks, track: Any, place: str) -> Entry | None:
    if not isinstance(track, dict):
        checks.rejected.add("no object", place)
        return None
    artist = _known(track.get("artist_uri"))
    return checks.entry(
        place,
        track.get("track_name"),
        [Artist(name_of(track.get("artist_name")), (artist,) if artist else ())],
        album=track.get("album_name"),
        duration_ms=track.get("duration_ms"),
        ids=[_known(track.get("track_uri"))],
    )


def _known(uri: Any) -> str | None:
    """A Spotify URI, None for anything else (local files have ``spotify:local:...``)."""
    return uri if isinstance(uri, str) and _URI.fullmatch(uri) else None
