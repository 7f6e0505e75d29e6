"""How events of the log reach the graph: each counts once, in any order, whatever is delivered twice.

The counters and the place in the log move in one transaction: either the graph has both, or neither. PLAY, SKIP,
REPEAT, SAVE, UNSAVE, LIKE and ADD_TO_PLAYLIST move ``PLAYED`` (and ``SAVED``, ``LIKED``); DISLIKE, HATE, BLOCK and
FOLLOW write relationships of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph import weights
from graph.errors import RebuildingError
from graph.store import GraphStore, Transaction
from ingest.events import ON_TRACKS, TARGETS, Event, problem
from ingest.load import E_FOLDING_S
from ingest.log.event_log import Batch, EventLog, Logged, Positions

OLDEST_DAYS = 30
"""Where a log may hold an event twice, its id is remembered this long, and an event older than that is refused."""
DAY_S = 86_400
ENDS = 5000
"""Ids in one look-up."""
RELATIONS = {"DISLIKE": "dislike", "HATE": "dislike", "BLOCK": "block", "FOLLOW": "follow"}
TOO_OLD = "TOO_OLD"
REBUILDING = "a rebuild is under way, or was interrupted: run `phonograph rebuild` to its end"


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that can never be applied as the graph stands, and why."""

    logged: Logged
    reason: str


@dataclass(frozen=True, slots=True)
class End:
    """A node that an event names."""

    id: str
    label: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch held against the graph: what can be applied, what never can, and the nodes that it names."""

    good: tuple[Logged, ...]
    refused: tuple[Refused, ...]
    ends: Mapping[str, End]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of good events: those that were new, those that the graph had already, and whose edges changed."""

    events: int
    duplicates: int
    user_ids: frozenset[str]


def positions(store: GraphStore, log: str) -> Positions:
    """How far a log has been moved into the graph.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    found = [row["positions"] for row in store.read("read/applied_offset") if row["log"] == log]
    return dict(enumerate(found[0])) if found else {}


def judge(store: GraphStore, events: Sequence[Logged], *, drops_duplicates: bool) -> Judged:
    """Tell the events that the graph has a place for from those that it has none for.

    Args:
        store: the graph.
        events: of one log.
        drops_duplicates: whether that log does.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    ends = ends_of(store, [logged.event for logged in events])
    reasons = [(logged, _reason(logged, ends, drops_duplicates)) for logged in events]
    return Judged(
        tuple(logged for logged, reason in reasons if reason is None),
        tuple(Refused(logged, reason) for logged, reason in reasons if reason is not None),
        ends,
    )


def apply(store: GraphStore, log: EventLog, batch: Batch, judged: Judged, *, is_rebuild: bool = False) -> Applied:
    """Move the good events of a batch into the graph, and the log's place behind the batch, in one transaction.

    Args:
        store: the graph.
        log: where the batch is from.
        batch: ascending within each partition; what the graph has of it is left out.
        judged: the same batch.
        is_rebuild: the caller is the rebuild that everybody else waits for.

    Raises:
        RebuildingError: somebody makes the behaviour anew.
        GraphError: Neo4j is absent, or refuses; the batch can be applied again.
    """

    def work(transaction: Transaction) -> Applied:
        (held,) = transaction.run("write/applied_offset_hold", log=log.name)
        if held["isRebuilding"] and not is_rebuild:
            raise RebuildingError(REBUILDING)
        before = dict(enumerate(held["positions"]))
        due = [logged for logged in judged.good if logged.offset >= before.get(logged.partition, 0)]
        fresh = due if log.drops_duplicates else _uncounted(transaction, due)
        _write(transaction, fresh, judged.ends)
        after = _moved(before, batch.end)
        if after != held["positions"]:
            transaction.run("write/applied_offset_move", log=log.name, positions=after)
        return _applied(fresh, len(judged.good))

    return store.transact("apply", work)


def apply_again(store: GraphStore, judged: Judged) -> Applied:
    """Apply events that were refused before, outside the order of their log; each counts once.

    Raises:
        GraphError: Neo4j is absent, or refuses; the same can be tried again.
    """

    def work(transaction: Transaction) -> Applied:
        fresh = _uncounted(transaction, judged.good)
        _write(transaction, fresh, judged.ends)
        return _applied(fresh, len(judged.good))

    return store.transact("apply again", work)


def _applied(fresh: Sequence[Logged], given: int) -> Applied:
    return Applied(len(fresh), given - len(fresh), frozenset(logged.event.user_id for logged in fresh))


def ends_of(store: GraphStore, events: Iterable[Event]) -> dict[str, End]:
    """Every node that the events name, by the id they use.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    ids = sorted({id for event in events for id in (event.user_id, event.target_id) if id})
    rows = (
        row
        for start in range(0, len(ids), ENDS)
        for row in store.read("read/event_ends", timeout_s=30, ids=ids[start : start + ENDS])
    )
    return {
        row["id"]: End(row["node"], row["label"], row["durationMs"] or weights.UNKNOWN_MS)
        for row in rows
        if row["label"] is not None
    }


def misfit(event: Event, ends: Mapping[str, End]) -> str | None:
    """Why the graph has no place for an event, None where it has."""
    user = ends.get(event.user_id)
    if user is None or user.label != "User":
        return f"unknown user {event.user_id!r}"
    allowed = TARGETS[event.kind]
    target = ends.get(event.target_id)
    if allowed and target is None:
        return f"unknown target {event.target_id!r}"
    if allowed and target is not None and target.label not in allowed:
        return f"{event.kind} is about {' or '.join(allowed)}, {event.target_id!r} is a {target.label}"
    return None


def _reason(logged: Logged, ends: Mapping[str, End], drops_duplicates: bool) -> str | None:
    """Why an event cannot be applied, None where it can; the same whenever it is asked for the same graph."""
    reason = problem(logged.event, logged.received_at)
    if reason is not None:
        return reason
    if not drops_duplicates and logged.event.at < logged.received_at - OLDEST_DAYS * DAY_S:
        return f"{TOO_OLD}: at {logged.event.at} is more than {OLDEST_DAYS} days before it was received"
    return misfit(logged.event, ends)


def _uncounted(transaction: Transaction, events: Sequence[Logged]) -> list[Logged]:
    """The events that were never counted, each once."""
    by_id = {logged.event.id: logged for logged in reversed(events)}
    ordered = sorted(by_id.items())  # two transactions must not wait for each other
    if not ordered:
        return []
    days = [logged.event.at // DAY_S for _, logged in ordered]
    fresh = transaction.run("write/applied_events", ids=[id for id, _ in ordered], days=days)[0]["fresh"]
    return [ordered[place][1] for place in fresh]


def _write(transaction: Transaction, events: Sequence[Logged], ends: Mapping[str, End]) -> None:
    """Send the events, summed, one statement for each group of kinds."""
    if not events:
        return
    on_tracks = [logged.event for logged in events if logged.event.kind in ON_TRACKS]
    if on_tracks:
        pairs = _pairs(on_tracks, ends)
        constants = {"save": weights.DEFAULT.save, "eFoldingS": E_FOLDING_S}
        transaction.run("write/events_on_tracks", pairs=pairs, **constants)
    groups: dict[str, list[dict[str, Any]]] = {}
    for event in (logged.event for logged in events):
        if event.kind in RELATIONS:
            target = ends[event.target_id]
            name = f"write/events_{RELATIONS[event.kind]}_{target.label.lower()}"
            row = {"user": event.user_id, "target": target.id, "at": event.at, "until": event.until}
            groups.setdefault(name, []).append(row)
    for name in sorted(groups):
        transaction.run(name, events=sorted(groups[name], key=itemgetter("user", "target", "at")))
    newest = max(min(logged.event.at, logged.received_at) for logged in events)
    transaction.run("write/newest_event", at=newest)


def _pairs(events: Sequence[Event], ends: Mapping[str, End]) -> list[dict[str, Any]]:
    """One row for each user and track, ascending, with the sums of ``write/events_on_tracks``."""
    names = [(event.user_id, ends[event.target_id].id) for event in events]
    pairs = sorted(set(names))
    number = {pair: place for place, pair in enumerate(pairs)}
    pair = np.array([number[name] for name in names], np.int64)
    kinds = np.array([event.kind for event in events])
    at = np.array([event.at for event in events], np.int64)
    listened = np.array([weights.UNKNOWN_MS if event.listened_ms is None else event.listened_ms for event in events])
    durations = np.array([ends[event.target_id].duration_ms for event in events], np.int64)
    oldest, newest = np.full(len(pairs), at.max()), np.full(len(pairs), at.min())
    np.minimum.at(oldest, pair, at)
    np.maximum.at(newest, pair, at)
    part = weights.fractions(kinds, listened, durations)
    values = np.where(kinds == "SAVE", 0.0, weights.values(kinds, part))  # a save's is left to the statement
    is_whole = (kinds == "PLAY") & (part >= 1) & (listened >= 0) & (durations > 0)

    def counted(chosen: NDArray[np.bool_]) -> list[int]:
        numbers: list[int] = np.bincount(pair[chosen], minlength=len(pairs)).tolist()
        return numbers

    columns: dict[str, list[Any]] = {
        "user": [user for user, _ in pairs],
        "target": [target for _, target in pairs],
        "oldest": oldest.tolist(),
        "newest": newest.tolist(),
        "plays": counted(kinds == "PLAY"),
        "completed": counted(is_whole),
        "skips": counted(kinds == "SKIP"),
        "value": np.bincount(pair, weights.decay(values, at, newest[pair]), minlength=len(pairs)).tolist(),
        "saves": [[] for _ in pairs],
        "unsaved": [None] * len(pairs),
        "liked": [None] * len(pairs),
    }
    for place in np.flatnonzero(np.isin(kinds, ("SAVE", "UNSAVE", "LIKE"))).tolist():
        row, when = int(pair[place]), events[place].at
        if events[place].kind == "SAVE":
            columns["saves"][row].append(when)
        else:
            column = columns["unsaved" if events[place].kind == "UNSAVE" else "liked"]
            column[row] = max(when, column[row] or 0)
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _moved(before: Positions, end: Positions) -> list[int]:
    """Positions as a list by partition, none of them going back."""
    size = max((*before, *end), default=-1) + 1
    return [max(before.get(partition, 0), end.get(partition, 0)) for partition in range(size)]
