"""``phonograph recipes``, ``recipe`` and ``cypher``: what analysts ask the graph, as a table, CSV or JSON."""

from __future__ import annotations

import csv
import json as encoder
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from api.cli.console import print_json, print_table, say
from api.composition import neo4j_address
from api.settings import load_settings
from graph.analysis import AnalystConsole, Table, recipe, recipes
from graph.errors import InvalidRequestError

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Answer in CSV, for spreadsheets.")]
Rows = Annotated[int, typer.Option("--rows", help="How many rows at most.")]
Seconds = Annotated[float, typer.Option("--seconds", help="How long it may take.")]


def list_recipes(json: AsJson = False) -> None:
    """List the questions that have a name, with their parameters."""
    found = recipes()
    if json:
        listed = [{"name": r.name, "about": r.about, "params": dict(r.defaults), "columns": r.columns} for r in found]
        print_json({"recipes": listed})
        return
    print_table(
        "Recipes", ["recipe", "what it answers", "parameters"], [[r.name, r.about, _said(r.defaults)] for r in found]
    )


def run_recipe(
    name: Annotated[str, typer.Argument(help="As `phonograph recipes` lists it.")],
    given: Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Parameters.")] = None,
    rows: Rows = 1_000,
    seconds: Seconds = 30.0,
    json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Ask one of the recipes."""
    chosen, params = recipe(name), dict(_pair(text) for text in given or ())
    with _console() as console:
        table = console.answer(chosen, params, rows=rows, timeout_s=seconds)
    _show(chosen.about, table, json=json, as_csv=as_csv)


def run_cypher(
    statement: Annotated[str, typer.Argument(help="One reading statement.")],
    given: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Parameters; JSON or text.")
    ] = None,
    rows: Rows = 100,
    seconds: Seconds = 10.0,
    json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Ask the graph in Cypher; whatever does more than read is refused."""
    params = {name: _value(text) for name, text in map(_pair, given or ())}
    with _console() as console:
        table = console.run(statement, params, rows=rows, timeout_s=seconds)
    _show("", table, json=json, as_csv=as_csv)


@contextmanager
def _console() -> Iterator[AnalystConsole]:
    with AnalystConsole(neo4j_address(load_settings())) as console:
        yield console


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise InvalidRequestError(f"{text!r} is no parameter: write NAME=VALUE")
    return name, value


def _value(text: str) -> Any:
    """A parameter of free Cypher: JSON where it is some, else the text."""
    try:
        return encoder.loads(text)
    except ValueError:
        return text


def _said(defaults: Any) -> str:
    return " ".join(name if value is None else f"{name}={value}" for name, value in defaults.items())


def _show(title: str, table: Table, *, json: bool, as_csv: bool) -> None:
    if json:
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        print_json({"columns": table.columns, "rows": rows, "cut": table.is_cut, "ms": table.ms})
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(_cells(row) for row in table.rows)
    else:
        print_table(title, list(table.columns), [[_cell(value) for value in row] for row in table.rows])
        say(
            f"{len(table.rows):,} rows in {table.ms:,.0f} ms" + (", more were left out: --rows" if table.is_cut else "")
        )


def _cell(value: Any) -> Any:
    return encoder.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value


def _cells(row: Sequence[Any]) -> list[Any]:
    return ["" if value is None else _cell(value) for value in row]
