"""Logs of scrobblers: Rockbox and its kin, Maloja, Pano Scrobbler, Libre.fm; each a file of one person's plays."""

from __future__ import annotations

from typing import Any, ClassVar

from ingest.formats.identifiers import mbid
from ingest.formats.text import LONGEST, milliseconds, name_of
from ingest.histories.files import Lines, Part, json_lines, objects
from ingest.histories.listens import LIKE, NO_TIME, PLAY, SKIP, UNKNOWN_MS, Listens, track_of
from ingest.histories.scrobbles import Scrobbles, read_csv
from ingest.histories.times import either, seconds, shown, zone_of
from ingest.names import slug


class Rockbox(Scrobbles):
    """``.scrobbler.log`` of Rockbox and others: tab-separated, ``#`` lines first, L for heard and S for skipped."""

    __slots__ = ()
    NAME = "rockbox"
    WHAT = "a log of Rockbox (.scrobbler.log)"

    def is_wanted(self, name: str) -> bool:
        """The dot file, and the copies that devices and people make of it."""
        return "scrobbler" in name and name.endswith(".log")

    def read(self, part: Part, listens: Listens) -> int:
        """Take all rows; without ``#TZ/UTC`` the times are those of the device's own clock."""
        lines = Lines(part, listens.rejected)
        count, is_utc, user = 0, False, listens.user(self.user_id)
        for line in lines:
            if line.startswith("#"):
                is_utc = is_utc or line.strip() == "#TZ/UTC"
                continue
            if not line.strip():
                continue
            count += 1
            reason = self._take(line.split("\t"), listens, user, is_utc)
            if reason:
                listens.rejected.add(reason, lines.place)
        if count and not is_utc and self.zone is None:
            listens.noted.add("times without a zone: taken as UTC (--zone says another)", f"{part.name}:2", count)
        return count

    def _take(self, row: list[str], listens: Listens, user: int, is_utc: bool) -> str | None:
        if len(row) not in (7, 8):  # the MBID came with version 1.1
            return "wrong number of fields"
        artist, album, title, _, length, rating, time = row[:7]
        if rating not in ("L", "S"):
            return "rating is neither L nor S"
        at = seconds(time.strip())
        if at is None:
            return NO_TIME
        if not is_utc and self.zone is not None:
            at = shown(at, zone_of(self.zone))
        id = mbid(row[7]) if len(row) == 8 else None
        key = (id, artist, title)
        track = listens.rows.get(key)
        if track is None:
            duration = milliseconds(length)
            found = track_of(
                title,
                ((artist, ()),),
                ids=(f"mbid:{id}" if id else None,),
                album=album,
                durationMs=duration * 1000 if duration else None,
            )
            track = listens.track(key, found, f"mbid-{id}" if id else None)
        if isinstance(track, str):
            return track
        return listens.play(user, track, PLAY if rating == "L" else SKIP, at, f"{time}\n{artist}\n{title}")


class Maloja(Scrobbles):
    """An export of Maloja: JSON with a list ``scrobbles``; the artists of a credit apart."""

    __slots__ = ()
    NAME = "maloja"
    WHAT = "an export of Maloja (JSON with scrobbles)"

    def is_wanted(self, name: str) -> bool:
        """Exports are called ``maloja_export_DATE.json``."""
        return "maloja" in name and name.endswith(".json")

    def read(self, part: Part, listens: Listens) -> int:
        """Take all scrobbles."""
        count, user = 0, listens.user(self.user_id)
        for index, row in enumerate(objects(part, "scrobbles.item")):
            count += 1
            reason = _maloja(row, listens, user)
            if reason:
                listens.rejected.add(reason, f"{part.name}: scrobbles[{index}]")
        return count


def _maloja(row: Any, listens: Listens, user: int) -> str | None:
    track = row.get("track") if isinstance(row, dict) else None
    if not isinstance(track, dict):
        return "no track"
    at = seconds(row.get("time"))
    if at is None:
        return NO_TIME
    artists, title = track.get("artists"), track.get("title")
    named = tuple(one for one in artists if isinstance(one, str)) if isinstance(artists, list) else ()
    key = (named, title) if isinstance(title, str) else None
    known = listens.rows.get(key) if key else None
    if known is None:
        album = track.get("album")
        found = track_of(
            title,
            [(one, ()) for one in named],
            album=album.get("albumtitle") if isinstance(album, dict) else None,
            durationMs=_in_ms(track.get("length")),
        )
        known = listens.track(key, found)
    if isinstance(known, str):
        return known
    heard = _in_ms(row.get("duration"))
    natural = f"{at}\n" + "\n".join(named) + f"\n{title}"
    return listens.play(user, known, PLAY, at, natural, UNKNOWN_MS if heard is None else heard)


def _in_ms(value: Any) -> int | None:
    """Seconds as milliseconds; None where they cannot be a duration."""
    found = milliseconds(value)
    return None if found is None else milliseconds(found * 1000)


class Pano(Scrobbles):
    """An export of Pano Scrobbler: JSON lines with ``timeMs``; scrobbles are plays, loves are likes."""

    __slots__ = ()
    NAME = "pano"
    WHAT = "an export of Pano Scrobbler (JSON lines with timeMs)"
    KINDS: ClassVar[dict[str, int]] = {"scrobble": PLAY, "love": LIKE}

    def is_wanted(self, name: str) -> bool:
        """Exports are JSON lines."""
        return name.endswith(".jsonl")

    def read(self, part: Part, listens: Listens) -> int:
        """Take all lines."""
        count, user = 0, listens.user(self.user_id)
        for number, row in json_lines(part, listens.rejected):
            count += 1
            reason = self._take(row, listens, user)
            if reason:
                listens.rejected.add(reason, f"{part.name}:{number}")
        return count

    def _take(self, row: Any, listens: Listens, user: int) -> str | None:
        if not isinstance(row, dict):
            return "no object"
        event = row.get("event", "scrobble")
        kind = self.KINDS.get(event) if isinstance(event, str) else None
        if kind is None:
            return "event is neither scrobble nor love"
        at = either(row.get("timeMs"))
        if at is None:
            return NO_TIME
        artist, title = row.get("artist"), row.get("track")
        track = listens.by_name(artist, title, album=row.get("album"), durationMs=row.get("durationMs"))
        if isinstance(track, str):
            return track
        return listens.play(user, track, kind, at, f"{event}\n{row['timeMs']}\n{artist}\n{title}")


class Librefm(Scrobbles):
    """An export of Libre.fm: CSV with ``userid,Artist,track,Album,time`` after any number of ``#`` lines."""

    __slots__ = ()
    NAME = "librefm"
    WHAT = "an export of Libre.fm (CSV with userid,Artist,track,Album,time)"
    COLUMNS: ClassVar[tuple[str, ...]] = ("artist", "track", "album", "time")

    def is_wanted(self, name: str) -> bool:
        """Exports are CSV files."""
        return name.endswith(".csv")

    def read(self, part: Part, listens: Listens) -> int:
        """Take all rows."""
        header: list[str] = []

        def take(row: list[str]) -> str | None:
            return self._take(dict(zip(header, row, strict=True)), listens)

        return read_csv(part, listens, self.COLUMNS, header, take, is_comment=lambda line: line.startswith("#"))

    def _take(self, row: dict[str, str], listens: Listens) -> str | None:
        at = seconds(row["time"].strip())
        if at is None:
            return NO_TIME
        track = listens.by_name(row["artist"], row["track"], album=row["album"])
        if isinstance(track, str):
            return track
        number = name_of(row.get("userid", ""))[:LONGEST]
        user = self.user or (f"{self.NAME}:user:{slug(number)}" if number else self.user_id)
        return listens.play(listens.user(user), track, PLAY, at, f"{at}\n{row['artist']}\n{row['track']}")
