"""Last.fm-1K: the whole histories of a thousand users, as a table of tab-separated lines without header or quotes.

``userid-timestamp-artid-artname-traid-traname.tsv`` holds the plays, ``userid-profile.tsv`` beside it country and day
of registration; gender and age are never looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

from graph.errors import SourceError
from ingest.formats.identifiers import mbid
from ingest.formats.text import LONGEST, name_of
from ingest.histories.files import Lines, Part, parts
from ingest.histories.listens import NO_TIME, PLAY, Listens, now, track_of
from ingest.histories.times import instant, local
from ingest.source import Batch

NAME = "lastfm1k"
WHAT = "Last.fm-1K (userid-timestamp-artid-artname-traid-traname.tsv)"
FIELDS = 6
PROFILE = "userid-profile.tsv"
REGISTERED = "%b %d, %Y"


@dataclass(frozen=True, slots=True)
class Lastfm1k:
    """The folder of the data set, or its file of plays.

    Attributes:
        path: where it lies.
        latest: unix seconds of now; what is more than a day later is rejected.
    """

    path: Path
    latest: int = field(default_factory=now)

    @property
    def name(self) -> str:
        """The first word of all ids."""
        return NAME

    def extract(self) -> list[Part]:
        """Find the files.

        Raises:
            SourceError: there is none.
        """
        return parts(self.path, lambda name: name.startswith("userid-") and name.endswith(".tsv"), WHAT)

    def transform(self, raw: list[Part]) -> Iterator[Batch]:
        """The records; ids are ``lastfm1k:track:mbid-ID``, or a digest of artist and title without an MBID.

        Raises:
            SourceError: no line of a file is a play.
        """
        listens = Listens(NAME, self.latest)
        for part in raw:
            if not part.name.endswith(PROFILE):
                _read(part, listens)
        for part in raw:
            if part.name.endswith(PROFILE):
                _read_profile(part, listens)
        yield from listens.batches()


def _read(part: Part, listens: Listens) -> None:
    lines = Lines(part, listens.rejected)
    before, count = len(listens), 0
    for line in lines:
        count += 1
        reason = _take(line.split("\t"), listens)
        if reason:
            listens.rejected.add(reason, lines.place)
    if len(listens) == before:
        state = "no line of it is a play (user, time, artist id, artist, track id, track)" if count else "is empty"
        raise SourceError(f"{part.label}: {state}; is this the right file?")


def _take(row: list[str], listens: Listens) -> str | None:
    if len(row) != FIELDS:
        return "wrong number of fields"
    user, time, artist_mbid, artist, recording, title = row
    if not user or len(user) > LONGEST:
        return "no user"
    at = instant(time)
    if at is None:
        return NO_TIME
    key = (recording, artist, title)
    track = listens.rows.get(key)
    if track is None:
        id, artist_id = mbid(recording), mbid(artist_mbid)
        found = track_of(
            title,
            ((artist, (f"mbid:{artist_id}",) if artist_id else ()),),
            ids=(f"mbid:{id}" if id else None,),
        )
        track = listens.track(key, found, f"mbid-{id}" if id else None)
    if isinstance(track, str):
        return track
    return listens.play(listens.user(f"{NAME}:user:{user}"), track, PLAY, at, f"{at}\n{artist}\n{title}")


def _read_profile(part: Part, listens: Listens) -> None:
    """Country and day of registration of the users that played something."""
    known = set(listens.users)
    lines = Lines(part, listens.noted)
    for line in lines:
        row = line.split("\t")
        id = f"{NAME}:user:{row[0]}"
        if lines.number == 1 and row[0].startswith("#"):
            continue
        if len(row) != 5:
            listens.noted.add("profile with a wrong number of fields: left out", lines.place)
        elif id in known:
            country = name_of(row[3])[:LONGEST]
            listens.user(id, country=country or None, createdAt=local(row[4].strip(), REGISTERED, UTC))
