"""The extended history (``Streaming_History_Audio_*.json``, ``endsong_*.json``): a whole life, with ids, in seconds.

Three generations of keys are read alike. Addresses, user names, devices and countries are never looked at.
"""

from __future__ import annotations

from typing import Any

from ingest.formats.text import name_of
from ingest.histories.listens import EARLIEST, NO_TIME, NO_TITLE, PLAY, SKIP, Listens, track_of
from ingest.histories.times import either, instant
from ingest.sources.spotify.ids import track_id
from ingest.sources.spotify.plays import EARLY_MS, LONG_MS, listened, natural

BY_LISTENER = frozenset(
    "fwdbtn backbtn nextbtn clickrow click-row playbtn remote endplay uriopen popup clickside".split()  # noqa: SIM905
)
"""Reasons for the end of a play that are the listener's own act."""
BY_MACHINE = frozenset(
    "logout unexpected-exit unexpected-exit-while-paused trackerror switched-to-video switched-to-audio "  # noqa: SIM905
    "persisted appload".split()
)
"""Reasons that say nothing about the track when they end it early."""
DONE = "trackdone"
OTHERS = ("spotify_episode_uri", "episode_name", "episode_show_name", "audiobook_uri", "audiobook_chapter_uri")
INCOGNITO = "incognito: left out (--include-incognito takes it in)"


def is_row(row: Any) -> bool:
    """Whether this is a row of the extended history."""
    return isinstance(row, dict) and "ts" in row and "ms_played" in row


class Extended:
    """Takes rows of any number of files of one person."""

    def __init__(self, listens: Listens, user: int, include_incognito: bool) -> None:
        self._listens = listens
        self._user = user
        self._include_incognito = include_incognito
        self._ends: dict[str, list[int]] = {}

    def take(self, row: dict[str, Any], file: str, index: int) -> str | None:
        """Take the row at ``index`` of ``file``; why not, where not."""
        if row.get("incognito_mode") is True and not self._include_incognito:
            return INCOGNITO
        uri = row.get("spotify_track_uri")
        if uri is None and any(row.get(name) for name in OTHERS):
            return "podcast or audiobook: left out"
        end = instant(row["ts"])
        if end is None:
            return NO_TIME
        ms = listened(row["ms_played"])
        if ms is None:
            return "ms_played is no time"
        track = self._track(row, uri)
        if isinstance(track, str):
            return track
        kind = self._kind(row, ms, f"{file}[{index}]")
        if isinstance(kind, str):
            return kind
        artist, title = row.get("master_metadata_album_artist_name"), row.get("master_metadata_track_name")
        key = self._natural(end, str(artist), str(title), ms)
        return self._listens.play(self._user, track, kind, self._began(row, end, ms, f"{file}[{index}]"), key, ms)

    def _track(self, row: dict[str, Any], uri: Any) -> int | str:
        """The row of the track; its album's artist is the only one that is named."""
        known = self._listens.rows.get(uri) if isinstance(uri, str) else None
        if known is not None:
            return known
        title, artist = row.get("master_metadata_track_name"), row.get("master_metadata_album_artist_name")
        if not name_of(title):
            return NO_TITLE
        id = track_id(uri)
        album = row.get("master_metadata_album_album_name")
        found = track_of(title, ((artist, ()),), ids=(id,), album=album)
        made = self._listens.track(uri if id else None, found, id.removeprefix("spotify:track:") if id else None)
        if id and not isinstance(made, str):  # files without ids mean this one
            self._listens.rows.setdefault((artist, title), made)
        return made

    def _kind(self, row: dict[str, Any], ms: int, place: str) -> int | str:
        """A play from 30 s on, and before where the track itself is short; a skip where the listener ended it."""
        if ms >= EARLY_MS:
            return PLAY
        reason = row.get("reason_end")
        if reason == DONE and ms > 0 and row.get("skipped") is not True:
            return PLAY
        if reason in BY_MACHINE if isinstance(reason, str) else False:
            return "under 30 s and not ended by the listener: says nothing"
        if reason != DONE and reason not in BY_LISTENER if isinstance(reason, str) else True:
            self._listens.noted.add("reason_end is unknown: judged by the length", place)
        return SKIP

    def _began(self, row: dict[str, Any], end: int, ms: int, place: str) -> int:
        """When it began. Offline, ``ts`` can be the time of the upload; ``offline_timestamp`` is the beginning."""
        if row.get("offline") is True:
            offline = either(row.get("offline_timestamp"))
            if offline is not None and EARLIEST <= offline <= end:
                return offline
            self._listens.noted.add("offline without a sane offline_timestamp: taken by ts", place)
        return end - ms // 1000

    def _natural(self, end: int, artist: str, title: str, ms: int) -> str:
        minute = end - end % 60
        key = natural(minute, artist, title, ms)
        if ms >= LONG_MS:
            return key
        ends = self._ends.setdefault(key, [])
        if end not in ends:
            ends.append(end)
        return natural(minute, artist, title, ms, ends.index(end))
