"""A playlist as every format sees it, and how its entries are checked: what is odd is counted, never lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.formats import identifiers
from ingest.formats.files import Tally
from ingest.formats.text import LONGEST, LONGEST_DESCRIPTION, milliseconds, name_of


@dataclass(frozen=True, slots=True)
class Artist:
    """Who performs, and under which ``sourceIds`` they are known."""

    name: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One track of a playlist.

    Attributes:
        place: where the file says so, for remarks.
        title: one line, never empty.
        artists: in order of credit; none where the file names none.
        album, isrc: None where unknown.
        duration_ms: None where unknown.
        ids: ``sourceIds`` of the recording, best first.
        added_at: unix seconds.
    """

    place: str
    title: str
    artists: tuple[Artist, ...] = ()
    album: str | None = None
    duration_ms: int | None = None
    isrc: str | None = None
    ids: tuple[str, ...] = ()
    added_at: int | None = None

    @property
    def credit(self) -> str:
        """The artists in one line."""
        return ", ".join(artist.name for artist in self.artists)


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist with its entries in order.

    Attributes:
        place: the file, or the place in it.
        key: what names it in its source: the same file gives the same key.
        name: None where the file has none.
        description: None where unknown.
        created_at: unix seconds.
        ids: its ``sourceIds``.
        entries: the good ones.
        rejected: entries that are no track, by reason.
        noted: oddities of good entries, and of the playlist.
    """

    place: str
    key: str
    name: str | None = None
    description: str | None = None
    created_at: int | None = None
    ids: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    rejected: Tally = field(default_factory=Tally)
    noted: Tally = field(default_factory=Tally)


class Checks:
    """Makes entries of raw values; what does not hold is counted in ``rejected`` or ``noted``."""

    def __init__(self) -> None:
        self.rejected = Tally()
        self.noted = Tally()

    def entry(
        self,
        place: str,
        title: Any,
        artists: Iterable[Artist],
        *,
        album: Any = None,
        duration_ms: Any = None,
        ids: Sequence[str | None] = (),
        added_at: int | None = None,
    ) -> Entry | None:
        """Check one entry; None where it is rejected. A None among ``ids`` is an identifier that says nothing."""
        named = name_of(title)
        if not named or len(named) > LONGEST:
            self.rejected.add("no title" if not named else f"title longer than {LONGEST} characters", place)
            return None
        credited = tuple(dict.fromkeys(artist for artist in artists if artist.name))
        if any(len(artist.name) > LONGEST for artist in credited):
            self.rejected.add(f"artist longer than {LONGEST} characters", place)
            return None
        if not credited:
            self.noted.add("no artist named", place)
        known = identifiers.ranked(id for id in ids if id)
        if None in ids:
            self.noted.add("identifier that says nothing: left out", place)
        code = next((id[5:] for id in known if id.startswith("isrc:")), None)
        duration = self._duration(place, duration_ms)
        return Entry(place, named, credited, self.album(place, album), duration, code, known, added_at)

    def _duration(self, place: str, value: Any) -> int | None:
        duration = milliseconds(value)
        if duration is None and value is not None:
            self.noted.add("duration is no possible one: left out", place)
        return duration or None

    def album(self, place: str, value: Any) -> str | None:
        """The name of an album."""
        name = name_of(value)
        if len(name) > LONGEST or (value is not None and not isinstance(value, str)):
            self.noted.add("album is no name: left out", place)
            return None
        return name or None

    def name(self, place: str, value: Any, *, longest: int = LONGEST) -> str | None:
        """The name or description of a playlist, cut where it is too long."""
        name = name_of(value)
        if value is not None and not isinstance(value, str):
            self.noted.add("name or description is no text: left out", place)
            return None
        if len(name) > longest:
            self.noted.add("name or description too long: cut", place)
        return name[:longest].strip() or None

    def description(self, place: str, value: Any) -> str | None:
        """What a playlist says of itself."""
        return self.name(place, value, longest=LONGEST_DESCRIPTION)
