"""``phonograph rules``: what curators raise, pin, leave out, cap and take down; with preview and a record."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from typing import Annotated

import typer

from api import composition
from api.cli.console import BarProgress, print_json, print_table, say
from api.rule_book import SqliteRuleBook, to_json
from api.service import Service
from api.settings import load_settings
from graph.errors import InvalidRequestError
from recommend.rules import Action, Condition, Rule
from recommend.wire import iso, unix

ACTIONS = ("list", "set", "preview", "end", "audit")


def rules(
    what: Annotated[str, typer.Argument(help="list, set, preview, end or audit.")] = "list",
    name: Annotated[str | None, typer.Argument(help="The rule's name, for set, preview and end.")] = None,
    action: Annotated[str | None, typer.Option(help=f"One of {', '.join(one.lower() for one in Action)}.")] = None,
    target: Annotated[list[str] | None, typer.Option(help="A track, artist or genre id.")] = None,
    amount: Annotated[float, typer.Option(help="Boost: units; pin: the place; cap: how many.")] = 0.0,
    surface: Annotated[list[str] | None, typer.Option(help="Only on this surface.")] = None,
    user: Annotated[list[str] | None, typer.Option(help="Only for this listener; for preview, whose lists.")] = None,
    activity: Annotated[list[str] | None, typer.Option(help="Only in this activity.")] = None,
    market: Annotated[str | None, typer.Option(help="Only in this market.")] = None,
    since: Annotated[str | None, typer.Option(help="From this instant, such as 2026-12-01T00:00:00Z.")] = None,
    until: Annotated[str | None, typer.Option(help="Until this instant.")] = None,
    author: Annotated[str | None, typer.Option(help="Who decides; the system's user if left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Keep the rules of curators: list, set, preview, end, and the record of all changes."""
    if what not in ACTIONS:
        raise InvalidRequestError(f"unknown action {what!r}: choose one of {', '.join(ACTIONS)}")
    settings, by = load_settings(), author or getpass.getuser()
    if what in ("set", "preview", "end") and name is None:
        raise InvalidRequestError(f"rules {what} needs the name of a rule")
    if what in ("set", "preview"):
        when = Condition(frozenset(surface or ()), frozenset(user or ()), frozenset(activity or ()), market)
        rule = Rule(
            str(name), _action(action), tuple(target or ()), amount, when, _instant(since), _instant(until), by
        ).checked()
        if what == "preview":
            _preview(rule, list(user or ()), json)
            return
    with composition.rule_book(settings) as book:
        if what == "set":
            book.set(rule, composition.now())
            say(f"{rule.name} holds: the next answer follows it")
        elif what == "end":
            book.end(str(name), by, composition.now())
            say(f"{name} has ended")
        elif what == "audit":
            _audit(book, json)
        else:
            _list(book, json)


def _action(text: str | None) -> Action:
    try:
        return Action((text or "").upper().replace("-", "_"))
    except ValueError:
        raise InvalidRequestError(
            f"action {text!r}: give --action with one of {', '.join(one.lower() for one in Action)}"
        ) from None


def _instant(text: str | None) -> int | None:
    try:
        return None if text is None else unix(text)
    except ValueError:
        raise InvalidRequestError(f"{text!r} is no instant: write it as 2026-12-01T00:00:00Z") from None


def _list(book: SqliteRuleBook, json: bool) -> None:
    kept = book.rules()
    if json:
        print_json([to_json(rule) for rule in kept])
        return
    rows = [
        [rule.name, rule.action.value, ", ".join(rule.targets[:3]), rule.amount, _window(rule), rule.author]
        for rule in kept
    ]
    print_table("rules", ["name", "action", "targets", "amount", "window", "author"], rows)


def _window(rule: Rule) -> str:
    ends = ["" if one is None else iso(one) for one in (rule.since, rule.until)]
    return " to ".join(ends) if any(ends) else "always"


def _audit(book: SqliteRuleBook, json: bool) -> None:
    found = book.changes()
    if json:
        print_json([{"at": iso(c.at), "author": c.author, "what": c.what, "rule": to_json(c.rule)} for c in found])
        return
    rows = [[iso(c.at), c.author, c.what, c.rule.name, c.rule.action.value] for c in found]
    print_table("changes", ["at", "author", "what", "rule", "action"], rows)


def _preview(rule: Rule, users: list[str], json: bool) -> None:
    with BarProgress(quiet=json) as progress, Service.open(load_settings(), progress) as service:
        found = service.lists.preview(rule, users or service.lists.some_listeners())
    if json:
        print_json(asdict(found))
        return
    say(
        f"{rule.name} is about {found.tracks} tracks; it would change {found.changed} of {found.lists} lists "
        f"and touch {found.touched} tracks in them"
    )
