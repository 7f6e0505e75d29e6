"""A playlist as CSV, for spreadsheets: one row a track, in order."""

from __future__ import annotations

import csv
import io

from ingest.formats.playlist import Playlist
from ingest.formats.text import iso_time

COLUMNS = ("position", "title", "artist", "album", "duration_ms", "isrc", "added_at", "ids")
ARTISTS_BETWEEN = "; "


def write(playlist: Playlist) -> str:
    """The playlist with a header line; several artists or ids are joined by "; "."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for position, entry in enumerate(playlist.entries, start=1):
        rows.writerow(
            [
                position,
                entry.title,
                ARTISTS_BETWEEN.join(artist.name for artist in entry.artists),
                entry.album or "",
                "" if entry.duration_ms is None else entry.duration_ms,
                entry.isrc or "",
                iso_time(entry.added_at) if entry.added_at else "",
                ARTISTS_BETWEEN.join(entry.ids),
            ]
        )
    return text.getvalue()
