"""``phonograph train``: from the graph to a live model."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import BarProgress, print_json, print_table, say
from api.composition import now, open_store, registry
from api.settings import load_settings
from graph.errors import ModelError


def train(json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False) -> None:
    """Train ALS, GraphSAGE and the ranker on the graph, publish the model and make it live."""
    try:
        from api import training
    except ModuleNotFoundError as error:
        raise ModelError(f"training needs {error.name}: pip install 'phonograph[train]'") from error
    settings = load_settings()
    with BarProgress(quiet=json) as progress, open_store(settings, progress) as store:
        report = training.train(store, registry(settings), now=now(), progress=progress)
    total = round(sum(report.seconds.values()), 2)
    if json:
        metrics = dict(report.metrics)
        print_json(
            {
                "version": report.version,
                "trainSeconds": total,
                "seconds": dict(report.seconds),
                "metrics": metrics,
                "sizes": dict(report.sizes),
            }
        )
        return
    sizes = ", ".join(f"{count:,} {name}" for name, count in report.sizes.items())
    print_table(f"model {report.version} ({sizes})", ["step", "seconds"], [list(row) for row in report.seconds.items()])
    kept = [[name, value] for name, value in report.metrics.items() if "@20" in name or name.startswith("union")]
    if kept:
        print_table("on plays after the validation cut, listeners held out", ["metric", "value"], kept)
    say(f"live: {report.version} after {total:.0f} s")
