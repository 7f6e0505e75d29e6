"""A page of the Web API's recently played tracks: full tracks with ISRC and duration, without listening times."""

from __future__ import annotations

from typing import Any

from ingest.formats.identifiers import isrc
from ingest.histories.listens import NO_TIME, PLAY, Listens, Track, track_of
from ingest.histories.times import instant
from ingest.sources.spotify.ids import artist_id, track_id


def is_page(value: Any) -> bool:
    """Whether this is a page of recently played tracks."""
    return isinstance(value, dict) and isinstance(value.get("items"), list)


def take(item: Any, listens: Listens, user: int) -> str | None:
    """Take an item; ``played_at`` is taken as it stands. Why not, where not."""
    track = item.get("track") if isinstance(item, dict) else None
    if not isinstance(track, dict):
        return "no track"
    if track.get("type", "track") != "track":
        return "podcast or audiobook: left out"
    at = instant(item.get("played_at"))
    if at is None:
        return NO_TIME
    id = track_id(track.get("uri"))
    row = listens.rows.get(id) if id else None
    if row is None:
        row = listens.track(id, _track(track, id), id.removeprefix("spotify:track:") if id else None)
    if isinstance(row, str):
        return row
    return listens.play(user, row, PLAY, at, f"{item['played_at']}\n{listens.id_of(row)}")


def _track(track: dict[str, Any], id: str | None) -> Track | str:
    artists = track.get("artists")
    ids, album = track.get("external_ids"), track.get("album")
    code = isrc(ids.get("isrc")) if isinstance(ids, dict) else None
    album = album if isinstance(album, dict) else {}
    explicit, popularity, date = track.get("explicit"), track.get("popularity"), album.get("release_date")
    return track_of(
        track.get("name"),
        [
            (artist.get("name"), tuple(filter(None, (artist_id(artist.get("uri")),))))
            for artist in (artists if isinstance(artists, list) else ())
            if isinstance(artist, dict)
        ],
        ids=(id, f"isrc:{code}" if code else None),
        durationMs=track.get("duration_ms"),
        album=album.get("name"),
        isrc=code,
        explicit=explicit if isinstance(explicit, bool) else None,
        popularity=popularity if type(popularity) is int and 0 <= popularity <= 100 else None,
        releaseDate=date if isinstance(date, str) and 4 <= len(date) <= 10 else None,
    )
