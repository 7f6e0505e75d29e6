"""XSPF, playlists in XML, read and written; a document that declares entities is refused.

XSPF has one ``creator`` a track: several artists are also written as ``meta`` elements, which others ignore.
Source: https://www.xspf.org/spec
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree  # writes; what is read goes through defusedxml

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from graph.errors import SourceError
from ingest.formats import identifiers
from ingest.formats.files import bytes_of
from ingest.formats.playlist import Artist, Checks, Entry, Playlist
from ingest.formats.shelf import digest
from ingest.formats.text import iso_time, name_of, unix_seconds

ENDINGS = (".xspf", ".xspf.xml")
NAMESPACE = "http://xspf.org/ns/0/"
ARTIST = "urn:phonograph:meta:artist"

Element = ElementTree.Element


def read(path: Path) -> Iterator[Playlist]:
    """The playlist of a file.

    Raises:
        SourceError: the file cannot be read, is no XSPF, or declares entities.
    """
    root = _root(path)
    tracks = _child(root, "trackList")
    if _local(root) != "playlist" or tracks is None:
        raise SourceError(f"{path}: no XSPF: the file must hold <playlist><trackList>, its root is <{_local(root)}>")
    checks, place = Checks(), path.name
    entries = [
        _entry(checks, track, f"{place}:{at}")
        for at, track in enumerate((one for one in tracks if _local(one) == "track"), start=1)
    ]
    for stranger in (one for one in tracks if _local(one) != "track"):
        checks.rejected.add("no <track>", f"{place}: <{_local(stranger)[:40]}>")
    ids = tuple(id for id in map(identifiers.source_id, _texts(root, "identifier")) if id)
    name = checks.name(place, _text(root, "title"))
    created = _text(root, "date")
    created_at = unix_seconds(created)
    if created is not None and created_at is None:
        checks.noted.add("date is none: left out", place)
    yield Playlist(
        place,
        digest(ids[0] if ids else place, "" if ids else name or ""),
        name,
        checks.description(place, _text(root, "annotation")),
        created_at,
        ids,
        tuple(entry for entry in entries if entry),
        checks.rejected,
        checks.noted,
    )


def _root(path: Path) -> Element:
    data = bytes_of(path)
    try:
        root: Element = fromstring(data, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        kind = type(error).__name__
        raise SourceError(f"{path}: refused: it declares XML entities ({kind}), which no playlist needs") from None
    except ElementTree.ParseError as error:
        raise SourceError(f"{path}:{error.position[0]}: no XML ({error}); the file is damaged or cut off") from None
    except (ValueError, LookupError) as error:  # an encoding that nobody knows
        raise SourceError(f"{path}: no XML that can be read ({error}); convert it to UTF-8") from None
    return root


def _entry(checks: Checks, track: Element, place: str) -> Entry | None:
    artists = [name_of(meta.text) for meta in track if _local(meta) == "meta" and meta.get("rel") == ARTIST]
    locations = [uri for uri in _texts(track, "location") if identifiers.source_id(uri)]
    return checks.entry(
        place,
        _text(track, "title"),
        [Artist(name) for name in artists or [name_of(_text(track, "creator"))]],
        album=_text(track, "album"),
        duration_ms=_text(track, "duration"),
        ids=[identifiers.source_id(uri) for uri in (*_texts(track, "identifier"), *locations)],
    )


def _local(element: Element) -> str:
    """The name of an element without its namespace: old files have none."""
    return str(element.tag).rpartition("}")[2]


def _child(element: Element, name: str) -> Element | None:
    return next((one for one in element if _local(one) == name), None)


def _texts(element: Element, name: str) -> list[str]:
    return [one.text or "" for one in element if _local(one) == name]


def _text(element: Element, name: str) -> str | None:
    return next(iter(_texts(element, name)), None)


def write(playlist: Playlist) -> str:
    """The playlist as an XSPF document."""
    root = Element("playlist", {"version": "1", "xmlns": NAMESPACE})
    _add(root, "title", playlist.name)
    _add(root, "annotation", playlist.description)
    for id in playlist.ids:
        _add(root, "identifier", identifiers.uri(id, "playlist"))
    _add(root, "date", iso_time(playlist.created_at) if playlist.created_at else None)
    tracks = ElementTree.SubElement(root, "trackList")
    for entry in playlist.entries:
        _track(tracks, entry)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _track(tracks: Element, entry: Entry) -> None:
    """One track, its elements in the order of the specification."""
    track = ElementTree.SubElement(tracks, "track")
    for id in entry.ids:
        _add(track, "identifier", identifiers.uri(id, "recording"))
    _add(track, "title", entry.title)
    _add(track, "creator", entry.credit)
    _add(track, "album", entry.album)
    _add(track, "duration", None if entry.duration_ms is None else str(entry.duration_ms))
    for artist in entry.artists if len(entry.artists) > 1 else ():
        _add(track, "meta", artist.name).set("rel", ARTIST)


def _add(parent: Element, name: str, text: str | None) -> Element:
    """Add an element, or give an unattached one where there is nothing to say."""
    if not text:
        return Element(name)
    child = ElementTree.SubElement(parent, name)
    child.text = text
    return child
