"""What a radio show played, as Spinitron exports it: lines about the show, a blank one, then a table of spins."""

from __future__ import annotations

from typing import ClassVar

from ingest.histories.files import Part
from ingest.histories.listens import NO_TIME, PLAY, Listens
from ingest.histories.scrobbles import Scrobbles, read_csv
from ingest.histories.times import local, zone_of


class Spinitron(Scrobbles):
    """CSV files of shows; the station is the listener."""

    __slots__ = ()
    NAME = "spinitron"
    WHAT = "a playlist of Spinitron (CSV with Date-time, Artist, Song)"
    COLUMNS: ClassVar[tuple[str, ...]] = ("date-time", "artist", "song", "release")

    def is_wanted(self, name: str) -> bool:
        """Playlists are CSV files."""
        return name.endswith(".csv")

    def read(self, part: Part, listens: Listens) -> int:
        """Take all spins."""
        header: list[str] = []
        user, zone = listens.user(self.user_id), zone_of(self.zone)

        def take(row: list[str]) -> str | None:
            spin = dict(zip(header, row, strict=True))
            at = local(spin["date-time"].strip(), None, zone)
            if at is None:
                return NO_TIME
            track = listens.by_name(spin["artist"], spin["song"], album=spin["release"])
            if isinstance(track, str):
                return track
            return listens.play(user, track, PLAY, at, f"{at}\n{spin['artist']}\n{spin['song']}")

        return read_csv(part, listens, self.COLUMNS, header, take)
