"""The history of the account data (``StreamingHistory_music_0.json``): the last year, without ids, in minutes."""

from __future__ import annotations

from typing import Any

from ingest.histories.listens import NO_TIME, Listens
from ingest.histories.times import minute
from ingest.sources.spotify.plays import kind, listened, natural

OTHERS = ("podcastName", "audiobookName", "episodeName")


def is_row(row: Any) -> bool:
    """Whether this is a row of the account data."""
    return isinstance(row, dict) and "endTime" in row


def take(row: dict[str, Any], listens: Listens, user: int) -> str | None:
    """Take a row; ``endTime`` is the end of the play, so that it began ``msPlayed`` earlier. Why not, where not."""
    if any(name in row for name in OTHERS):
        return "podcast or audiobook: left out"
    artist, title = row.get("artistName"), row.get("trackName")
    end = minute(row["endTime"])
    if end is None:
        return NO_TIME
    ms = listened(row.get("msPlayed"))
    if ms is None:
        return "msPlayed is no time"
    track = listens.by_name(artist, title)
    if isinstance(track, str):
        return track
    return listens.play(user, track, kind(ms), end - ms // 1000, natural(end, str(artist), str(title), ms), ms)
