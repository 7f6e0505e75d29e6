"""``phonograph evaluate``: recall, NDCG and coverage of the models on a public data set that need not be imported."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import BarProgress, print_json, print_table
from graph.errors import InvalidRequestError, ModelError

COLUMNS = ("recall@20", "ndcg@20", "hit@20", "coverage@20", "novelty@20", "trainSeconds")


def evaluate(
    dataset: Annotated[str, typer.Argument(help="lfm1m or hetrec.")],
    data: Annotated[Path, typer.Option(help="The folder of the data set.")],
    split: Annotated[str | None, typer.Option(help="lfm1m: global or per-user; hetrec: 0, 1, 2 ...")] = None,
    models: Annotated[str, typer.Option(help="Names with commas: sage, als, popularity, itemknn, artist_path.")] = (
        "sage,als,popularity"
    ),
    validation: Annotated[bool, typer.Option("--validation", help="Measure inside the training part.")] = False,
    config: Annotated[Path | None, typer.Option(help="How to train: a file that `phonograph tune` wrote.")] = None,
    seed: Annotated[int, typer.Option(help="Of folds, weights and batches.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Train models on a public data set and rank the whole catalogue for every tested user."""
    try:
        from api import evaluation
        from gnn.config_file import read_config
    except ModuleNotFoundError as error:
        raise ModelError(f"evaluation needs {error.name}: pip install 'phonograph[train]'") from error
    names = [name.strip() for name in models.split(",") if name.strip()]
    if not names:
        raise InvalidRequestError("no model is named: give --models sage,als,popularity")
    part: evaluation.Part = "validation" if validation else "test"
    chosen = None if config is None else read_config(config)
    with BarProgress(quiet=json) as progress:
        found = evaluation.run(
            dataset, data, names, split=split, part=part, config=chosen, seed=seed, progress=progress
        )
    table = {name: result.summary() for name, result in found.items()}
    if json:
        print_json(table)
        return
    rows = [[name, *(metrics[column] for column in COLUMNS)] for name, metrics in table.items()]
    print_table(f"{dataset}, split {split or 'default'}", ["model", *COLUMNS], rows)
