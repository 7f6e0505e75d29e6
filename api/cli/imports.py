"""``phonograph import``: a data set into the graph, with a report of what was read, written and rejected."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import BarProgress, err, print_json, print_table, say
from api.importing import import_data
from api.settings import Settings, load_settings
from graph.errors import InvalidRequestError
from ingest.formats.text import tidy
from ingest.histories.mapping import TableMapping, from_file, from_words
from ingest.histories.times import zone_of
from ingest.load import inspect, read
from ingest.report import ImportReport, KindReport
from ingest.sniff import sniff
from ingest.source import DataSource, Remark
from ingest.sources import HISTORIES, SOURCES
from ingest.sources.lfm1m import Lfm1m
from ingest.sources.scrobblers import Rockbox
from ingest.sources.spinitron import Spinitron
from ingest.sources.spotify.source import Spotify
from ingest.sources.table import TableOfPlays
from ingest.summary import Summary, summary

LONGEST_ID = 300
ZONED = {"rockbox": Rockbox, "spinitron": Spinitron}
OPTIONS: dict[str, tuple[str, ...]] = {
    "--user": tuple(HISTORIES),
    "--include-test": ("lfm1m",),
    "--include-incognito": ("spotify",),
    "--zone": (*ZONED, "table"),
    "--map": ("table",),
    "--mapping": ("table",),
}
"""Which sources understand an option."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options that only some sources understand; None or False where not given."""

    user: str | None = None
    include_test: bool = False
    include_incognito: bool = False
    zone: str | None = None
    map: str | None = None
    mapping: Path | None = None


def import_(
    source: Annotated[str, typer.Argument(help=f"One of {', '.join(SOURCES)}; or the path, to have it found out.")],
    path: Annotated[Path | None, typer.Argument(help="File or folder of the data set; the demo makes its own.")] = None,
    user: Annotated[str | None, typer.Option("--user", help="Whose history it is: the id of the user.")] = None,
    include_test: Annotated[bool, typer.Option("--include-test", help="lfm1m: the later plays too.")] = False,
    include_incognito: Annotated[
        bool, typer.Option("--include-incognito", help="spotify: plays of private sessions too.")
    ] = False,
    zone: Annotated[
        str | None, typer.Option("--zone", help="rockbox, spinitron, table: where a clock stands that does not say.")
    ] = None,
    map: Annotated[
        str | None, typer.Option("--map", help="table: artist=COLUMN,title=COLUMN,at=COLUMN and more.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="table: a TOML file that says the same.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check, write nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Import a data set into the graph; doing it again changes nothing."""
    settings = load_settings()
    source, path = _named(source, path)
    chosen = _source(settings, source, path, Options(user, include_test, include_incognito, zone, map, mapping))
    with BarProgress(quiet=json) as progress:
        data = read(chosen, progress=progress)  # before Neo4j is started: a wrong folder is known at once
        told = summary(data.records)
        report = inspect(data) if dry_run else import_data(settings, data, progress)
    if json:
        print_json(_as_json(report, told))
    else:
        _print(report, told)


def _named(source: str, path: Path | None) -> tuple[str, Path | None]:
    """The name of the source and its path; where only a path is given, the source is found out and said."""
    if source in SOURCES:
        return source, path
    there = Path(source)
    if path is not None or not (there.exists() or len(there.parts) > 1 or there.suffix):
        raise InvalidRequestError(f"unknown source {source!r}: use one of {', '.join(SOURCES)}, or name a path alone")
    guess = sniff(there)
    err.print(f"{there}: taken for {guess.what} ({guess.source})", highlight=False, markup=False, soft_wrap=True)
    return guess.source, there


def _source(settings: Settings, name: str, path: Path | None, options: Options) -> DataSource[Any]:
    for option, sources in OPTIONS.items():
        if getattr(options, option[2:].replace("-", "_")) and name not in sources:
            raise InvalidRequestError(f"{option}: means nothing to {name}, only to {', '.join(sources)}; leave it out")
    if path is None and name != "demo":
        raise InvalidRequestError(f"import {name}: no path given; name the file or folder that holds the data set")
    where, user = path or settings.home / "demo", _user(options.user)
    zone_of(options.zone)
    if name == "lfm1m":
        return Lfm1m(where, options.include_test)
    if name == "spotify":
        return Spotify(where, user, options.include_incognito)
    if name == "table":
        return TableOfPlays(where, user, _mapping(options))
    if name in ZONED:
        return ZONED[name](where, user, options.zone)
    return HISTORIES[name](where, user) if name in HISTORIES else SOURCES[name](where)


def _user(id: str | None) -> str | None:
    if id is not None and (not id.strip() or tidy(id) != id or len(id) > LONGEST_ID):
        raise InvalidRequestError(f"--user {id[:40]!r}: no id; give one line of at most {LONGEST_ID} characters")
    return id


def _mapping(options: Options) -> TableMapping | None:
    """What the options say of a table; None where they say nothing."""
    if options.map is None and options.mapping is None and options.zone is None:
        return None
    base = from_file(options.mapping) if options.mapping else TableMapping()
    said = from_words(options.map, base) if options.map else base
    return replace(said, zone=options.zone) if options.zone else said


def _print(report: ImportReport, told: Summary) -> None:
    rows = [[kind.kind, kind.read, kind.written, kind.merged, _told(kind.rejected)] for kind in report.kinds]
    print_table(f"import of {report.source}", ["kind", "read", "written", "merged", "rejected"], rows)
    for kind in report.kinds:
        for remark in kind.rejected:
            say(f"{kind.kind}: {_told((remark,))}: rejected (e.g. {', '.join(remark.examples)})")
        for remark in kind.noted:
            say(f"{kind.kind}: {_told((remark,))} (e.g. {', '.join(remark.examples)})")
    say(_in_words(told))
    say(f"{'nothing written (dry run)' if report.dry_run else 'written'} after {report.seconds:.1f} s")


def _told(remarks: tuple[Remark, ...]) -> str:
    return "; ".join(f"{remark.count} {remark.reason}" for remark in remarks) or "0"


def _in_words(told: Summary) -> str:
    counts = ("users", "tracks", "artists", "playlists", "plays", "skips")
    found = [(getattr(told, name), name) for name in counts if getattr(told, name)]
    words = ", ".join(f"{count:,} {name.removesuffix('s') if count == 1 else name}" for count, name in found)
    if told.first_at is None or told.last_at is None:
        return words or "nothing"
    return f"{words}, from {_moment(told.first_at)} to {_moment(told.last_at)}"


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _as_json(report: ImportReport, told: Summary) -> dict[str, Any]:
    return {
        "source": report.source,
        "dryRun": report.dry_run,
        "seconds": round(report.seconds, 2),
        "summary": {
            "users": told.users,
            "tracks": told.tracks,
            "artists": told.artists,
            "playlists": told.playlists,
            "plays": told.plays,
            "skips": told.skips,
            "firstAt": told.first_at,
            "lastAt": told.last_at,
        },
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
