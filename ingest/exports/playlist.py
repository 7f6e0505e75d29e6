"""A playlist of the graph as a file: JSPF, XSPF, M3U or CSV."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graph.errors import InvalidRequestError, NotFoundError
from graph.store import GraphStore
from ingest.formats import jspf, m3u, table, xspf
from ingest.formats.identifiers import ranked
from ingest.formats.playlist import Artist, Entry, Playlist
from ingest.formats.text import tidy

WRITERS: dict[str, Callable[[Playlist], str]] = {
    "jspf": jspf.write,
    "xspf": xspf.write,
    "m3u": m3u.write,
    "csv": table.write,
}
"""Format -> how a playlist is written in it."""


def playlist_of(store: GraphStore, id: str) -> Playlist:
    """Read a playlist with its tracks, by its id or the id that a source has for it.

    Names are made one line each, as files need them; every track and the playlist also carry their id of this graph.

    Raises:
        NotFoundError: there is none.
        InvalidRequestError: several are known by this id.
        GraphError: Neo4j is absent, or refuses.
    """
    found = store.read("read/playlist_export", id=id)
    if not found:
        raise NotFoundError(f"there is no playlist {id!r}: give its id, such as tidytuesday:playlist:...")
    if found[0]["id"] != id and len(found) > 1:
        raise InvalidRequestError(f"{id!r} means several playlists: use {found[0]['id']!r} or {found[1]['id']!r}")
    header = found[0]
    rows = store.read("read/playlist_export_tracks", timeout_s=60, id=header["id"])
    return Playlist(
        place=header["id"],
        key=header["id"],
        name=tidy(header["name"] or "") or None,
        description=tidy(header["description"] or "") or None,
        created_at=header["createdAt"],
        ids=tuple(dict.fromkeys([*header["sourceIds"], header["id"]])),
        entries=tuple(_entry(row) for row in rows),
    )


def _entry(row: dict[str, Any]) -> Entry:
    code = row["isrc"]
    return Entry(
        place=row["id"],
        title=tidy(row["name"] or "") or row["id"],
        artists=tuple(Artist(tidy(name), tuple(ids)) for _, name, ids in row["artists"] if tidy(name or "")),
        album=tidy(row["album"] or "") or None,
        duration_ms=row["durationMs"],
        isrc=code,
        ids=ranked([*row["sourceIds"], *([f"isrc:{code}"] if code else []), row["id"]]),
        added_at=row["addedAt"],
    )
