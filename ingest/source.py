"""What a data set is to us: something that is opened and read (``extract``) and turned into records (``transform``).

One file per source lies in ``ingest.sources``. Writing the records to the graph is ``ingest.load``'s business, making
arrays of them ``ingest.collect``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from graph.kinds import Column

EXAMPLES = 3
"""How many places a remark names."""

EVENT = "event"
"""The kind of a batch of single events: what one listener did with one track at one time."""
EVENT_COLUMNS: tuple[Column, ...] = (
    Column("source", "str", True),  # the user's id
    Column("target", "str", True),  # the track's id
    Column("kind", "str", True),  # PLAY, SKIP, SAVE ...: a key of ingest.events.TARGETS
    Column("at", "int", True),  # unix seconds at which it began
    Column("key", "str", True),  # what names it in the source; with the user it makes the event's id
    Column("listenedMs", "int"),
)
"""Columns of ``event``. Two rows of one user with the same ``key`` are one event: an export that overlaps an earlier
one brings nothing twice. A source that has honest repeats numbers them in the key."""

Values = list[Any] | NDArray[Any]
"""One column. Absent: None or "" in a list or a str array, NaN in a float array; an int array is complete."""

Raw = TypeVar("Raw")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd in the data: what, how often, and where it was seen first (``kg_final.txt:17``)."""

    reason: str
    count: int
    examples: tuple[str, ...] = ()

    @classmethod
    def at(cls, reason: str, places: Iterable[object]) -> tuple[Remark, ...]:
        """One remark over all ``places``, none without any."""
        listed = [str(place) for place in places]
        return (cls(reason, len(listed), tuple(listed[:EXAMPLES])),) if listed else ()

    @classmethod
    def where(cls, reason: str, mask: NDArray[np.bool_], file: str, first_line: int) -> tuple[Remark, ...]:
        """One remark over the rows that ``mask`` [n] chooses; row 0 is line ``first_line`` of ``file``."""
        rows = np.flatnonzero(mask)
        examples = tuple(f"{file}:{int(row) + first_line}" for row in rows[:EXAMPLES])
        return (cls(reason, len(rows), examples),) if len(rows) else ()


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Records of one kind, column by column.

    Attributes:
        kind: a name of ``graph.kinds``: ``track``, ``played``; or ``event``, see ``EVENT_COLUMNS``.
        columns: property name -> values, all of one length; a property nobody knows is left out.
        rejected: what was read for this kind and is no record, by reason.
        noted: what was odd and is a record all the same.
        merged: how many records read went into another record (the second play of a pair).
    """

    kind: str
    columns: Mapping[str, Values]
    rejected: tuple[Remark, ...] = ()
    noted: tuple[Remark, ...] = ()
    merged: int = 0

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    @property
    def read(self) -> int:
        """How many records of the source were looked at: kept, merged or rejected."""
        return len(self) + self.merged + sum(remark.count for remark in self.rejected)


class DataSource(Protocol[Raw]):
    """A data set. Both methods are deterministic; the same files give the same batches."""

    @property
    def name(self) -> str:
        """The first word of all its ids: ``lfm1m`` in ``lfm1m:user:2653``."""

    def extract(self) -> Raw:
        """Open and read the files.

        Raises:
            SourceError: a folder, file or column is missing, or a file is damaged.
        """

    def transform(self, raw: Raw) -> Iterator[Batch]:
        """The records, in any order of kinds; ids are unique per kind of node, pairs per kind of link."""


def batches(source: DataSource[Any]) -> Iterator[Batch]:
    """Read ``source`` and hand out its records.

    Raises:
        SourceError: see ``DataSource.extract``.
    """
    yield from source.transform(source.extract())
