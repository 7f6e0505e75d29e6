"""``phonograph rebuild``: what listeners did, made anew in the graph from all that was ever kept."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from api import composition
from api.cli.console import BarProgress, print_json, say
from api.settings import load_settings
from ingest.rebuild import rebuild as make_anew


def rebuild(as_json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False) -> None:
    """Make what listeners did anew in the graph, from sealed imports, the archive and the log."""
    settings = load_settings()
    with composition.opened(settings) as (store, log, letters), BarProgress(quiet=as_json) as progress:
        archive, segments = composition.archive(settings), composition.segments(settings)
        done = make_anew(store, log, archive, letters, segments, now=composition.now, progress=progress)
    if as_json:
        print_json({"listeners": done.listeners, "links": done.links, **asdict(done.moved)})
    else:
        say(
            f"{done.links} relationships of {done.listeners} listeners from imports, {done.moved.events} events applied"
        )
        if done.moved.dead:
            say(f"{done.moved.dead} could not be: `phonograph dlq list` shows why")
