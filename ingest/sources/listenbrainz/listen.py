"""One listen: who, when, and what is said of the recording, in all the spellings that clients use."""

from __future__ import annotations

from typing import Any

from ingest.formats.identifiers import isrc, mbid, source_id
from ingest.formats.text import LONGEST, milliseconds, name_of
from ingest.histories.listens import NO_ARTIST, NO_TITLE, Track, track_of
from ingest.histories.times import seconds

Credits = list[tuple[Any, tuple[str, ...]]]


def at(listen: dict[str, Any]) -> int | None:
    """When it began: ``listened_at`` in exports, ``timestamp`` in dumps."""
    return seconds(listen.get("listened_at", listen.get("timestamp")))


def metadata(listen: Any) -> dict[str, Any] | None:
    """What it says of the recording; None where it is no listen."""
    found = listen.get("track_metadata") if isinstance(listen, dict) else None
    return found if isinstance(found, dict) else None


def msid(listen: dict[str, Any], data: dict[str, Any]) -> str | None:
    """ListenBrainz's own id for this spelling of artist, title and release."""
    return mbid(listen.get("recording_msid")) or mbid(data.get("recording_msid")) or mbid(_more(data, "recording_msid"))


def recording(data: dict[str, Any]) -> str | None:
    """The recording's MBID: as submitted, else as ListenBrainz mapped it."""
    mapped = _dict(data.get("mbid_mapping"))
    return mbid(_more(data, "recording_mbid")) or mbid(mapped.get("recording_mbid"))


def listened_ms(data: dict[str, Any]) -> int | None:
    """How long it sounded, where the client says so."""
    more = _dict(data.get("additional_info"))
    if "duration_played" not in more and "duration_played_ms" not in more:
        return None
    return milliseconds(more.get("duration_played_ms")) or _thousandfold(more.get("duration_played"))


def why_none(data: dict[str, Any]) -> str | None:
    """Why this names no recording: ListenBrainz itself refuses a listen without artist or title."""
    if not name_of(data.get("artist_name")):
        return NO_ARTIST
    return None if name_of(data.get("track_name")) else NO_TITLE


def track(listen: dict[str, Any], data: dict[str, Any]) -> Track | str:
    """The recording; or why it is none."""
    own, known = msid(listen, data), recording(data)
    code = isrc(_more(data, "isrc"))
    spotify = source_id(_more(data, "spotify_id"))
    duration = milliseconds(_more(data, "duration_ms")) or _thousandfold(_more(data, "duration"))
    return track_of(
        data.get("track_name"),
        _credits(data),
        ids=(
            f"mbid:{known}" if known else None,
            f"isrc:{code}" if code else None,
            spotify if spotify and spotify.startswith("spotify:track:") else None,
            f"msid:{own}" if own else None,
        ),
        durationMs=duration,
        isrc=code,
        album=data.get("release_name"),
    )


def _credits(data: dict[str, Any]) -> Credits:
    """The artists apart where names and ids are as many, else the credit as a whole."""
    mapped = _dict(data.get("mbid_mapping")).get("artists")
    if isinstance(mapped, list) and mapped and all(isinstance(one, dict) for one in mapped):
        named = [(one.get("artist_credit_name"), mbid(one.get("artist_mbid"))) for one in mapped]
        if all(name_of(name) for name, _ in named):
            return [(name, (f"mbid:{id}",) if id else ()) for name, id in named]
    names, ids = _list(_more(data, "artist_names")), _list(_more(data, "artist_mbids"))
    spotify = [source_id(one) for one in _list(_more(data, "spotify_artist_ids"))]
    whole = data.get("artist_name")
    if len(names) < 2 or not all(name_of(name) for name in names):
        names = [whole]
    return [
        (name, tuple(filter(None, (_mbid_at(ids, at, len(names)), _spotify_at(spotify, at, len(names))))))
        for at, name in enumerate(names)
    ]


def _mbid_at(ids: list[Any], at: int, count: int) -> str | None:
    id = mbid(ids[at]) if len(ids) == count else None
    return f"mbid:{id}" if id else None


def _spotify_at(ids: list[str | None], at: int, count: int) -> str | None:
    id = ids[at] if len(ids) == count else None
    return id if id and id.startswith("spotify:artist:") else None


def _more(data: dict[str, Any], name: str) -> Any:
    return _dict(data.get("additional_info")).get(name)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) and len(value) <= LONGEST else []


def _thousandfold(seconds: Any) -> int | None:
    """Seconds, as number or text, in milliseconds."""
    found = milliseconds(seconds)
    return milliseconds(found * 1000) if found else None
