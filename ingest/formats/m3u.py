"""M3U and M3U8, playlists as lines, read and written: ``#EXTINF:SECONDS,Artist - Title`` and then a path or address.

The artist ends at the first " - ", which is wrong where a name holds one: ``#EXTART`` lines, one per artist, settle it.
A file in UTF-8 is read as such; an old one in cp1252.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

from graph.errors import SourceError
from ingest.formats import identifiers
from ingest.formats.files import bytes_of
from ingest.formats.playlist import Artist, Checks, Entry, Playlist
from ingest.formats.shelf import digest
from ingest.formats.text import name_of, tidy

ENDINGS = (".m3u", ".m3u8")
BETWEEN = " - "
FILE = "file:"
KNOWN = ("#EXTM3U", "#EXTENC", "#EXTGRP", "#EXTGENRE", "#EXTIMG", "#EXTBYT", "#EXTBIN", "#EXTALBUMARTURL", "#EXTVLCOPT")
_INFO = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)?((?:\s+[\w-]+=(?:\"[^\"]*\"|[^\s,\"]+))*)\s*,(.*)", re.DOTALL)
_NUMBERED = re.compile(r"\d{1,3}(?:\s*[-.]\s+|\s*\.\s*|\s+-\s*)")


@dataclass(slots=True)
class _Ahead:
    """What directives said of the track whose path comes next."""

    seconds: str | None = None
    label: str | None = None
    album: str | None = None
    artists: list[str] = field(default_factory=list)


def read(path: Path) -> Iterator[Playlist]:
    """The playlist of a file.

    Raises:
        SourceError: the file cannot be read, is no text, or lists the pieces of a stream.
    """
    checks, name = Checks(), None
    entries: list[Entry | None] = []
    ahead = _Ahead()
    for number, line in enumerate(_lines(path, checks), start=1):
        place, line = f"{path.name}:{number}", line.strip()
        if line.startswith("#"):
            word, _, said = line.partition(":")
            if word.upper().startswith("#EXT-X-"):
                raise SourceError(f"{path}:{number}: {word[:40]} belongs to a stream (HLS), not to a list of tracks")
            if word.upper() == "#PLAYLIST":
                name = checks.name(place, said)
            elif not _directive(ahead, word.upper(), said):
                checks.noted.add("line that says nothing to us: left out", place)
        elif line:
            entries.append(_entry(checks, ahead, line, place))
            ahead = _Ahead()
    if ahead.label is not None:
        checks.rejected.add("no path after #EXTINF", f"{path.name}: at its end")
    if not entries and ahead.label is None and name is None:
        raise SourceError(f"{path}: no M3U: it names no track; is it a playlist?")
    good = tuple(entry for entry in entries if entry)
    yield Playlist(
        path.name,
        digest(path.name, name or ""),
        name or name_of(path.stem)[:200] or None,
        entries=good,
        rejected=checks.rejected,
        noted=checks.noted,
    )


def _lines(path: Path, checks: Checks) -> list[str]:
    """The lines of the file, however it is encoded; only real line ends end a line."""
    data = bytes_of(path)
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-16" or path.suffix.lower() == ".m3u8":
            raise SourceError(f"{path}: not {encoding} at byte {error.start}; convert it to UTF-8") from None
        text = data.decode("cp1252", errors="replace")
        checks.noted.add("not in UTF-8: read as cp1252", path.name)
    if "\0" in text:
        raise SourceError(f"{path}: no M3U: it holds zero bytes, so it is no text")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _directive(ahead: _Ahead, word: str, said: str) -> bool:
    """Take in one directive; whether it is known."""
    if word == "#EXTINF":
        found = _INFO.fullmatch(said) if len(said) < 10_000 else None
        ahead.seconds, ahead.label = (found[1], found[3]) if found else (None, said)
    elif word == "#EXTALB":
        ahead.album = said
    elif word == "#EXTART":
        ahead.artists.append(name_of(said))
    else:
        return word in KNOWN
    return True


def _entry(checks: Checks, ahead: _Ahead, line: str, place: str) -> Entry | None:
    id = identifiers.source_id(line) or _file_id(line)
    label = name_of(ahead.label) or stem(line)
    artists, title = split(label, ahead.artists)
    seconds = None if ahead.seconds is None or ahead.seconds.startswith("-") else ahead.seconds
    return checks.entry(
        place,
        title,
        [Artist(artist) for artist in artists],
        album=ahead.album,
        duration_ms=None if seconds is None else _thousandfold(seconds),
        ids=[id] if id else [],
    )


def _file_id(line: str) -> str | None:
    """The id of a file below the playlist's folder, as ``ingest.sources.folder`` gives it; None for any other."""
    path = PurePosixPath(line.replace("\\", "/"))
    is_below = not path.is_absolute() and ".." not in path.parts and ":" not in line
    return f"{FILE}{quote(str(path))}" if is_below and len(line) < identifiers.LONGEST else None


def _thousandfold(seconds: str) -> float:
    return round(float(seconds[:32]) * 1000)


def split(label: str, named: list[str]) -> tuple[list[str], str]:
    """Artists and title of a label; ``named`` are those of ``#EXTART``, a blank one says that there is none."""
    credit = ", ".join(named)
    if credit and label.startswith(credit + BETWEEN):
        return named, label[len(credit) + len(BETWEEN) :]
    artist, between, title = label.partition(BETWEEN)
    if between and artist.strip() and title.strip() and (credit or not named):
        return [artist], title
    return named, label


def stem(line: str) -> str:
    """What the name of a file says: no folder, no ending, no number of the track."""
    plain = unquote(line) if "://" in line else line.replace("\\", "/")
    name = name_of(PurePosixPath(plain).stem)
    return _NUMBERED.sub("", name, count=1) or name


def write(playlist: Playlist) -> str:
    """The playlist as extended M3U in UTF-8; durations are rounded to seconds, where unknown -1."""
    lines = ["#EXTM3U", "#EXTENC:UTF-8"]
    if playlist.name:
        lines.append(f"#PLAYLIST:{playlist.name}")
    for entry in playlist.entries:
        seconds = -1 if entry.duration_ms is None else round(entry.duration_ms / 1000)
        credit = f"{entry.credit}{BETWEEN}" if entry.artists else ""
        lines.append(f"#EXTINF:{seconds},{credit}{entry.title}")
        lines += [f"#EXTART:{artist.name}" for artist in entry.artists or (Artist(""),)]
        if entry.album:
            lines.append(f"#EXTALB:{entry.album}")
        lines.append(_address(entry))
    return "\n".join(lines) + "\n"


def _address(entry: Entry) -> str:
    """The line that names the track: its file below the playlist's folder, else its best id."""
    for id in entry.ids:
        path = unquote(id.removeprefix(FILE)) if id.startswith(FILE) else ""
        if path and _file_id(path) == id and tidy(path) == path and not path.startswith("#"):
            return path
    id = entry.ids[0] if entry.ids else f"track:{digest(entry.credit, entry.title)}"
    return identifiers.uri(id, "recording")
