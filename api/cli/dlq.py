"""``phonograph dlq``: events that could not be applied."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from api import composition
from api.cli.console import print_json, print_table, say
from api.settings import Settings, load_settings
from graph.errors import InvalidRequestError
from ingest.consumer import replay
from ingest.log.dead_letters import DeadLetters

SHOWN = 20


def dlq(
    action: Annotated[str, typer.Argument(help="list, replay or drop.")],
    numbers: Annotated[list[int] | None, typer.Argument(help="Numbers of letters; replay without: all.")] = None,
    n: Annotated[int, typer.Option("-n", "--limit", min=1, help="list: how many.")] = SHOWN,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
) -> None:
    """See events that could not be applied, try them again, or let them go."""
    if action not in ("list", "replay", "drop"):
        raise InvalidRequestError(f"unknown action {action!r}: use one of list, replay, drop")
    if action == "drop" and not numbers:
        raise InvalidRequestError("dlq drop: name the letters by their numbers, see `phonograph dlq list`")
    settings = load_settings()
    with composition.dead_letters(settings) as letters:
        if action == "list":
            _list(letters, n, as_json)
        elif action == "drop":
            dropped = letters.remove(numbers or [])
            if as_json:
                print_json({"dropped": dropped})
            else:
                say(f"{dropped} letters dropped")
        else:
            _replay(settings, letters, numbers, as_json)


def _list(letters: DeadLetters, n: int, as_json: bool) -> None:
    count, found = letters.count(), letters.listed(n)
    if as_json:
        print_json({"deadLetters": count, "letters": [asdict(letter) for letter in found]})
        return
    rows: list[list[Any]] = [
        [letter.number, _moment(letter.last_at), letter.attempts, letter.error, letter.payload[:80]] for letter in found
    ]
    print_table(f"{count} dead letters", ["number", "last tried", "tries", "why", "what"], rows)


def _replay(settings: Settings, letters: DeadLetters, numbers: list[int] | None, as_json: bool) -> None:
    chosen = numbers or [letter.number for letter in letters.listed(letters.count())]
    with composition.open_store(settings) as store:
        done = replay(store, letters, chosen, composition.now(), composition.changes(settings).touch)
    left = letters.count()
    if as_json:
        print_json({"applied": done.applied, "duplicates": done.duplicates, "deadLetters": left})
    else:
        say(f"{done.applied} applied, {done.duplicates} known already, {left} letters left")
        for one in done.refused[:SHOWN]:
            say(f"  {one.logged.event.id}: {one.reason}")


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
