"""``phonograph doctor``: what this machine lacks, and how to get it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from api.cli.console import print_json, say
from api.composition import managed_server
from api.settings import load_settings
from graph.doctor import Check, examine

MENDABLE = 2


def doctor(json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False) -> None:
    """Look for everything that Phonograph needs; exit code 2 if something needed is missing."""
    settings = load_settings()
    checks = examine(managed_server(settings), external=settings.neo4j.uri is not None)
    healthy = all(check.ok for check in checks if check.needed)
    if json:
        print_json({"ok": healthy, "checks": [asdict(check) for check in checks]})
    else:
        _show(checks)
    if not healthy:
        raise typer.Exit(MENDABLE)


def _show(checks: list[Check]) -> None:
    width = max(len(check.name) for check in checks)
    for check in checks:
        mark = "[green]ok     [/]" if check.ok else "[red]missing[/]" if check.needed else "[yellow]absent [/]"
        remedy = f" -> {check.remedy}" if check.remedy else ""
        say(f"{mark}  {check.name:<{width}}  {escape(check.found + remedy)}")
