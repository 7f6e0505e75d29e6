"""JSPF, playlists in JSON, read and written; with ListenBrainz' extension, which names MusicBrainz ids.

Source: https://www.xspf.org/jspf and https://musicbrainz.org/doc/jspf
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graph.errors import SourceError
from ingest.formats import identifiers
from ingest.formats.files import json_of
from ingest.formats.playlist import Artist, Checks, Entry, Playlist
from ingest.formats.shelf import digest
from ingest.formats.text import iso_time, name_of, unix_seconds

ENDINGS = (".jspf", ".jspf.json", ".json")
TRACK = "https://musicbrainz.org/doc/jspf#track"
PLAYLIST = "https://musicbrainz.org/doc/jspf#playlist"


def read(path: Path) -> Iterator[Playlist]:
    """The playlists of a file: one, a list, or ListenBrainz' page of several.

    Raises:
        SourceError: the file cannot be read, or holds no playlist.
    """
    repeated: list[str] = []
    found = list(_playlists(json_of(path, repeated)))
    if not found:
        raise SourceError(f'{path}: no JSPF: the file must hold {{"playlist": {{"track": [...]}}}}')
    for at, playlist in enumerate(found):
        place = path.name if len(found) == 1 else f"{path.name}[{at}]"
        yield _playlist(playlist, place, repeated if at == 0 else [])


def _playlists(document: Any) -> Iterator[dict[str, Any]]:
    """Whatever has a list of tracks, in the wrappings that occur."""
    if isinstance(document, dict):
        document = document.get("playlists", [document])
    for one in document if isinstance(document, list) else ():
        inner = one.get("playlist", one) if isinstance(one, dict) else None
        if isinstance(inner, dict) and isinstance(inner.get("track"), list):
            yield inner


def _playlist(found: dict[str, Any], place: str, repeated: list[str]) -> Playlist:
    checks = Checks()
    for key in repeated:
        checks.noted.add("key given twice: the last one counts", key)
    entries = [_entry(checks, track, f"{place}:{at}") for at, track in enumerate(found["track"], start=1)]
    ids = tuple(id for id in map(identifiers.source_id, _listed(found.get("identifier"))) if id)
    name = checks.name(place, found.get("title"))
    created = found.get("date")
    created_at = unix_seconds(created)
    if created is not None and created_at is None:
        checks.noted.add("date is none: left out", place)
    return Playlist(
        place,
        digest(ids[0] if ids else place, "" if ids else name or ""),
        name,
        checks.description(place, found.get("annotation")),
        created_at,
        ids,
        tuple(entry for entry in entries if entry),
        checks.rejected,
        checks.noted,
    )


def _entry(checks: Checks, track: Any, place: str) -> Entry | None:
    if not isinstance(track, dict):
        checks.rejected.add("no object", place)
        return None
    extension = _object(_object(track.get("extension")).get(TRACK))
    uris = [*_listed(track.get("identifier")), *(uri for uri in _listed(track.get("location")) if _lasts(uri))]
    return checks.entry(
        place,
        track.get("title"),
        _artists(track, extension),
        album=track.get("album"),
        duration_ms=track.get("duration"),
        ids=[identifiers.source_id(uri) for uri in uris],
        added_at=unix_seconds(extension.get("added_at")),
    )


def _artists(track: dict[str, Any], extension: dict[str, Any]) -> list[Artist]:
    """Each artist by itself where the extension lists them, else the credit as one."""
    listed = _object(extension.get("additional_metadata")).get("artists")
    artists = []
    for one in listed if isinstance(listed, list) else ():
        known = identifiers.mbid(_object(one).get("artist_mbid"))
        name = name_of(_object(one).get("artist_credit_name"))
        artists.append(Artist(name, (f"mbid:{known}",) if known else ()))
    if artists and all(artist.name for artist in artists):
        return artists
    ids = [identifiers.source_id(uri) for uri in _listed(extension.get("artist_identifiers"))]
    return [Artist(name_of(track.get("creator")), tuple(id for id in ids if id) if len(ids) == 1 else ())]


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Any]:
    """JSPF knows a single identifier and a list of them."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _lasts(uri: Any) -> bool:
    """Whether a location says more than where a file lies on somebody's disk."""
    return identifiers.source_id(uri) is not None


def write(playlist: Playlist) -> str:
    """The playlist as a JSPF document."""
    header = {
        "title": playlist.name,
        "annotation": playlist.description,
        "date": iso_time(playlist.created_at) if playlist.created_at else None,
        "identifier": [identifiers.uri(id, "playlist") for id in playlist.ids] or None,
        "track": [_track(entry) for entry in playlist.entries],
    }
    return json.dumps({"playlist": _present(header)}, ensure_ascii=False, indent=2) + "\n"


def _track(entry: Entry) -> dict[str, Any]:
    artists = [
        _present(
            {
                "artist_credit_name": artist.name,
                "artist_mbid": next((id[5:] for id in artist.ids if id.startswith("mbid:")), None),
            }
        )
        for artist in entry.artists
    ]
    extension = {
        "added_at": iso_time(entry.added_at) if entry.added_at else None,
        "artist_identifiers": [identifiers.uri(f"mbid:{artist['artist_mbid']}", "artist") for artist in artists]
        if artists and all("artist_mbid" in artist for artist in artists)
        else None,
        "additional_metadata": {"artists": artists} if artists else None,
    }
    return _present(
        {
            "title": entry.title,
            "creator": entry.credit or None,
            "album": entry.album,
            "duration": entry.duration_ms,
            "identifier": [identifiers.uri(id, "recording") for id in entry.ids] or None,
            "extension": {TRACK: _present(extension)} if _present(extension) else None,
        }
    )


def _present(pairs: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in pairs.items() if value is not None}
