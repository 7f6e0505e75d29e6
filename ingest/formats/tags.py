"""What the tags of an audio file say, whichever of the kinds of tags it has (ID3, Vorbis comments, MP4, APE, ASF)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.errors import AudioError
from ingest.formats import identifiers
from ingest.formats.text import LONGEST, LONGEST_MS, name_of

ENDINGS = frozenset(
    ".mp3 .flac .ogg .oga .opus .m4a .mp4 .aac .wav .aif .aiff .wma .ape .wv .mpc .tta".split()  # noqa: SIM905
)
_FIELDS: dict[str, tuple[str, ...]] = {
    "title": ("TIT2", "title", "\xa9nam"),
    "artist": ("TXXX:ARTISTS", "artists", "----:com.apple.iTunes:ARTISTS", "TPE1", "artist", "author", "\xa9ART"),
    "album": ("TALB", "album", "wm/albumtitle", "\xa9alb"),
    "genre": ("TCON", "genre", "wm/genre", "\xa9gen"),
    "isrc": ("TSRC", "isrc", "wm/isrc", "----:com.apple.iTunes:ISRC"),
    "recording": (
        "UFID:http://musicbrainz.org",
        "musicbrainz_trackid",
        "musicbrainz/track id",
        "----:com.apple.iTunes:MusicBrainz Track Id",
    ),
    "artist_mbid": (
        "TXXX:MusicBrainz Artist Id",
        "musicbrainz_artistid",
        "musicbrainz/artist id",
        "----:com.apple.iTunes:MusicBrainz Artist Id",
    ),
}
"""What we want -> where it stands, the best place first."""
MOST = 100
"""Values of one field."""


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of a file; names are tidy, lists in the file's order.

    Attributes:
        artist_mbids: as many as ``artists``, or none.
    """

    title: str | None
    artists: tuple[str, ...]
    album: str | None
    genres: tuple[str, ...]
    isrc: str | None
    recording_mbid: str | None
    artist_mbids: tuple[str, ...]
    duration_ms: int | None


def read_tags(path: Path) -> Tags:
    """Read the tags and the length of an audio file.

    Raises:
        AudioError: the file is no audio file, or damaged, or mutagen is not installed.
    """
    try:
        from mutagen import File  # here, not above: only this needs the audio extra
    except ImportError:
        raise AudioError("tags cannot be read without mutagen: install phonograph[audio]") from None
    try:
        audio = File(path)
        if audio is None:
            raise AudioError("no audio file that is known")
        found = {name: _values(audio.tags, places) for name, places in _FIELDS.items()}
        length = getattr(audio.info, "length", None)
    except AudioError:
        raise
    except Exception as error:  # a damaged file raises whatever its parser stumbles over
        raise AudioError(f"cannot be read ({type(error).__name__}: {' '.join(str(error).split())[:80]})") from None
    artist_mbids = [id for id in map(identifiers.mbid, found["artist_mbid"]) if id]
    return Tags(
        next(iter(found["title"]), None),
        tuple(found["artist"]),
        next(iter(found["album"]), None),
        tuple(found["genre"]),
        next((code for code in map(identifiers.isrc, found["isrc"]) if code), None),
        next((id for id in map(identifiers.mbid, found["recording"]) if id), None),
        tuple(artist_mbids) if len(artist_mbids) == len(found["artist"]) else (),
        _milliseconds(length),
    )


def _values(tags: Any, places: tuple[str, ...]) -> list[str]:
    """The values of the first place that has any."""
    for place in places:
        try:
            value = tags[place] if tags is not None else None
        except (KeyError, ValueError):  # ASF and Vorbis refuse keys that they could not hold
            continue
        named = list(dict.fromkeys(name for name in map(name_of, _listed(value)) if 0 < len(name) <= LONGEST))
        if named:
            return named[:MOST]
    return []


def _listed(value: Any) -> list[str]:
    """One tag as texts: frames of ID3 have ``genres`` or ``text``, MP4 has bytes, ASF objects with a value."""
    inner = next((getattr(value, name) for name in ("genres", "text", "data") if hasattr(value, name)), value)
    listed = inner if isinstance(inner, list | tuple) else [inner]
    texts = [
        one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in listed if one is not None
    ]
    return [part for text in texts for part in text.split("\0")]


def _milliseconds(length: Any) -> int | None:
    if not isinstance(length, int | float) or not math.isfinite(length):
        return None
    return round(length * 1000) if 0 < length * 1000 <= LONGEST_MS else None
