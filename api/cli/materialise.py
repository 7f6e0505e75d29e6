"""``phonograph materialise``: the live model's vectors and edges in the graph, for analysts and reasons."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import BarProgress, print_json, print_table, say
from api.composition import now, open_store, registry
from api.settings import load_settings
from graph.errors import InvalidRequestError


def materialise(
    quantise: Annotated[
        str, typer.Option("--quantise", help="Of the vector index: NONE finds most, SCALAR needs least memory.")
    ] = "SCALAR",
    again: Annotated[bool, typer.Option("--again", help="Also what is in the graph already.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
) -> None:
    """Write vectors and derived edges of the live model into the graph; goes on where it was stopped."""
    from api import materialising
    from gnn import bundle

    settings = load_settings()
    if quantise not in ("NONE", "SCALAR"):
        raise InvalidRequestError(f"--quantise {quantise}: choose NONE or SCALAR")
    live = bundle.load(registry(settings), index="exact")
    with BarProgress(quiet=as_json) as progress, open_store(settings, progress) as store:
        done = materialising.materialise(
            store,
            live,
            now=now(),
            quantisation="NONE" if quantise == "NONE" else "SCALAR",
            again=again,
            progress=progress,
        )
    total = round(sum(done.seconds.values()), 2)
    if as_json:
        print_json({"version": done.version, "seconds": done.seconds, "totalSeconds": total})
        return
    if done.seconds:
        print_table(f"model {done.version}", ["part", "seconds"], [list(row) for row in done.seconds.items()])
    say(f"{done.version} is in the graph" + (f" after {total:.0f} s" if done.seconds else " already"))
