"""When something that Spotify says was played is a play, when a skip, and when neither; and what names it."""

from __future__ import annotations

from typing import Any

from ingest.formats.text import LONGEST_MS
from ingest.histories.listens import PLAY, SKIP

EARLY_MS = 30_000
"""From here on Spotify itself counts a play."""
LONG_MS = 60_000
"""Nobody hears two plays of this length end within one minute."""


def listened(value: Any) -> int | None:
    """A listening time in milliseconds, None where it cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST_MS:
        return None
    return value


def kind(listened_ms: int) -> int:
    """A play under 30 s is a skip: this is all that the account data tell."""
    return SKIP if listened_ms < EARLY_MS else PLAY


def natural(minute: int, artist: str, title: str, listened_ms: int, occurrence: int = 0) -> str:
    """What names a play in both histories, so that one that stands in both counts once.

    Args:
        minute: unix seconds of the minute in which it ended.
        artist: as it is written.
        title: as it is written.
        listened_ms: how long it sounded.
        occurrence: how many short plays that agree in all of this were before it; only the extended history knows
            seconds and can tell them apart.
    """
    return f"{minute}\n{artist}\n{title}\n{listened_ms}" + (f"\n{occurrence}" if occurrence else "")
