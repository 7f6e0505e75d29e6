"""``phonograph evaluate-sources``: what each candidate source finds of what listeners play later."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import BarProgress, print_json, print_table, say
from graph.errors import ModelError


def evaluate_sources(
    dataset: Annotated[str, typer.Argument(help="lfm1m, demo or demo-20k.")],
    data: Annotated[Path | None, typer.Option(help="The folder of lfm1m.")] = None,
    most: Annotated[int | None, typer.Option(help="Listeners that are asked; all if left out.", min=2)] = None,
    curve: Annotated[bool, typer.Option("--curve", help="Measure the union under other quotas too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Train before a cut in time, and ask every source and the ranked list about the plays after it."""
    try:
        from api import source_table
    except ModuleNotFoundError as error:
        raise ModelError(f"evaluation needs {error.name}: pip install 'phonograph[train]'") from error
    with BarProgress(quiet=json) as progress:
        found, budgets = source_table.evaluate_sources(dataset, data, most=most, curve=curve, progress=progress)
    if json:
        told = {"budgets": [asdict(point) for point in budgets]} if curve else {}
        print_json(asdict(found) | {"bestLead": found.best_lead} | told)
        return
    columns = ["source", "quota", "nominated", "ms", "recall@500", "only it", "ndcg@20", "list better by", "95 %"]
    print_table(
        f"{dataset}: {found.listeners} listeners",
        columns,
        [
            [
                row.name,
                row.quota,
                round(row.nominated, 1),
                round(row.ms, 2),
                row.recall,
                row.unique,
                row.ndcg,
                row.lead.mean,
                f"{row.lead.low:+.4f} to {row.lead.high:+.4f}",
            ]
            for row in found.rows
        ],
    )
    for name, reason in found.silent.items():
        say(f"{name}: unavailable: {reason}")
    say(f"recall of all together under their quotas: {found.union:.4f}")
    say(
        f"ndcg@20 of the ranked union {found.ndcg['ranked']:.4f}, of the list that is shown {found.ndcg['list']:.4f}: "
        f"{found.best_lead:+.1%} over the best single source"
    )
    if curve:
        rows = [[point.share, round(point.tracks, 1), point.recall] for point in budgets]
        print_table("the union by the quotas of home", ["times the quotas", "tracks", "recall"], rows)
