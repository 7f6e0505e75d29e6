"""``phonograph events`` and ``apply``: what listeners do, into the log and from there into the graph."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from api import composition
from api.cli.console import BarProgress, print_json, say
from api.settings import Settings, load_settings
from graph.errors import InvalidRequestError, SourceError
from graph.store import GraphStore
from ingest.apply import DAY_S, ends_of, positions
from ingest.consumer import Consumer, Moved
from ingest.events import Event, from_json
from ingest.log.event_log import EventLog, distance
from ingest.recording import EventReceipt, LookUp, RejectedEvent, record

APPENDED = 1000
"""Events that are made durable at once."""
SHOWN = 20
KEPT_DAYS = 30
FOLLOWING_S = 1.0
Json = Annotated[bool, typer.Option("--json", help="Answer for programs.")]


def events(
    action: Annotated[str, typer.Argument(help="append, lag or archive.")],
    file: Annotated[
        Path | None, typer.Argument(help="append: JSON lines, an event each; - for standard input.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=0, help="archive: keep the last days in the log.")] = KEPT_DAYS,
    as_json: Json = False,
) -> None:
    """Record what listeners did, see how much of it waits, and move what is old to the archive."""
    if action not in ("append", "lag", "archive"):
        raise InvalidRequestError(f"unknown action {action!r}: use one of append, lag, archive")
    if (file is None) == (action == "append"):
        raise InvalidRequestError(f"events {action}: {'needs a file' if file is None else 'takes no file'}")
    settings = load_settings()
    with composition.event_log(settings) as log:
        if file is not None:
            _append(settings, log, file, as_json)
        elif action == "lag":
            _lag(settings, log, as_json)
        else:
            _archive(settings, log, days, as_json)


def apply(
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C, as `phonograph serve` does.")] = False,
    as_json: Json = False,
) -> None:
    """Move recorded events into the graph; each counts once, whoever else applies, however this ends."""
    settings = load_settings()
    with composition.opened(settings) as (store, log, letters), BarProgress(quiet=as_json) as progress:
        changed = composition.changes(settings).touch
        consumer = Consumer(store, log, letters, now=composition.now, changed=changed)
        progress.stage("apply events", distance(positions(store, log.name), log.end()) or None)
        moved = Moved()
        while (step := consumer.step(FOLLOWING_S if follow else 0.0)) or follow:
            moved += step
            progress.advance(len(step))
        dead = letters.count()
    if as_json:
        print_json({"applied": moved.events, "duplicates": moved.duplicates, "dead": moved.dead, "deadLetters": dead})
    else:
        say(f"{moved.events} events applied, {moved.duplicates} known already, {moved.dead} could not be")
        if dead:
            say(f"{dead} dead letters: `phonograph dlq list` shows why")


def _append(settings: Settings, log: EventLog, file: Path, as_json: bool) -> None:
    """Record a file of events, batch after batch; a second run finds those of the first as duplicates."""
    store = _running_store(settings)
    look_up: LookUp | None = partial(ends_of, store) if store else None
    total, rejected, users, newest = EventReceipt(0, 0), list[RejectedEvent](), set[str](), 0
    try:
        for numbers, batch, wrong in _batches(file):
            receipt = record(log, batch, composition.now(), look_up)
            total = EventReceipt(total.accepted + receipt.accepted, total.duplicates + receipt.duplicates)
            rejected += wrong + [RejectedEvent(numbers[one.index], one.reason) for one in receipt.rejected]
            users |= {event.user_id for event in batch}
            newest = max(newest, *(event.at for event in batch), 0)
    finally:
        composition.changes(settings).touch(users, min(newest, composition.now()))
        if store:
            store.close()
    rejected.sort(key=lambda one: one.index)
    if as_json:
        found = [{"line": one.index, "reason": one.reason} for one in rejected]
        print_json({"accepted": total.accepted, "duplicates": total.duplicates, "rejected": found})
        return
    say(f"{total.accepted} events recorded, {total.duplicates} known already, {len(rejected)} rejected")
    for one in rejected[:SHOWN]:
        say(f"  line {one.index}: {one.reason}")
    if len(rejected) > SHOWN:
        say(f"  and {len(rejected) - SHOWN} more: --json names all")


def _batches(file: Path) -> Iterator[tuple[list[int], list[Event], list[RejectedEvent]]]:
    """The events of a file with the numbers of their lines, and the lines that are none."""
    try:
        opened = sys.stdin.buffer if str(file) == "-" else file.open("rb")
    except OSError as error:
        raise SourceError(f"{file}: cannot be read ({error.strerror})") from None
    numbers, batch, wrong = list[int](), list[Event](), list[RejectedEvent]()
    with opened:
        for number, line in enumerate(opened, 1):
            if not line.strip():
                continue
            try:
                batch.append(from_json(json.loads(line)))
                numbers.append(number)
            except (ValueError, RecursionError) as error:
                reason = "no JSON in UTF-8" if isinstance(error, (UnicodeError, json.JSONDecodeError)) else str(error)
                wrong.append(RejectedEvent(number, reason))
            if len(batch) + len(wrong) >= APPENDED:
                yield numbers, batch, wrong
                numbers, batch, wrong = [], [], []
    yield numbers, batch, wrong


def _running_store(settings: Settings) -> GraphStore | None:
    """The graph where it runs: recording does not need it, and does not start it."""
    if settings.neo4j.uri is None and not composition.managed_server(settings).state().running:
        return None
    return GraphStore(composition.neo4j_address(settings))


def _lag(settings: Settings, log: EventLog, as_json: bool) -> None:
    with composition.open_store(settings) as store, composition.dead_letters(settings) as letters:
        applied, end, dead = positions(store, log.name), log.end(), letters.count()
    waiting = distance(applied, end)
    if as_json:
        shown = {str(partition): {"applied": applied.get(partition, 0), "end": end[partition]} for partition in end}
        print_json({"log": log.name, "lag": waiting, "partitions": shown, "deadLetters": dead})
    else:
        say(f"{waiting} events wait to be applied, {dead} dead letters")


def _archive(settings: Settings, log: EventLog, days: int, as_json: bool) -> None:
    with composition.open_store(settings) as store:
        applied = positions(store, log.name)
    done = composition.archive(settings).take(log, applied, composition.now() - days * DAY_S)
    if as_json:
        print_json(asdict(done))
    else:
        say(f"{done.events} events archived in {done.files} files, {done.bytes / 1e6:.1f} MB")
