"""What the files of scrobblers have in common: one file of plays after the other, read row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from graph.errors import SourceError
from ingest.histories.files import Lines, Part, parts, records
from ingest.histories.listens import Listens, now
from ingest.source import Batch


@dataclass(frozen=True, slots=True)
class Scrobbles:
    """Files of plays, one after the other; what a row is each format says itself.

    Attributes:
        path: a file, or a folder or zip file that holds some.
        user: the id of the person who listened.
        zone: the time zone of a clock that says none; UTC by default.
        latest: unix seconds of now; what is more than a day later is rejected.
    """

    path: Path
    user: str | None = None
    zone: str | None = None
    latest: int = field(default_factory=now)

    NAME: ClassVar[str] = ""
    WHAT: ClassVar[str] = ""

    @property
    def name(self) -> str:
        """The first word of all ids."""
        return self.NAME

    @property
    def user_id(self) -> str:
        """Who listened, where the file does not say."""
        return self.user or f"{self.NAME}:user:me"

    def is_wanted(self, name: str) -> bool:
        """Whether a file of a folder, its name in lower case, is one of this format."""
        raise NotImplementedError

    def read(self, part: Part, listens: Listens) -> int:
        """Take all rows of a file; how many there were.

        Raises:
            SourceError: the file is damaged or not of this format.
        """
        raise NotImplementedError

    def extract(self) -> list[Part]:
        """Find the files.

        Raises:
            SourceError: there is none.
        """
        return parts(self.path, self.is_wanted, self.WHAT)

    def transform(self, raw: list[Part]) -> Iterator[Batch]:
        """The records; the id of a track is its MBID, or a digest of artist and title.

        Raises:
            SourceError: a file is damaged, empty or not of this format.
        """
        listens = Listens(self.NAME, self.latest)
        for part in raw:
            if not self.read(part, listens):
                raise SourceError(f"{part.label}: no record in it; is this {self.WHAT}?")
        yield from listens.batches()


def read_csv(
    part: Part,
    listens: Listens,
    wanted: tuple[str, ...],
    header: list[str],
    take: Callable[[list[str]], str | None],
    *,
    is_comment: Callable[[str], bool] = lambda _: False,
) -> int:
    """Read a CSV file whose header may come after other lines; how many records follow it.

    Args:
        part: the file.
        listens: where rejected records are counted.
        wanted: columns that the header must name, in lower case.
        header: is filled with the columns, in lower case, before the first call of ``take``.
        take: takes a record with as many fields as ``header``; why it is none.
        is_comment: which lines are none of the table.

    Raises:
        SourceError: no line names the columns.
    """
    lines = Lines(part, listens.rejected)
    count = 0
    for row in records(lines, (line for line in lines if not is_comment(line)), listens.rejected):
        if not header:
            named = [field.strip().lower() for field in row]
            if set(wanted) <= set(named):
                header.extend(named)
            continue
        count += 1
        reason = "wrong number of fields" if len(row) != len(header) else why_torn(row) or take(row)
        if reason:
            listens.rejected.add(reason, lines.place)
    if not header:
        raise SourceError(f"{part.label}: no line names the columns {', '.join(wanted)}; is this the right file?")
    return count


def why_torn(row: list[str]) -> str | None:
    """A line break within a field of a play is a quote that nobody closed."""
    return "line break within a field: a quote is open?" if any("\n" in field for field in row) else None
