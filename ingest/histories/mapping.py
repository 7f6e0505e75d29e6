"""Which column of a table means what: read from words (``artist=Artist,title=Track``), a TOML file, or guessed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from graph.errors import InvalidRequestError
from ingest.formats.text import tidy
from ingest.histories.times import zone_of
from ingest.names import squashed

NEEDED = ("artist", "title", "at")
MEANINGS = (*NEEDED, "album", "durationMs", "durationS", "listenedMs", "listenedS", "user", "mbid", "isrc", "spotify")
"""What a column can mean; ``at`` is the beginning of the play."""
OPTIONS = ("time", "zone", "delimiter", "encoding", "artists")
GUESSES: dict[str, tuple[str, ...]] = {
    "artist": ("artist", "artistname", "artists", "trackartist", "performer", "creator"),
    "title": ("title", "track", "trackname", "tracktitle", "song", "songname", "songtitle", "name"),
    "at": ("at", "time", "timestamp", "date", "datetime", "playedat", "listenedat", "utctime", "datelistened", "uts"),
    "album": ("album", "albumname", "albumtitle", "release", "releasename"),
    "durationMs": ("durationms",),
    "listenedMs": ("msplayed", "listenedms", "playedms"),
    "user": ("user", "userid", "username"),
    "mbid": ("mbid", "trackmbid", "recordingmbid", "musicbrainzid"),
    "isrc": ("isrc",),
    "spotify": ("spotify", "spotifyid", "spotifyuri", "spotifytrackuri", "trackuri"),
}
"""Names of columns, squashed, that mean something of themselves."""


@dataclass(frozen=True, slots=True)
class TableMapping:
    """How to read a table.

    Attributes:
        columns: meaning -> name of the column.
        time: form of ``at``: a pattern of ``strptime``, ``unix``, ``unix-ms`` or ``iso``; None tells by the value.
        zone: where clocks stand that name no zone; UTC for None.
        delimiter: between the fields of a CSV file; None tells by the header.
        encoding: of a CSV file.
        artists: what stands between several artists; None: a credit is one artist.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    time: str | None = None
    zone: str | None = None
    delimiter: str | None = None
    encoding: str = "utf-8"
    artists: str | None = None

    def checked(self) -> TableMapping:
        """Itself.

        Raises:
            InvalidRequestError: a meaning, zone, encoding or delimiter is none.
        """
        unknown = sorted(set(self.columns) - set(MEANINGS))
        if unknown:
            raise InvalidRequestError(f"mapping: unknown {_listed(unknown)}: use {', '.join((*MEANINGS, *OPTIONS))}")
        zone_of(self.zone)
        try:
            "".encode(self.encoding)
        except LookupError:
            raise InvalidRequestError(
                f"mapping: unknown encoding {self.encoding[:40]!r}: name one like latin-1"
            ) from None
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise InvalidRequestError(f"mapping: delimiter {self.delimiter[:40]!r} is not one character")
        return self


def from_words(text: str, base: TableMapping | None = None) -> TableMapping:
    """A mapping from ``artist=Artist,title=Track,at=Date,time=%d.%m.%Y``; what it leaves open is taken from ``base``.

    Raises:
        InvalidRequestError: a word is none.
    """
    base = base or TableMapping()
    pairs = [word.partition("=") for word in text.split(",") if word.strip()]
    wrong = [name for name, sign, value in pairs if not (sign and name.strip() and value.strip())]
    if wrong:
        raise InvalidRequestError(
            f"--map: {wrong[0][:40]!r} is not MEANING=COLUMN, as in artist=Artist,title=Track,at=Date"
        )
    said = {name.strip(): value.strip() for name, _, value in pairs}
    return _made(base, {k: v for k, v in said.items() if k not in OPTIONS}, {k: said[k] for k in OPTIONS if k in said})


def from_file(path: Path) -> TableMapping:
    """A mapping from a TOML file with ``[columns]`` and, where needed, ``[format]``.

    Raises:
        InvalidRequestError: it cannot be read, or says something else.
    """
    try:
        said = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise InvalidRequestError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError(f"{path}: no TOML ({' '.join(str(error).split())[:80]})") from None
    columns, options = said.get("columns", {}), said.get("format", {})
    for name, table in (("columns", columns), ("format", options)):
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            raise InvalidRequestError(f'{path}: [{name}] must hold lines like artist = "Artist"')
    unknown = sorted((set(said) - {"columns", "format"}) | (set(options) - set(OPTIONS)))
    if unknown:
        raise InvalidRequestError(
            f"{path}: unknown {_listed(unknown)}: use [columns] and [format] with {', '.join(OPTIONS)}"
        )
    return _made(TableMapping(), columns, options)


def _made(base: TableMapping, columns: Mapping[str, str], options: Mapping[str, Any]) -> TableMapping:
    delimiter = {"tab": "\t", "\\t": "\t"}.get(options.get("delimiter", ""), options.get("delimiter", base.delimiter))
    fresh = {**options, "delimiter": delimiter}
    return replace(base, columns={**base.columns, **columns}, **fresh).checked()


def _listed(names: list[str]) -> str:
    return ", ".join(tidy(name)[:40] for name in names[:20])


def guessed(mapping: TableMapping, header: Iterable[str]) -> TableMapping:
    """The mapping with what it leaves open guessed from the names of the columns."""
    named: dict[str, str] = {}
    for name in header:
        named.setdefault(squashed(name), name)
    taken = set(mapping.columns.values())
    found = {
        meaning: next((named[guess] for guess in guesses if guess in named and named[guess] not in taken), None)
        for meaning, guesses in GUESSES.items()
        if meaning not in mapping.columns
    }
    return replace(mapping, columns={**{k: v for k, v in found.items() if v is not None}, **mapping.columns})
