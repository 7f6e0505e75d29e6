"""Plays in any table, CSV or Parquet, by a mapping that says which column means what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, tzinfo
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from graph.errors import InvalidRequestError, SourceError
from ingest.formats.identifiers import isrc, mbid, source_id
from ingest.formats.text import LONGEST, milliseconds, name_of, tidy
from ingest.histories.files import Lines, Part, parts, records
from ingest.histories.listens import NO_TIME, PLAY, UNKNOWN_MS, Listens, Track, now, track_of
from ingest.histories.mapping import NEEDED, TableMapping, from_file, guessed
from ingest.histories.times import either, local, seconds, zone_of
from ingest.names import slug
from ingest.source import Batch

NAME = "table"
WHAT = "a table of plays (.csv, .tsv, .txt or .parquet)"
ENDINGS = (".csv", ".tsv", ".txt", ".parquet")
DELIMITERS = ",\t;|"
PARQUET_ROWS = 65_536
IDS = ("mbid", "isrc", "spotify")
"""Meanings of columns that tell tracks of one name apart."""


@dataclass(frozen=True, slots=True)
class TableOfPlays:
    """A table, or a folder or zip file of tables that are alike.

    Attributes:
        path: where it lies.
        user: the id of the person who listened, where no column says so.
        mapping: which column means what; without one ``NAME.toml`` beside ``NAME.csv`` is read, and what is still open
            is guessed from the names of the columns.
        latest: unix seconds of now; what is more than a day later is rejected.
    """

    path: Path
    user: str | None = None
    mapping: TableMapping | None = None
    latest: int = field(default_factory=now)

    @property
    def name(self) -> str:
        """The first word of all ids."""
        return NAME

    def extract(self) -> list[Part]:
        """Find the tables.

        Raises:
            SourceError: there is none.
        """
        return parts(self.path, lambda name: name.endswith(ENDINGS), WHAT)

    def transform(self, raw: list[Part]) -> Iterator[Batch]:
        """The records; the id of a track is its MBID, else a digest of artist and title.

        Raises:
            SourceError: a file is damaged or lacks a column, or the mapping beside it cannot be read.
        """
        listens = Listens(NAME, self.latest)
        for part in raw:
            read = _read_parquet if part.head(4) == b"PAR1" else _read_csv
            if not read(part, self._mapping(part), listens, self.user or f"{NAME}:user:me"):
                raise SourceError(f"{part.label}: no record in it; is this {WHAT}?")
        yield from listens.batches()

    def _mapping(self, part: Part) -> TableMapping:
        if self.mapping is not None:
            return self.mapping
        beside = part.path.with_suffix(".toml")
        if part.member is not None or not beside.is_file():
            return TableMapping()
        try:
            return from_file(beside)
        except InvalidRequestError as error:  # nobody named this file: it is a part of the data
            raise SourceError(str(error)) from None


class _Rows:
    """Takes the rows of one table."""

    def __init__(self, mapping: TableMapping, listens: Listens, user: str) -> None:
        self._listens = listens
        self._user = user
        self._time = mapping.time
        self._zone: tzinfo = zone_of(mapping.zone)
        self._between = mapping.artists
        self._ids = tuple(name for name in IDS if name in mapping.columns)
        self._says_listened = any(f"listened{unit}" in mapping.columns for unit in ("Ms", "S"))
        self._rows_of_users: dict[str, int] = {}

    def take(self, row: dict[str, Any]) -> str | None:
        """Take a row, by meaning; why not, where not."""
        at = self._at(row["at"])
        if at is None:
            return NO_TIME
        artist, title = row["artist"], row["title"]
        key = (artist, title, *[row[name] for name in self._ids])
        is_key = all([one is None or isinstance(one, str) for one in key])
        track = self._listens.rows.get(key) if is_key else None
        if track is None:
            found = self._track(row)
            known = next((id for id in found.ids if id.startswith("mbid:")), None) if isinstance(found, Track) else None
            track = self._listens.track(key if is_key else None, found, f"mbid-{known[5:]}" if known else None)
        if isinstance(track, str):
            return track
        said = row.get("user")
        user = self._rows_of_users.get(said) if isinstance(said, str) else None
        if user is None:
            user = self._user_of(said)
        heard = _duration(row, "listened") if self._says_listened else None
        natural = f"{at}\n{artist}\n{title}"
        return self._listens.play(user, track, PLAY, at, natural, UNKNOWN_MS if heard is None else heard)

    def _user_of(self, said: Any) -> int:
        """The row of a user; each spelling is looked at once."""
        name = name_of(said)[:LONGEST]
        row = self._listens.user(f"{NAME}:user:{slug(name)}", name=name) if name else self._listens.user(self._user)
        if isinstance(said, str):
            self._rows_of_users[said] = row
        return row

    def _track(self, row: dict[str, Any]) -> Track | str:
        known, code, uri = mbid(row.get("mbid")), isrc(row.get("isrc")), row.get("spotify")
        bare = isinstance(uri, str) and len(uri) == 22 and uri.isalnum()
        spotify = f"spotify:track:{uri}" if bare else source_id(uri)
        credit = name_of(row["artist"])
        names = credit.split(self._between) if self._between else [credit]
        return track_of(
            row["title"],
            [(name, ()) for name in names],
            ids=(
                f"mbid:{known}" if known else None,
                f"isrc:{code}" if code else None,
                spotify if spotify and spotify.startswith("spotify:track:") else None,
            ),
            isrc=code,
            album=row.get("album"),
            durationMs=_duration(row, "duration"),
        )

    def _at(self, value: Any) -> int | None:
        if isinstance(value, date):  # a datetime is one
            value = value.isoformat()
        if self._time == "unix-ms":
            number = seconds(value) if isinstance(value, str) else None
            return either(value if number is None else number)
        if self._time == "unix":
            return seconds(value.strip() if isinstance(value, str) else value)
        if not isinstance(value, str):
            return either(value)
        text = value.strip()
        if self._time in (None, "iso"):
            return (
                either(int(text))
                if text.isdigit() and text.isascii() and 9 <= len(text) <= 13
                else local(text, None, self._zone)
            )
        return local(text, self._time, self._zone)


def _duration(row: dict[str, Any], what: str) -> int | None:
    """A duration in milliseconds, from a column in these or in seconds."""
    found = milliseconds(row.get(f"{what}Ms"))
    if found is not None:
        return found
    whole = milliseconds(row.get(f"{what}S"))
    return milliseconds(whole * 1000) if whole is not None else None


def _read_csv(part: Part, mapping: TableMapping, listens: Listens, user: str) -> int:
    """Take the rows of a CSV file whose first line names the columns; how many there were."""
    delimiter = mapping.delimiter or _delimiter(part, mapping)
    lines = Lines(part, listens.rejected, mapping.encoding)
    rows = records(lines, iter(lines), listens.rejected, delimiter=delimiter)
    header = next(rows, [])
    mapping = _completed(part, mapping, header)
    places = {meaning: header.index(column) for meaning, column in mapping.columns.items()}
    taker, count = _Rows(mapping, listens, user), 0
    for fields in rows:
        count += 1
        reason: str | None = "wrong number of fields"
        if len(fields) == len(header):
            wanted = {meaning: fields[place] for meaning, place in places.items()}
            breaks = "\n" in "".join(fields)
            torn = breaks and any("\n" in value for value in wanted.values())
            reason = "line break within a field: a quote is open?" if torn else taker.take(wanted)
            if breaks and not reason:
                listens.noted.add("line break within a field that is not read", lines.place)
        if reason:
            listens.rejected.add(reason, lines.place)
    return count


def _delimiter(part: Part, mapping: TableMapping) -> str:
    """The sign that parts the header into most of the columns that mean something."""
    header = part.head(65_536).decode(mapping.encoding, "replace").lstrip("\ufeff").partition("\n")[0].rstrip("\r")

    def fit(sign: str) -> tuple[int, int]:
        fields = [field.strip('"') for field in header.split(sign)]
        mapped = guessed(mapping, fields).columns
        return sum(column in fields for column in mapped.values()), len(fields)

    return max(DELIMITERS, key=fit)


def _completed(part: Part, mapping: TableMapping, header: list[str]) -> TableMapping:
    """The mapping with all that is needed.

    Raises:
        SourceError: a column is not there, or nothing says what one means.
    """
    mapping = guessed(mapping, header)
    shown = _listed(header) or "none"
    absent = [column for column in mapping.columns.values() if column not in header]
    if absent:
        raise SourceError(f"{part.label}: no column {_listed(absent)}; its columns are {shown}")
    missing = [meaning for meaning in NEEDED if meaning not in mapping.columns]
    if missing:
        raise SourceError(
            f"{part.label}: which column is {', '.join(missing)}? Its columns are {shown}; "
            "say it with --map artist=COLUMN,title=COLUMN,at=COLUMN"
        )
    return mapping


def _listed(names: list[str]) -> str:
    """Names of columns for one line of an error."""
    return ", ".join(tidy(name)[:40] for name in names[:20])


def _read_parquet(part: Part, mapping: TableMapping, listens: Listens, user: str) -> int:
    """Take the rows of a Parquet file; how many there were."""
    if part.member is not None:
        raise SourceError(f"{part.label}: Parquet within a zip file is not read; unpack it")
    count = 0
    try:
        with pq.ParquetFile(part.path) as file:
            mapping = _completed(part, mapping, file.schema_arrow.names)
            taker = _Rows(mapping, listens, user)
            for batch in file.iter_batches(PARQUET_ROWS, columns=sorted(set(mapping.columns.values()))):
                columns = {meaning: batch.column(name).to_pylist() for meaning, name in mapping.columns.items()}
                for values in zip(*columns.values(), strict=True):
                    reason = taker.take(dict(zip(columns, values, strict=True)))
                    if reason:
                        listens.rejected.add(reason, f"{part.name}[{count}]")
                    count += 1
    except (pa.ArrowException, OSError, ValueError, OverflowError, KeyError) as error:
        brief = " ".join(str(error).split())[:80]
        raise SourceError(f"{part.label}: no Parquet that can be read ({brief}); make the file again") from None
    return count
