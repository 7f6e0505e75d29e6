"""``phonograph tune``: a search for GraphSAGE's hyper-parameters on validation data, within a budget."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import BarProgress, print_json, print_table, say
from api.settings import load_settings
from graph.errors import ModelError

SHOWN = 5


def tune(
    dataset: Annotated[str, typer.Argument(help="lfm1m or hetrec.")],
    data: Annotated[Path, typer.Option(help="The folder of the data set.")],
    split: Annotated[str | None, typer.Option(help="lfm1m: global or per-user; hetrec: 0, 1, 2 ...")] = None,
    trials: Annotated[int, typer.Option(min=1, help="Trials in all; those of earlier runs count.")] = 20,
    minutes: Annotated[float, typer.Option(min=0.01, help="After which no further trial begins.")] = 30.0,
    dials: Annotated[str, typer.Option(help="learning: training only, or everything: ALS too.")] = "learning",
    seed: Annotated[int, typer.Option(help="Of proposals, folds, weights and batches.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Try configs on a data set's validation part; run it again to go on where it stopped."""
    try:
        import optuna

        from api import tuning
        from gnn.search import GOAL, Budget
    except ModuleNotFoundError as error:
        raise ModelError(f"a search needs {error.name}: pip install 'phonograph[train,tune]'") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it would write a line per trial across the bar
    home = load_settings().home
    budget = Budget(trials, minutes)
    with BarProgress(quiet=json) as progress:
        found, path = tuning.tune(dataset, data, home, budget, split=split, dials=dials, seed=seed, progress=progress)
    best = found.best
    if json:
        kept = [
            {"number": trial.number, "value": trial.value, "factors": dict(trial.factors)} for trial in found.trials
        ]
        print_json({"goal": GOAL, "best": best.number, "value": best.value, "config": str(path), "trials": kept})
        return
    first = sorted(found.trials, key=lambda trial: (-trial.value, trial.number))[:SHOWN]
    rows = [[GOAL, *(trial.value for trial in first)]]
    rows += [[f"{name} x", *(trial.factors[name] for trial in first)] for name in sorted(best.factors)]
    columns = ["", *(f"trial {trial.number}" for trial in first)]
    print_table(f"{dataset}, validation: the best of {len(found.trials)} trials (0 is the preset)", columns, rows)
    say(f"use it: phonograph train --config {path}")
