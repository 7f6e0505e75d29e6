"""What one vocabulary says: which genres there are, which is part of which, which influenced which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from graph.errors import SourceError
from ingest.formats.files import Tally
from ingest.formats.text import LONGEST, name_of
from ingest.names import squashed
from ingest.source import Remark

YEARS = range(1000, 2101)


@dataclass(frozen=True, slots=True)
class Named:
    """A genre as listed; ``id`` is what the vocabulary calls it, ``x`` and ``y`` where its map puts it."""

    name: str
    place: str
    id: str | None = None
    aliases: tuple[str, ...] = ()
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True)
class Parent:
    """``child`` is a subgenre of ``parent``; both by name."""

    child: str
    parent: str
    place: str


@dataclass(frozen=True, slots=True)
class Influence:
    """``source`` influenced ``target``, both by name; the years in which it did, where known."""

    source: str
    target: str
    kind: str
    place: str
    first: int | None = None
    last: int | None = None


@dataclass(slots=True)
class Said:
    """Everything that a vocabulary says.

    Attributes:
        origin: its short name, such as ``fma``.
        genres: as listed, repeats included.
        rejected, noted: by kind of record: ``genre``, ``subgenre_of``, ``influenced``.
    """

    origin: str
    genres: list[Named] = field(default_factory=list)
    parents: list[Parent] = field(default_factory=list)
    influences: list[Influence] = field(default_factory=list)
    rejected: dict[str, Tally] = field(default_factory=dict)
    noted: dict[str, Tally] = field(default_factory=dict)

    def reject(self, kind: str, reason: str, place: str) -> None:
        """Count something that is no record."""
        self.rejected.setdefault(kind, Tally()).add(reason, place)

    def reject_all(self, kind: str, remarks: Iterable[Remark]) -> None:
        """Count what a reader of tables has set aside."""
        for remark in remarks:
            self.rejected.setdefault(kind, Tally()).add(remark.reason, remark.examples[0], remark.count)

    def note(self, kind: str, reason: str, place: str) -> None:
        """Count an oddity."""
        self.noted.setdefault(kind, Tally()).add(reason, place)

    def genre(
        self,
        name: object,
        place: str,
        *,
        id: str | None = None,
        aliases: Iterable[object] = (),
        at: tuple[float | None, float | None] = (None, None),
    ) -> bool:
        """Add a genre; whether its name is one."""
        text = name_of(name)
        if not text or len(text) > LONGEST:
            self.reject("genre", "no name" if not text else f"name longer than {LONGEST} characters", place)
            return False
        others = [alias for alias in map(name_of, aliases) if 0 < len(alias) <= LONGEST]
        self.genres.append(Named(text, place, id[:LONGEST] if id else None, tuple(dict.fromkeys(others)), *at))
        return True

    def parent(self, child: object, parent: object, place: str) -> None:
        """Add an edge of the tree; an end without a name is no end."""
        ends = name_of(child), name_of(parent)
        if not all(0 < len(end) <= LONGEST for end in ends):
            self.reject("subgenre_of", "no name", place)
        else:
            self.parents.append(Parent(*ends, place))

    def influence(
        self, source: object, target: object, kind: str, place: str, years: tuple[int | None, int | None] = (None, None)
    ) -> None:
        """Add an influence."""
        ends = name_of(source), name_of(target)
        if not all(0 < len(end) <= LONGEST for end in ends):
            self.reject("influenced", "no name", place)
        else:
            self.influences.append(Influence(*ends, kind, place, *years))

    def keys(self) -> set[str]:
        """The squashed names of its genres."""
        return {squashed(genre.name) for genre in self.genres}


def file_at(path: Path, names: tuple[str, ...], what: str) -> Path:
    """The file itself, or the first of ``names`` in the folder at ``path``.

    Raises:
        SourceError: neither is there.
    """
    if path.is_file():
        return path
    found = next((path / name for name in names if (path / name).is_file()), None)
    if found is None:
        state = "the folder lacks it" if path.is_dir() else "no such file or folder"
        raise SourceError(f"{path}: {state}; {what} needs {names[0]}")
    return found


def year(text: str) -> int | None:
    """A year that can be one, None for anything else."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else 0
    return number if number in YEARS else None
