"""``phonograph export``: a playlist as a file for other programs, or everything known of a user."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api import composition
from api.cli.console import err
from api.settings import load_settings
from graph.errors import InvalidRequestError
from ingest.exports.playlist import WRITERS, playlist_of
from ingest.exports.user import user_lines
from ingest.log.archive import everything

ENDINGS = {"m3u8": "m3u"}


class What(StrEnum):
    """What can be exported."""

    PLAYLIST = "playlist"
    USER = "user"


def export(
    what: Annotated[What, typer.Argument(help="A playlist, or everything known of a user.")],
    id: Annotated[str, typer.Argument(help="Its id.")],
    format: Annotated[
        str | None, typer.Option("--format", help=f"Of a playlist: {', '.join(WRITERS)}; by default as the file ends.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The file to write; standard output when absent.")] = None,
) -> None:
    """Export a playlist (JSPF, XSPF, M3U, CSV) or a user's data (JSON lines)."""
    if what is What.USER and format is not None:
        raise InvalidRequestError(f"--format {format}: a user's data are JSON lines; leave the option out")
    chosen = _format(format, out) if what is What.PLAYLIST else ""
    settings = load_settings()
    with composition.open_store(settings) as store:
        if what is What.PLAYLIST:
            playlist = playlist_of(store, id)
            _write(out, [WRITERS[chosen](playlist)])
            told = f"{len(playlist.entries)} tracks"
        else:
            with composition.event_log(settings) as log:
                recorded = everything(log, composition.archive(settings))
                events = (logged.event for batch in recorded for logged in batch.events)
                count = _write(out, (f"{line}\n" for line in user_lines(store, id, events)))
            told = f"{count} lines"
    if out is not None:
        err.print(f"{told} written to {out}", highlight=False, soft_wrap=True, markup=False)


def _format(given: str | None, out: Path | None) -> str:
    """The format that was asked for, or the one that the file's name ends in."""
    ending = out.suffix.lower().removeprefix(".") if out is not None else ""
    wanted = given or ENDINGS.get(ending, ending) or "jspf"
    if wanted not in WRITERS:
        raise InvalidRequestError(f"unknown format {wanted!r}: use --format with one of {', '.join(WRITERS)}")
    return wanted


def _write(out: Path | None, parts: Iterable[str]) -> int:
    """Write text whole or not at all, for its owner's eyes only; how many parts it had."""
    if out is None:
        return sum(1 for part in parts if sys.stdout.write(part) >= 0)
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=out.parent, suffix=".part", delete=False, encoding="utf-8", newline=""
        ) as file:
            part = Path(file.name)
            try:
                count = sum(1 for text in parts if file.write(text) >= 0)
                file.close()
                os.replace(part, out)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise InvalidRequestError(
            f"{out}: cannot be written ({error.strerror or error}); choose another --out"
        ) from None
    return count
