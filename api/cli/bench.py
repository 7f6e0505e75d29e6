"""``phonograph bench``: figures of this machine, printed with what the machine is."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from api.cli.console import BarProgress, print_json, print_table, say
from api.settings import load_settings
from graph.errors import InvalidRequestError

NAMES = (
    *("neo4j", "import", "bulk", "ingest", "audio", "scale", "index"),
    *("serving", "recommend", "effect", "tower", "reasons"),
)


def bench(
    names: Annotated[list[str] | None, typer.Argument(help=f"Some of {', '.join(NAMES)}; all if left out.")] = None,
    share: Annotated[
        float | None, typer.Option(help="scale: how much of 100,000 listeners, 500,000 tracks and 10 million plays.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Measure how fast Neo4j, imports, answers and the model are here, and how good the reasons."""
    from api.bench import BENCHES
    from api.bench.row import machine
    from api.bench.scale import scale

    benches = dict(BENCHES)
    if share is not None:
        if not 0.001 <= share <= 1:
            raise InvalidRequestError(f"a share of {share}: give a number from 0.001 to 1")
        benches["scale"] = partial(scale, share=share)
    for name in names or ():
        if name not in BENCHES:
            raise InvalidRequestError(f"no benchmark is called {name!r}: choose from {', '.join(BENCHES)}")
    settings = load_settings()
    facts = machine()
    with BarProgress(quiet=json) as progress:
        rows = [row for name in names or benches for row in benches[name](settings, progress)]
    if json:
        print_json({"machine": facts, "figures": [asdict(row) for row in rows]})
        return
    say(", ".join(f"{name} {value}" for name, value in facts.items()))
    print_table("phonograph bench", ["what", "value", "unit", "runs"], [list(asdict(row).values()) for row in rows])
