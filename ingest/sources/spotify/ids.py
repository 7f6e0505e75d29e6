"""Spotify's own ids, as URI or address."""

from __future__ import annotations

import re
from typing import Any

_URI = re.compile(r"spotify:(track|artist|album|playlist|local):(.+)", re.DOTALL)
_ID = re.compile(r"[0-9A-Za-z]{22}")


def track_id(value: Any) -> str | None:
    """``spotify:track:ID`` from itself, None for anything else."""
    return _of(value, "track")


def artist_id(value: Any) -> str | None:
    """``spotify:artist:ID`` from itself, None for anything else."""
    return _of(value, "artist")


def _of(value: Any, kind: str) -> str | None:
    found = _URI.fullmatch(value) if isinstance(value, str) and len(value) < 64 else None
    return value if found and found[1] == kind and _ID.fullmatch(found[2]) else None
