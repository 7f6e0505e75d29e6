"""``phonograph identity``: what was merged, why, and how to undo it; merging by hand, by a scan, and how good it is."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import BarProgress, print_json, print_table, say
from api.composition import now, open_store
from api.settings import load_settings
from graph.errors import InvalidRequestError, NotFoundError
from graph.store import GraphStore
from ingest.identity import evaluate as evaluation
from ingest.identity import merge as merging
from ingest.identity import scan as scanning

SHOWN = 20
Arguments = Annotated[list[str] | None, typer.Argument(help="ID for why and undo, two IDs for merge.")]


def identity(
    action: Annotated[str, typer.Argument(help="list, why, undo, merge, scan or evaluate.")],
    ids: Arguments = None,
    n: Annotated[int, typer.Option("-n", "--limit", min=1, help="list: how many.")] = SHOWN,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="scan: say what would be merged, merge nothing.")] = False,
    data: Annotated[Path | None, typer.Option("--data", help="evaluate: the folder of all data sets.")] = None,
    verdicts: Annotated[Path | None, typer.Option("--verdicts", help="evaluate: a file of judged pairs.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
) -> None:
    """See what of several sources is one in the graph, why, and undo it."""
    wanted = {"list": 0, "why": 1, "undo": 1, "merge": 2, "scan": 0, "evaluate": 0}
    given = ids or []
    if action not in wanted:
        raise InvalidRequestError(f"unknown action {action!r}: use one of {', '.join(wanted)}")
    if len(given) != wanted[action]:
        raise InvalidRequestError(f"identity {action}: needs {wanted[action]} ids, was given {len(given)}")
    if action == "evaluate":
        _evaluate(data, verdicts, as_json)
        return
    settings = load_settings()
    with BarProgress(quiet=as_json or action != "scan") as progress, open_store(settings) as store:
        if action == "list":
            _list(store, n, as_json)
        elif action == "why":
            _why(store, given[0], as_json)
        elif action == "undo":
            _undo(store, given[0], as_json)
        elif action == "merge":
            _merge(store, given[0], given[1], as_json)
        else:
            found = scanning.scan(store, now(), dry_run=dry_run, progress=progress)
    if action == "scan":
        _show_scan(found, dry_run, n, as_json)


def _list(store: GraphStore, n: int, as_json: bool) -> None:
    rows = store.read("read/identity_list", timeout_s=30, n=n)
    if as_json:
        print_json({"merges": rows})
        return
    shown = [[_day(row["at"]), row["absorbed"], row["survivor"], row["survivorName"], row["reason"]] for row in rows]
    print_table("Merges, newest first", ["when", "record", "is part of", "name", "because"], shown)


def _why(store: GraphStore, id: str, as_json: bool) -> None:
    kind, node = merging.find_any(store, id)
    rows = [row for row in store.read("read/identity_why", record=id) if row["label"] == kind.label]
    rows = rows or [row for row in store.read("read/identity_why", record=node) if row["label"] == kind.label]
    if as_json:
        print_json({"label": kind.label, "id": node, "records": rows})
    elif not rows:
        say(f"{node} stands for itself alone: no other source has it")
    else:
        say(f"{node} ({rows[0]['survivorName']}) stands for")
        for row in rows:
            because = (
                f"{row['reason']} ({', '.join(row['evidence'])}), {_day(row['at'])}" if row["reason"] else "the first"
            )
            say(f"  {row['record']} ({row['name']}): {because}")


def _undo(store: GraphStore, id: str, as_json: bool) -> None:
    undone = merging.undo(store, id, now())
    if as_json:
        print_json({"label": undone.label, "id": undone.absorbed, "from": undone.survivor, "links": undone.links})
    else:
        say(f"{undone.absorbed} is a node of its own again, with {undone.links} links; it will not be merged again")


def _merge(store: GraphStore, one: str, other: str, as_json: bool) -> None:
    kind, survivor = merging.find_any(store, one)
    absorbed = merging.find(store, other, kind)
    if absorbed is None:
        raise NotFoundError(f"there is no {kind.name} {other!r}: correct the id")
    if absorbed == survivor:
        raise InvalidRequestError(f"{one} and {other} are one already: {survivor}")
    merging.merge(store, kind, survivor, absorbed, merging.BY_HAND, now())
    merging.recount(store)
    if as_json:
        print_json({"label": kind.label, "id": survivor, "absorbed": absorbed})
    else:
        say(f"{absorbed} is part of {survivor} now: `phonograph identity undo {absorbed}` takes it back")


def _show_scan(found: list[scanning.Found], dry_run: bool, n: int, as_json: bool) -> None:
    counts = Counter(one.kind.name for one in found)
    if as_json:
        listed = [
            {"label": one.kind.label, "id": one.survivor.id, "absorbed": one.absorbed.id, "reason": one.match.reason}
            for one in found
        ]
        print_json({"dryRun": dry_run, "merges": listed})
        return
    rows = [[one.absorbed.id, one.survivor.id, one.survivor.names[0], one.match.reason] for one in found[:n]]
    if rows:
        print_table(f"the first {len(rows)}", ["record", "is", "name", "because"], rows)
    told = ", ".join(f"{counts[kind]} {kind}s" for kind in ("artist", "genre", "track"))
    say(f"{'would merge' if dry_run else 'merged'} {told}")


def _evaluate(data: Path | None, verdicts: Path | None, as_json: bool) -> None:
    if data is None or verdicts is None:
        raise InvalidRequestError("identity evaluate: name the data with --data and the judged pairs with --verdicts")
    scores = evaluation.evaluate(data, evaluation.Sample.read(verdicts))
    rows: list[list[Any]] = [
        [score.stratum, score.pairs, score.one, score.precision, score.recall, score.agreed] for score in scores
    ]
    columns = ["stratum", "pairs", "one recording", "precision", "recall", "verdicts agreed"]
    if as_json:
        print_json({"strata": [dict(zip(columns, row, strict=True)) for row in rows]})
    else:
        print_table("Identity on judged pairs", columns, rows)


def _day(at: int | None) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat() if at is not None else ""
