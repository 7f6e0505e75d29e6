"""The seam between those who record what listeners did and those who move it into the graph.

An event is durable before it is acknowledged. Where the consumer stands is the graph's to say (``ingest.apply``): the
log delivers at least once, the graph counts once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from ingest.events import Event

Positions = Mapping[int, int]
"""Partition -> offset of the next event there; a partition that is left out stands at its beginning."""


@dataclass(frozen=True, slots=True)
class Logged:
    """An event at its place in the log.

    Attributes:
        partition: from 0; a log on one machine has one.
        offset: ascending within the partition, not without gaps.
        event: as it was appended.
        received_at: unix seconds when it was appended.
    """

    partition: int
    offset: int
    event: Event
    received_at: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that is no event: what it holds, and what is wrong with it."""

    partition: int
    offset: int
    payload: str
    error: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one poll brought, ascending within each partition.

    Attributes:
        events: those that could be read.
        unreadable: those that could not.
        start: positions before this batch, of its partitions.
        end: positions after it, of its partitions.
    """

    events: tuple[Logged, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    start: Positions = field(default_factory=dict)
    end: Positions = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.events) + len(self.unreadable)

    def parts(self, most: int) -> Iterator[Batch]:
        """The same in batches of at most ``most`` events, each beginning where the one before ended."""
        reached, unreadable = dict(self.start), self.unreadable
        for at in range(0, max(len(self.events), 1), most):
            events, start = self.events[at : at + most], dict(reached)
            reached |= {logged.partition: logged.offset + 1 for logged in events}
            end = self.end if at + most >= len(self.events) else dict(reached)
            yield Batch(events, unreadable, start, end)
            unreadable = ()


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of events: all are durable now.

    Attributes:
        accepted: how many are new.
        duplicates: how many the log held already, by user and client event id; 0 where ``drops_duplicates`` is False.
        end: positions after all of them.
    """

    accepted: int
    duplicates: int
    end: Positions


class EventLog(Protocol):
    """Events of listeners, durable and in order; ``append`` and ``pending`` are safe to share between threads.

    Every method raises ``EventLogError`` where the log cannot be reached or written; the same call can be repeated.
    """

    @property
    def name(self) -> str:
        """Which log this is, other after it was made anew: positions of one log mean nothing in another."""
        ...

    @property
    def drops_duplicates(self) -> bool:
        """Whether an id (user and client event id) occurs once in the log; else whoever applies it must count once."""
        ...

    def append(self, events: Sequence[Event], received_at: int) -> Appended:
        """Make events durable; none or all of them.

        Args:
            events: good ones, see ``ingest.events.problem``.
            received_at: unix seconds.
        """
        ...

    def poll(self, most: int, timeout_s: float) -> Batch:
        """The next events, at most ``most``; empty where none came within ``timeout_s``."""
        ...

    def seek(self, positions: Positions) -> None:
        """Continue polling from there; at the oldest kept event where that is later."""
        ...

    def commit(self, positions: Positions) -> None:
        """Remember that everything before is in the graph, for ``lag`` and for tools beside us."""
        ...

    def committed(self) -> Positions:
        """What ``commit`` was last told, by whatever process."""
        ...

    def end(self) -> Positions:
        """Positions after the newest event of every partition."""
        ...

    def pending(self, user_id: str, since: Positions) -> list[Event]:
        """A listener's events at ``since`` or later, in the order of the log."""
        ...

    def forget(self, before: Positions) -> None:
        """Events before are in the archive: the log may let them go, but an id that it dropped duplicates by stays."""
        ...

    def close(self) -> None:
        """Give everything back; the log cannot be used afterwards."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def distance(behind: Positions, ahead: Positions) -> int:
    """Offsets from one to the other, over all partitions: how many events at most lie between them."""
    return sum(max(0, offset - behind.get(partition, 0)) for partition, offset in ahead.items())
