"""Which source a file or folder is for, told by what stands in it; for ``phonograph import PATH``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from graph.errors import SourceError
from ingest.formats.tags import ENDINGS as AUDIO
from ingest.histories.files import Part, is_zip, parts
from ingest.histories.mapping import NEEDED, TableMapping, guessed
from ingest.sources.table import ENDINGS as TABLES

HEAD = 65_536
"""Bytes of a file that are looked at."""
MOST_FILES = 2_000
"""Files of a folder that are looked at."""
NAME_IT = "name the source: phonograph import NAME PATH"


@dataclass(frozen=True, slots=True)
class Guess:
    """What something was taken for.

    Attributes:
        source: a name of ``ingest.sources.SOURCES``.
        what: in words.
    """

    source: str
    what: str


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file: its name in lower case, its text, its lines."""

    name: str
    text: str

    @property
    def lines(self) -> list[str]:
        """All lines but a last one that may be cut off, at most fifty."""
        return self.text.splitlines()[:50]

    def has(self, *keys: str) -> bool:
        """Whether JSON keys of all these names stand in it."""
        return all(re.search(rf'"{key}"\s*:', self.text) for key in keys)

    @property
    def opens(self) -> str:
        """Its first sign."""
        return self.text[:1]


FOLDERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("lfm1m", "LFM-1M with its knowledge graph", ("e_map.txt", "kg_final.txt")),
    ("hetrec", "the Last.fm set of HetRec 2011", ("user_artists.dat", "artists.dat")),
    ("tidytuesday", "the Spotify songs of tidytuesday", ("spotify_songs.csv",)),
    ("lastfm1k", "Last.fm-1K", ("userid-timestamp-artid-artname-traid-traname.tsv",)),
    ("genres", "genre vocabularies", ("fma/genres.csv",)),
    ("genres", "genre vocabularies", ("beets/genres-tree.yaml",)),
    ("beets", "the genre tree of beets", ("genres-tree.yaml",)),
    ("everynoise", "the genres of Every Noise", ("genre_attrs.csv",)),
    ("ishkur", "Ishkur's guide", ("v3_genres.csv", "v3_links.csv")),
    ("wikipedia", "genres of Wikipedia's infoboxes", ("wrangled.min.json",)),
    ("musicbrainz", "the tags of MusicBrainz", ("mb_tags.csv",)),
)
"""Data sets that are folders: source, words, files that tell."""


def _json_lines(head: Head) -> bool:
    return head.opens == "{" and all(_is_json(line) for line in head.lines[:1])


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _spotify(head: Head) -> bool:
    if head.opens == "[":
        return head.has("endTime", "msPlayed") or head.has("ts", "ms_played")
    if head.opens != "{":
        return False
    library = head.has("tracks") and (head.has("artist", "album", "track") or head.has("bannedTracks"))
    return (
        library or head.has("playlists", "trackName") or (head.has("items") and head.has("track", "available_markets"))
    )


def _table(head: Head) -> bool:
    first = head.lines[0] if head.lines else ""
    return any(
        set(NEEDED) <= set(guessed(TableMapping(), [field.strip('"') for field in first.split(sign)]).columns)
        for sign in ",\t;|"
    )


FILES: tuple[tuple[str, str, Callable[[Head], bool]], ...] = (
    ("spotify", "Spotify's export", _spotify),
    ("listenbrainz", "listens of ListenBrainz", lambda head: head.opens == "{" and head.has("track_metadata")),
    ("maloja", "an export of Maloja", lambda head: head.opens == "{" and head.has("scrobbles", "track")),
    ("pano", "an export of Pano Scrobbler", lambda head: _json_lines(head) and head.has("timeMs", "artist", "track")),
    ("mpd", "slices of the Million Playlist Dataset", lambda head: head.opens == "{" and head.has("playlists", "pid")),
    ("jspf", "playlists in JSPF", lambda head: head.opens == "{" and head.has("playlist", "track")),
    ("xspf", "playlists in XSPF", lambda head: head.opens == "<" and "xspf.org/ns" in head.text),
    ("m3u", "playlists in M3U", lambda head: head.text.startswith("#EXTM3U") or head.name.endswith((".m3u", ".m3u8"))),
    ("rockbox", "a log of Rockbox", lambda head: head.text.startswith("#AUDIOSCROBBLER")),
    (
        "lastfm1k",
        "plays of Last.fm-1K",
        lambda head: bool(re.match(r"[^\t\n]+\t\d{4}-\d\d-\d\dT[\d:]{8}Z\t[^\t\n]*\t[^\t\n]*\t[^\t\n]*\t", head.text)),
    ),
    (
        "librefm",
        "an export of Libre.fm",
        lambda head: any(line.lower().startswith("userid,artist,track,album,time") for line in head.lines),
    ),
    (
        "spinitron",
        "a playlist of Spinitron",
        lambda head: any(line.lower().startswith("date-time,artist,song,release") for line in head.lines),
    ),
    ("table", "a table of plays", _table),
)
"""Files, the most particular first: source, words, test of the beginning. The first that fits is it."""


def sniff(path: Path) -> Guess:
    """Tell what lies at ``path``: a file, a folder or a zip file.

    Raises:
        SourceError: nothing lies there, or it is of no known kind, or files of several sources lie there.
    """
    if path.is_dir():
        for source, what, files in FOLDERS:
            if all((path / name).is_file() for name in files):
                return Guess(source, what)
    found = _guesses(path)
    if not found:
        raise SourceError(f"{path}: of no known kind; {NAME_IT}")
    if len(found) > 1:
        raise SourceError(f"{path}: holds files of several sources ({', '.join(sorted(found))}); {NAME_IT}")
    return next(iter(found.values()))


def _guesses(path: Path) -> dict[str, Guess]:
    """Source -> what its files were taken for."""
    is_single = path.is_file() and not is_zip(path)
    found: dict[str, Guess] = {}
    for part in parts(path, lambda _: True, "something to import")[:MOST_FILES]:
        guess = _of_file(part)
        if guess is not None and (is_single or guess.source != "table" or part.name.lower().endswith(TABLES)):
            found.setdefault(guess.source, guess)
    if len(found) > 1:  # a table is what nothing more particular is, and covers lie beside everything
        found.pop("table", None)
    return found


def _of_file(part: Part) -> Guess | None:
    name = part.name.lower()
    if part.member is None and Path(name).suffix in AUDIO:
        return Guess("local", "audio files")
    data = part.head(HEAD)
    if part.member is None and Path(name).suffix in TABLES and part.path.with_suffix(".toml").is_file():
        return Guess("table", "a table of plays with its mapping")
    if data.startswith(b"PAR1"):
        return Guess("table", "a table of plays in Parquet")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    head = Head(name, data.decode(encoding, "replace").lstrip())
    if name.endswith("userid-profile.tsv"):
        return None
    return next((Guess(source, what) for source, what, test in FILES if test(head)), None)
