"""``phonograph train``: from the graph to a live model."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import BarProgress, print_json, print_table, say
from api.composition import moments, now, open_store, registry
from api.settings import load_settings
from gnn.config_file import read_config
from graph.errors import ModelError

SHOWN = ("recall@20", "ndcg@20", "coverage@20")


class Quantise(StrEnum):
    """How vectors are made smaller."""

    INT8 = "int8"


def train(
    config: Annotated[Path | None, typer.Option(help="How to train: a file that `phonograph tune` wrote.")] = None,
    quantise: Annotated[Quantise | None, typer.Option(help="Vectors with one byte per number.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Train ALS, GraphSAGE and the rankers on the graph, publish the model and make it live."""
    try:
        from api import training
        from gnn.parallel import leads
    except ModuleNotFoundError as error:
        raise ModelError(f"training needs {error.name}: pip install 'phonograph[train]'") from error
    settings = load_settings()
    chosen = None if config is None else read_config(config)
    with BarProgress(quiet=json) as progress, open_store(settings, progress) as store:
        report = training.train(
            store,
            registry(settings),
            now=now(),
            moments=moments(settings),
            config=chosen,
            progress=progress,
            index=settings.index,
            quantise=quantise is Quantise.INT8,
        )
    if not leads():
        return
    total = round(sum(report.seconds.values()), 2)
    if json:
        print_json(
            {
                "version": report.version,
                "trainSeconds": total,
                "peakMemoryGb": round(report.peak_gb, 2),
                "seconds": dict(report.seconds),
                "ranker": report.ranker,
                "metrics": {model: dict(metrics) for model, metrics in report.metrics.items()},
                "sizes": dict(report.sizes),
            }
        )
        return
    sizes = ", ".join(f"{count:,} {name}" for name, count in report.sizes.items())
    print_table(f"model {report.version} ({sizes})", ["step", "seconds"], [list(row) for row in report.seconds.items()])
    rows = [[model, *(metrics[name] for name in SHOWN)] for model, metrics in report.metrics.items()]
    if rows:
        print_table("on the plays after the validation cut", ["model", *SHOWN], rows)
    say(f"ranker: {report.ranker}")
    say(f"live: {report.version} after {total:.0f} s, at most {report.peak_gb:.1f} GB of memory")
