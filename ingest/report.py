"""What an import has done: by kind, how much was read, written and rejected, and why."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.source import Remark


@dataclass(frozen=True, slots=True)
class KindReport:
    """One kind of record. ``read`` = ``written`` + ``merged`` + everything rejected.

    Attributes:
        kind: a name of ``graph.kinds``.
        read: records of the source that were looked at.
        written: records in the graph now, new or there before; 0 in a dry run.
        merged: records that went into another one.
        rejected: by reason.
        noted: oddities of records that were written all the same.
    """

    kind: str
    read: int
    written: int
    merged: int
    rejected: tuple[Remark, ...]
    noted: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """A whole import, kinds in the order of writing.

    Attributes:
        source: name of the data set.
        kinds: one report for each kind that the source has.
        seconds: how long reading and writing took.
        dry_run: whether nothing was written.
    """

    source: str
    kinds: tuple[KindReport, ...]
    seconds: float
    dry_run: bool = False

    def of(self, kind: str) -> KindReport:
        """The report of one kind.

        Raises:
            KeyError: the source has none of it.
        """
        found = {report.kind: report for report in self.kinds}
        return found[kind]
