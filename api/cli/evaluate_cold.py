"""``phonograph evaluate-cold``: how good lists are for new users and of new items, on a public data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import BarProgress, print_json, print_table
from graph.errors import ModelError

COLUMNS = ("recall@20", "ndcg@20", "hit@20", "coverage@20")


def evaluate_cold(
    dataset: Annotated[str, typer.Argument(help="lfm1m or hetrec.")],
    data: Annotated[Path, typer.Option(help="The folder of the data set.")],
    cold: Annotated[
        str, typer.Option(help="users: known by three seeds; friends: by whom they follow; items: by content.")
    ] = "users",
    models: Annotated[str, typer.Option(help="Names with commas; all that fit if left out.")] = "",
    seed: Annotated[int, typer.Option(help="Of what is hidden, and of folds, weights and batches.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Hide a tenth of the users or items from training, and rank for them or among them."""
    try:
        from api import cold_evaluation
    except ModuleNotFoundError as error:
        raise ModelError(f"evaluation needs {error.name}: pip install 'phonograph[train]'") from error
    names = [name.strip() for name in models.split(",") if name.strip()]
    with BarProgress(quiet=json) as progress:
        found = cold_evaluation.run(dataset, data, cold, names, seed=seed, progress=progress)
    table = {name: quality.summary() for name, quality in found.items()}
    if json:
        print_json(table)
        return
    rows = [[name, *(metrics[column] for column in COLUMNS)] for name, metrics in table.items()]
    print_table(f"{dataset}, cold {cold}", ["model", *COLUMNS], rows)
