"""Who moves events from the log into the graph: batch after batch, from where the graph says it stands.

A batch that the graph refuses is split until the record that it refuses is alone; that one becomes a dead letter, the
others are applied. Any other error says nothing about the events: the same batch is applied again later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from graph.errors import GraphRefusedError
from graph.store import GraphStore
from ingest.apply import DAY_S, OLDEST_DAYS, Judged, Refused, apply, apply_again, judge, positions
from ingest.log.dead_letters import DeadLetters
from ingest.log.event_log import Batch, EventLog, Logged, Unreadable

BATCH = 2000
"""Events in one transaction."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of events so far; counts add up."""

    events: int = 0
    duplicates: int = 0
    dead: int = 0

    def __add__(self, other: Moved) -> Moved:
        return Moved(self.events + other.events, self.duplicates + other.duplicates, self.dead + other.dead)

    def __len__(self) -> int:
        return self.events + self.duplicates + self.dead


class Consumer:
    """Applies the events of one log to one graph.

    Several may run at once: what one has applied the others leave out.

    Args:
        store: the graph.
        log: the events; this consumer alone polls this object.
        letters: where refused events go.
        now: the wall clock in unix seconds.
        changed: told whose edges changed, after the graph has them.
    """

    def __init__(
        self,
        store: GraphStore,
        log: EventLog,
        letters: DeadLetters,
        *,
        now: Callable[[], int],
        changed: Callable[[Iterable[str]], None] = lambda user_ids: None,
        is_rebuild: bool = False,
    ) -> None:
        self._store, self._log, self._letters = store, log, letters
        self._now, self._changed, self._is_rebuild = now, changed, is_rebuild
        self._is_placed = False
        self._forgotten_day = 0

    def step(self, timeout_s: float, most: int = BATCH) -> Moved:
        """Apply the next batch; nothing where none came within ``timeout_s``.

        Raises:
            EventLogError: the log cannot be read, or a rebuild is under way.
            GraphError: Neo4j is absent; the next step begins with the same events.
        """
        if not self._is_placed:
            self._log.seek(positions(self._store, self._log.name))
            self._is_placed = True
        try:
            batch = self._log.poll(most, timeout_s)
            return self.take(batch) if batch.end else Moved()
        except BaseException:
            self._is_placed = False
            raise

    def take(self, batch: Batch) -> Moved:
        """Apply this batch. Raises as ``step``."""
        unreadable: list[tuple[Logged | Unreadable, str]] = [(record, record.error) for record in batch.unreadable]
        self._letters.put(self._log.name, unreadable, self._now())
        moved = self._apply(batch) + Moved(dead=len(batch.unreadable))
        self._log.commit(batch.end)
        self._forget(batch)
        return moved

    def _forget(self, batch: Batch) -> None:
        """Let go of ids that no event of the log can repeat any more, once a day of the log's own time."""
        if self._log.drops_duplicates or not batch.events:
            return
        day = min(logged.received_at for logged in batch.events) // DAY_S - OLDEST_DAYS
        if day > self._forgotten_day:
            self._store.autocommit("write/applied_events_purge", day=day)
            self._forgotten_day = day

    def _apply(self, batch: Batch) -> Moved:
        judged = judge(self._store, batch.events, drops_duplicates=self._log.drops_duplicates)
        # before the batch counts as done: a letter that is written twice is one, a letter never written is lost
        self._letters.put(self._log.name, [(one.logged, one.reason) for one in judged.refused], self._now())
        try:
            done = apply(self._store, self._log, batch, judged, is_rebuild=self._is_rebuild)
        except GraphRefusedError as error:
            if len(judged.good) > 1:
                halves = batch.parts((len(batch.events) + 1) // 2)
                return sum(map(self._apply, halves), Moved())
            if not judged.good:
                raise
            self._letters.put(self._log.name, [(judged.good[0], str(error))], self._now())
            nothing = Judged((), (), {})
            done = apply(self._store, self._log, batch, nothing, is_rebuild=self._is_rebuild)
            return Moved(done.events, done.duplicates, 1 + len(judged.refused))
        if done.user_ids:
            self._changed(done.user_ids)
        return Moved(done.events, done.duplicates, len(judged.refused))


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of dead letters that were tried again."""

    applied: int
    duplicates: int
    refused: tuple[Refused, ...]
    unreadable: int


def replay(
    store: GraphStore,
    letters: DeadLetters,
    numbers: Iterable[int],
    now: int,
    changed: Callable[[Iterable[str]], None] = lambda user_ids: None,
) -> Replayed:
    """Try dead letters again; those that are applied now are gone, the others stay with the new reason.

    Raises:
        GraphError: Neo4j is absent; what was applied until then counts once when tried again.
        EventLogError: the letters cannot be read or written.
    """
    wanted = set(numbers)
    applied = duplicates = unreadable = 0
    refused: list[Refused] = []
    for letter in letters.listed(most=1_000_000):
        if letter.number not in wanted:
            continue
        event = letter.event()
        if event is None:
            unreadable += 1
            continue
        judged = judge(store, [event], drops_duplicates=True)
        if judged.refused:
            letters.put(letter.log, [(event, judged.refused[0].reason)], now)
            refused += judged.refused
            continue
        done = apply_again(store, judged)
        applied, duplicates = applied + done.events, duplicates + done.duplicates
        letters.remove([letter.number])
        changed(done.user_ids)
    return Replayed(applied, duplicates, tuple(refused), unreadable)
