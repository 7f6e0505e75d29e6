"""How recordings, artists and playlists are named across services: our ``sourceIds`` and the URIs of playlist files.

mbid:UUID             https://musicbrainz.org/recording/UUID
isrc:CODE             urn:isrc:CODE
spotify:track:ID      the same, or https://open.spotify.com/track/ID
anything else         urn:phonograph:ID, percent-encoded
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

Entity = Literal["recording", "artist", "playlist"]

LONGEST = 300
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MUSICBRAINZ = re.compile(r"https?://(?:www\.|beta\.)?musicbrainz\.org/(?:recording|artist)/([0-9a-fA-F-]{36})/?")
_LISTENBRAINZ = re.compile(r"https?://(?:www\.)?listenbrainz\.org/playlist/([0-9a-fA-F-]{36})/?")
_SPOTIFY = re.compile(r"https?://open\.spotify\.com/(?:intl-[a-z]+/)?(track|artist|playlist|album)/([0-9A-Za-z]{22})")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,30}:")
_OWN = "urn:phonograph:"
_RANK = ("mbid:", "isrc:", "spotify:")


def isrc(text: object) -> str | None:
    """A recording code without hyphens (``USRC17607839``), None where it is none."""
    code = text.strip().replace("-", "").upper() if isinstance(text, str) and len(text) < 32 else ""
    return code if _ISRC.fullmatch(code) else None


def mbid(text: object) -> str | None:
    """A MusicBrainz id in lower case, None where it is none."""
    id = text.strip().lower() if isinstance(text, str) and len(text) < 64 else ""
    return id if UUID.fullmatch(id) else None


def source_id(uri: object) -> str | None:
    """What we call the thing that ``uri`` names; None where it names nothing that lasts.

    Local files are nobody else's business, and of an address on the web the query may hold secrets: both are left out.
    """
    if not isinstance(uri, str) or len(uri) > 3 * LONGEST:
        return None
    uri = uri.strip()
    if found := _MUSICBRAINZ.match(uri):
        known = mbid(found[1])
        return f"mbid:{known}" if known else None
    if found := _LISTENBRAINZ.match(uri):
        known = mbid(found[1])
        return f"listenbrainz:playlist:{known}" if known else None
    if found := _SPOTIFY.match(uri):
        return f"spotify:{found[1]}:{found[2]}"
    lower = uri.lower()
    if lower.startswith(("urn:isrc:", "isrc:")):
        code = isrc(uri.rpartition(":")[2])
        return f"isrc:{code}" if code else None
    if lower.startswith("mbid:"):
        known = mbid(uri[5:])
        return f"mbid:{known}" if known else None
    if lower.startswith(_OWN):
        return _short(unquote(uri[len(_OWN) :]))
    return _other(uri, lower)


def _other(uri: str, lower: str) -> str | None:
    """An address or name of a kind that we do not know."""
    if lower.startswith(("file:", "data:", "javascript:")) or not _SCHEME.match(uri):
        return None
    if not lower.startswith(("http:", "https:")):
        return _short(uri)
    try:
        parts = urlsplit(uri)
        place = parts.hostname or ""
    except ValueError:
        return None
    return _short(f"{parts.scheme}://{place}{parts.path}") if place and parts.path.strip("/") else None


def _short(id: str) -> str | None:
    return id if id and len(id) <= LONGEST and id.isprintable() else None


def uri(id: str, entity: Entity) -> str:
    """The address under which a playlist file names one of our ``sourceIds``; ``source_id`` gives it back."""
    if id.startswith("mbid:") and UUID.fullmatch(id[5:]):
        return f"https://musicbrainz.org/{entity}/{id[5:]}"
    if id.startswith("isrc:") and _ISRC.fullmatch(id[5:]):
        return f"urn:{id}"
    if re.fullmatch(r"spotify:(?:track|artist|playlist|album):[0-9A-Za-z]{22}", id):
        return id
    return _OWN + quote(id, safe=":")


def ranked(ids: Iterable[str]) -> tuple[str, ...]:
    """Each id once, those first that name a recording for everybody; the others in their order."""
    distinct = list(dict.fromkeys(ids))
    return tuple(sorted(distinct, key=lambda id: next((at for at, of in enumerate(_RANK) if id.startswith(of)), 9)))
