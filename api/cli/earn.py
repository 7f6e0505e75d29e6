"""``phonograph earn``: which optional models would stay on a public data set, with the numbers either way."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import BarProgress, print_json, print_table
from graph.errors import ModelError

ALONE = ("recall@20", "ndcg@20", "recall@200", "coverage@20")


def earn(
    data: Annotated[Path, typer.Option(help="The folder lfm1m-kg.")],
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Train sequence, text and context models before the validation cut of LFM-1M and say what each adds after it."""
    try:
        from api import earning
    except ModuleNotFoundError as error:
        raise ModelError(f"training needs {error.name}: pip install 'phonograph[train]'") from error
    with BarProgress(quiet=json) as progress:
        found = earning.earn(data, progress=progress)
    if json:
        verdicts = {name: verdict.to_json() for name, verdict in found.verdicts.items()}
        union = {name: {"recall": recall, "size": size} for name, (recall, size) in found.union.items()}
        print_json(
            {"alone": {name: dict(row) for name, row in found.alone.items()}, "union": union, "verdicts": verdicts}
        )
        return
    rows = [[name, *(metrics[metric] for metric in ALONE)] for name, metrics in found.alone.items()]
    print_table("alone, on validation", ["model", *ALONE], rows)
    print_table("candidates", ["sources", "recall", "tracks"], [[name, *pair] for name, pair in found.union.items()])
    judged = [
        [name, "stays" if verdict.kept else "left out", verdict.reason] for name, verdict in found.verdicts.items()
    ]
    print_table("in the blend", ["model", "verdict", "why"], judged)
