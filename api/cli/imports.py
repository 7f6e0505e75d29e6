"""``phonograph import``: a data set into the graph, with a report of what was read, written and rejected."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import BarProgress, print_json, print_table, say
from api.composition import open_store
from api.settings import Settings, load_settings
from graph.errors import InvalidRequestError
from ingest.load import inspect, read, write
from ingest.report import ImportReport, KindReport
from ingest.source import DataSource, Remark
from ingest.sources import SOURCES
from ingest.sources.lfm1m import Lfm1m


def import_(
    source: Annotated[str, typer.Argument(help=f"One of {', '.join(SOURCES)}.")],
    path: Annotated[Path | None, typer.Argument(help="The folder of the data set; the demo makes its own.")] = None,
    include_test: Annotated[bool, typer.Option("--include-test", help="lfm1m: the later plays too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check, write nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Import a data set into the graph; doing it again changes nothing."""
    settings = load_settings()
    chosen = _source(settings, source, path, include_test)
    with BarProgress(quiet=json) as progress:
        data = read(chosen, progress=progress)  # before Neo4j is started: a wrong folder is known at once
        if dry_run:
            report = inspect(data)
        else:
            with open_store(settings, progress) as store:
                report = write(store, data, progress=progress)
    if json:
        print_json(_as_json(report))
    else:
        _print(report)


def _source(settings: Settings, name: str, path: Path | None, include_test: bool) -> DataSource[Any]:
    if name not in SOURCES:
        raise InvalidRequestError(f"unknown source {name!r}: use one of {', '.join(SOURCES)}")
    if include_test and name != "lfm1m":
        raise InvalidRequestError(f"--include-test: {name} has no test part, only lfm1m has; leave the option out")
    if path is None and name != "demo":
        raise InvalidRequestError(f"import {name}: no folder given; name the folder that holds the data set")
    folder = path or settings.home / "demo"
    return Lfm1m(folder, include_test) if name == "lfm1m" else SOURCES[name](folder)


def _print(report: ImportReport) -> None:
    rows = [[kind.kind, kind.read, kind.written, kind.merged, _told(kind.rejected)] for kind in report.kinds]
    print_table(f"import of {report.source}", ["kind", "read", "written", "merged", "rejected"], rows)
    for kind in report.kinds:
        for remark in kind.noted:
            say(f"{kind.kind}: {_told((remark,))} (e.g. {', '.join(remark.examples)})")
    say(f"{'nothing written (dry run)' if report.dry_run else 'written'} after {report.seconds:.1f} s")


def _told(remarks: tuple[Remark, ...]) -> str:
    return "; ".join(f"{remark.count} {remark.reason}" for remark in remarks) or "0"


def _as_json(report: ImportReport) -> dict[str, Any]:
    return {
        "source": report.source,
        "dryRun": report.dry_run,
        "seconds": round(report.seconds, 2),
        "kinds": {kind.kind: _kind_as_json(kind) for kind in report.kinds},
    }


def _kind_as_json(kind: KindReport) -> dict[str, Any]:
    return {
        "read": kind.read,
        "written": kind.written,
        "merged": kind.merged,
        "rejected": [asdict(remark) for remark in kind.rejected],
        "noted": [asdict(remark) for remark in kind.noted],
    }
