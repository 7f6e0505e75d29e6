"""``phonograph evaluate``: how good the models are on a public data set that need not be imported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.console import BarProgress, print_json, print_table, say
from gnn.config_file import read_config
from graph.errors import InvalidRequestError, ModelError

if TYPE_CHECKING:
    from types import ModuleType

    from gnn.comparison import Table

COLUMNS = ("recall", "ndcg", "hit", "coverage", "novelty")
"""What a terminal has room for; reports and JSON have all."""
MOST_SEEDS = 100


def evaluate(
    dataset: Annotated[str, typer.Argument(help="lfm1m or hetrec.")],
    data: Annotated[Path, typer.Option(help="The folder of the data set.")],
    split: Annotated[
        str | None, typer.Option(help="lfm1m: global or per-user; hetrec: 0, 1, 2 ..., all (0 to 2) or 8:1:1.")
    ] = None,
    models: Annotated[
        str, typer.Option(help="Names with commas, or all; a wrong one lists them.")
    ] = "sage,als,popularity",
    validation: Annotated[bool, typer.Option("--validation", help="Measure inside the training part.")] = False,
    config: Annotated[Path | None, typer.Option(help="How to train: a file that `phonograph tune` wrote.")] = None,
    seed: Annotated[int, typer.Option(help="Of folds, weights and batches.")] = 0,
    seeds: Annotated[int, typer.Option(help="Repeat with so many seeds, from --seed on.", min=1, max=MOST_SEEDS)] = 1,
    against: Annotated[str | None, typer.Option(help="The model that the others are compared with.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a report with plots: FILE.md or FILE.html.")] = None,
    tune: Annotated[str | None, typer.Option(help="Search the hyper-parameters of this baseline instead.")] = None,
    budget: Annotated[float, typer.Option(help="Seconds of --tune; no trial begins later.", min=1)] = 600.0,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Train models on a public data set and rank the whole catalogue for every tested user."""
    evaluation = _evaluation()
    if tune is not None:
        _tune(evaluation, dataset, data, split, tune, budget)
        return
    names = [name.strip() for name in models.split(",") if name.strip()]
    if not names:
        raise InvalidRequestError("no model is named: give --models sage,als,popularity")
    if against is not None and against not in names and names != ["all"]:
        raise InvalidRequestError(f"{against!r} was not measured: compare with one of {', '.join(names)}")
    if report is not None:
        evaluation.check_report(report)
    part = "validation" if validation else "test"
    how = None if config is None else read_config(config)
    chosen = range(seed, seed + seeds)
    with BarProgress(quiet=json) as progress:
        runs = evaluation.repeat(
            dataset, data, names, split=split, part=part, config=how, seeds=chosen, progress=progress
        )
    table = evaluation.table(runs, against or next(iter(runs[0].results)))
    title = f"{dataset}, split {split or 'default'}, {part} part"
    if report is not None:
        evaluation.write_report(report, title, table, runs)
    if json:
        print_json(table.to_json() | ({"leftOut": dict(runs[0].left_out)} if names == ["all"] else {}))
        return
    _show(title, table)
    for name, reason in runs[0].left_out.items():
        say(f"left out: {name} ({reason})")
    if report is not None:
        say(f"report: {report}")


def _evaluation() -> ModuleType:
    try:
        from api import evaluation
    except ModuleNotFoundError as error:
        raise ModelError(f"evaluation needs {error.name}: pip install 'phonograph[train]'") from error
    return evaluation


def _show(title: str, table: Table) -> None:
    """Print the main metrics, their deviations after several runs, and the intervals of the differences."""
    length = next(iter(table.rows[table.against].mean)).split("@")[1]
    columns = [*(f"{name}@{length}" for name in COLUMNS), "trainSeconds"]
    rows: list[list[object]] = [[name, *(row.mean[column] for column in columns)] for name, row in table.rows.items()]
    print_table(f"{title}, mean of {table.runs}" if table.runs > 1 else title, ["model", *columns], rows)
    if table.runs > 1:
        spread = [[name, *(row.deviation[column] for column in columns)] for name, row in table.rows.items()]
        print_table("standard deviation", ["model", *columns], spread)
    for name, row in table.rows.items():
        for metric, it in row.differences.items():
            say(f"{name} - {table.against}, {metric}: {it.mean:+.4f} [{it.low:+.4f}, {it.high:+.4f}]")


def _tune(evaluation: ModuleType, dataset: str, data: Path, split: str | None, name: str, budget: float) -> None:
    with BarProgress() as progress:
        trials = evaluation.tune(dataset, data, name, split=split, seconds=budget, progress=progress)
    rows = [[str(trial.config), trial.recall, trial.ndcg, trial.seconds] for trial in trials]
    print_table(f"{name} on the validation part", ["config", "recall@20", "ndcg@20", "seconds"], rows)
