"""``phonograph backup`` and ``restore``: everything a home holds, as a folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api import backup as backups
from api.backup import Manifest
from api.cli.console import BarProgress, err, print_json, say
from api.composition import managed_server, now
from api.settings import Settings, load_settings

Json = Annotated[bool, typer.Option("--json", help="Answer for programs.")]


def backup(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")], as_json: Json = False
) -> None:
    """Write graph, event log, models and analysed audio into a folder; Neo4j stops for the dump."""
    settings = load_settings()
    _tell_what_is_elsewhere(settings)
    with BarProgress(quiet=as_json) as progress:
        server = managed_server(settings, progress) if settings.neo4j.uri is None else None
        manifest = backups.backup(settings.home, folder, now=now(), server=server, progress=progress)
    _tell(manifest, f"kept in {folder}", as_json)


def restore(
    folder: Annotated[Path, typer.Argument(help="A folder that `phonograph backup` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Move what the home holds aside, into it.")] = False,
    as_json: Json = False,
) -> None:
    """Make the home what a backup holds; interrupted, run it again."""
    settings = load_settings()
    _tell_what_is_elsewhere(settings)
    replaced = f"replaced-{datetime.fromtimestamp(now(), UTC):%Y%m%dT%H%M%SZ}" if replace else None
    with BarProgress(quiet=as_json) as progress:
        server = managed_server(settings, progress) if settings.neo4j.uri is None else None
        manifest = backups.restore(settings.home, folder, server=server, replaced=replaced, progress=progress)
    _tell(manifest, "restored; `phonograph up` starts the graph", as_json)


def _tell_what_is_elsewhere(settings: Settings) -> None:
    lines = []
    if settings.neo4j.uri is not None:
        lines.append(
            f"the graph at {settings.neo4j.uri} is left out: dump it there (neo4j-admin database dump); "
            "`phonograph rebuild` makes what listeners did anew from the rest"
        )
    if settings.events.log == "kafka":
        lines.append(
            f"the topic {settings.events.topic} stays in Kafka: archive it first (`phonograph events archive`)"
        )
    for line in lines:
        err.print(line, highlight=False, soft_wrap=True, markup=False)


def _tell(manifest: Manifest, what: str, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "format": manifest.format,
                "createdAt": manifest.created_at,
                "graph": manifest.has_graph,
                "files": len(manifest.files),
                "bytes": manifest.bytes,
            }
        )
    else:
        say(f"{len(manifest.files)} files, {manifest.bytes / 1e6:.1f} MB {what}")
