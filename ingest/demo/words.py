"""The words and patterns that names of the demo world are built from (``words.toml``), and where people live."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Final

Lists = dict[str, tuple[str, ...]]

_TABLES: Final[dict[str, Lists]] = {
    table: {name: tuple(values) for name, values in lists.items()}
    for table, lists in tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8")).items()
}

POOLS: Final = _TABLES["pools"]
ARTIST_PATTERNS: Final = _TABLES["artists"]
TITLE_PATTERNS: Final = _TABLES["titles"]
ALBUM_PATTERNS: Final = _TABLES["others"]["albums"]
PLAYLIST_PATTERNS: Final = _TABLES["others"]["playlists"]
EDITORIAL_PATTERNS: Final = _TABLES["others"]["editorial"]
LIVE_ROOMS: Final = _TABLES["others"]["live_rooms"]

HOMES: Final[tuple[tuple[str, str, int], ...]] = (
    # country, time zone, the offset from UTC in hours that the daily rhythm is simulated with
    ("SE", "Europe/Stockholm", 1),
    ("DE", "Europe/Berlin", 1),
    ("GB", "Europe/London", 0),
    ("FR", "Europe/Paris", 1),
    ("PT", "Europe/Lisbon", 0),
    ("TR", "Europe/Istanbul", 3),
    ("US", "America/New_York", -5),
    ("US", "America/Los_Angeles", -8),
    ("BR", "America/Sao_Paulo", -3),
    ("JP", "Asia/Tokyo", 9),
    ("IN", "Asia/Kolkata", 5),
    ("NG", "Africa/Lagos", 1),
)
