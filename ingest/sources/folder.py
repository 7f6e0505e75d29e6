"""A folder of audio files with tags: tracks, artists and genres as the tags name them.

A track is named by where its file lies below the folder, so that a moved folder is the same and an edited tag too. What
the files sound like is the business of ``ingest.audio``; with ``features`` it is asked, as the demo world asks it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from graph.errors import AudioError, SourceError
from graph.progress import NoProgress, Progress
from ingest.formats.files import Tally
from ingest.formats.m3u import split, stem
from ingest.formats.playlist import Artist
from ingest.formats.shelf import artist_key
from ingest.formats.tags import ENDINGS, Tags, read_tags
from ingest.formats.text import LONGEST, tidy
from ingest.names import slug, squashed
from ingest.source import Batch, Values

NAME = "local"


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """The files that could be read, with their tags, in order of path; what was odd; and what was measured, by row."""

    files: list[tuple[Path, Tags]]
    rejected: Tally
    measured: dict[int, Any]
    unmeasured: Tally


@dataclass(frozen=True, slots=True)
class Folder:
    """All audio files below ``path``.

    Attributes:
        path: the folder.
        features: where measurements are kept; None measures nothing.
        workers: processes that measure; by default one per core.
    """

    path: Path
    features: Path | None = None
    workers: int | None = None
    progress: Progress = field(default_factory=NoProgress)

    @property
    def name(self) -> str:
        """The first word of all ids."""
        return NAME

    def extract(self) -> Raw:
        """Read the tags of every file.

        Raises:
            SourceError: there is no such folder, or no audio file that can be read in it.
        """
        rejected = Tally()
        paths = audio_files(self.path, rejected)
        self.progress.stage("read tags", len(paths))
        files: list[tuple[Path, Tags]] = []
        for path in paths:
            try:
                files.append((path, read_tags(path)))
            except AudioError as error:
                rejected.add("file that cannot be read", f"{shown(self.path, path)}: {error}")
            self.progress.advance()
        if not files:
            first = next((remark.examples[0] for remark in rejected.remarks()), "it holds none")
            raise SourceError(f"{self.path}: no audio file that can be read ({first})")
        measured, unmeasured = self._measured([path for path, _ in files])
        return Raw(files, rejected, measured, unmeasured)

    def _measured(self, paths: list[Path]) -> tuple[dict[int, Any], Tally]:
        unmeasured = Tally()
        if self.features is None:
            return {}, unmeasured
        from ingest.audio.pipeline import analyse  # here, not above: tags can be read without the audio libraries

        report = analyse(paths, self.features, workers=self.workers, progress=self.progress)
        for path, reason in report.failures.items():
            unmeasured.add("sound that could not be analysed", f"{shown(self.path, path)}: {reason}")
        return {row: report.features[path] for row, path in enumerate(paths) if path in report.features}, unmeasured

    def transform(self, raw: Raw) -> Iterator[Batch]:
        """The records; ids are ``local:track:DIGEST`` over the path below the folder."""
        yield from _Records(self.path, raw).batches()


def track_id(folder: Path, path: Path) -> str:
    """The id of the track of a file: a digest over its path below the folder, the same on every system."""
    below = os.fsencode(path.relative_to(folder).as_posix())
    return f"{NAME}:track:{hashlib.sha256(below).hexdigest()[:20]}"


def shown(folder: Path, path: Path) -> str:
    """A file's path below the folder, for reports."""
    return tidy(path.relative_to(folder).as_posix())[:200]


def audio_files(folder: Path, rejected: Tally | None = None) -> list[Path]:
    """All audio files below a folder, by their endings, in order of path; links are followed, but never in a circle.

    Raises:
        SourceError: there is no such folder.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder}: no such folder; give a folder of audio files")
    rejected = Tally() if rejected is None else rejected
    seen: set[tuple[int, int]] = set()
    _is_new(folder, seen)
    found: list[Path] = []
    for base, folders, files in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if _is_new(Path(base, name), seen))
        for path in (Path(base, name) for name in sorted(files)):
            if path.suffix.lower() not in ENDINGS or path.name.startswith("."):
                continue
            if not path.is_file():
                rejected.add("file that cannot be read", f"{shown(folder, path)}: no file, or a link to nothing")
            elif _is_new(path, seen):
                found.append(path)
            else:
                rejected.add("file that is there under another path", shown(folder, path))
    return sorted(found)


def _is_new(path: Path, seen: set[tuple[int, int]]) -> bool:
    """Whether this file or folder was not met before, by whichever path."""
    try:
        status = path.stat()
    except OSError:
        return False
    place = (status.st_dev, status.st_ino)
    if place in seen:
        return False
    seen.add(place)
    return True


class _Records:
    """What the tags of all files come to."""

    def __init__(self, folder: Path, raw: Raw) -> None:
        self._folder, self._raw = folder, raw
        self._noted = Tally()
        self._artists: dict[str, Artist] = {}
        self._genres: dict[str, str] = {}
        self._performed: dict[tuple[str, str], int] = {}
        self._in_genre: list[tuple[str, str]] = []
        self._credits = self._genre_tags = 0
        self._tracks: dict[str, list[Any]] = {
            name: [] for name in ("id", "name", "sourceIds", "durationMs", "isrc", "album")
        }
        for path, tags in raw.files:
            self._take(path, tags)

    def _take(self, path: Path, tags: Tags) -> None:
        id, place = track_id(self._folder, path), shown(self._folder, path)
        artists, title = list(tags.artists), tags.title
        if title is None:
            self._noted.add("no title among the tags: called by its file", place)
            named, title = split(stem(path.name), artists)
            artists = artists or named
        if not artists:
            self._noted.add("no artist named", place)
        below = quote_from_bytes(os.fsencode(path.relative_to(self._folder).as_posix()))
        ids = [
            f"file:{below}",
            *([f"mbid:{tags.recording_mbid}"] if tags.recording_mbid else []),
            *([f"isrc:{tags.isrc}"] if tags.isrc else []),
        ]
        values = (id, tidy(title)[:LONGEST] or place, ids, tags.duration_ms, tags.isrc, tags.album)
        for column, value in zip(self._tracks.values(), values, strict=True):
            column.append(value)
        self._credit(id, artists, tags.artist_mbids)
        self._sort(id, tags.genres)

    def _credit(self, track: str, artists: list[str], mbids: tuple[str, ...]) -> None:
        known = [f"mbid:{mbid}" for mbid in mbids] if len(mbids) == len(artists) else []
        for position, name in enumerate(artists):
            artist = Artist(tidy(name)[:LONGEST], (known[position],) if known else ())
            id = f"{NAME}:artist:{artist_key(artist)}"
            self._artists.setdefault(id, artist)
            self._performed.setdefault((track, id), position)
            self._credits += 1

    def _sort(self, track: str, genres: tuple[str, ...]) -> None:
        for key, name in {squashed(name): name for name in reversed(genres)}.items():
            self._genres.setdefault(key, name)
            self._in_genre.append((track, key))
        self._genre_tags += len(genres)

    def batches(self) -> Iterator[Batch]:
        """The records, nodes first."""
        genre_id = {key: f"{NAME}:genre:{slug(name)}" for key, name in self._genres.items()}
        columns: dict[str, Values] = {
            "id": list(self._artists),
            "name": [artist.name for artist in self._artists.values()],
            "sourceIds": [list(artist.ids) or None for artist in self._artists.values()],
        }
        yield Batch("artist", columns, merged=self._credits - len(self._artists))
        names = list(self._genres.values())
        columns = {"id": list(genre_id.values()), "name": names, "slug": [slug(name) for name in names]}
        yield Batch("genre", columns, merged=self._genre_tags - len(names))
        yield self._track_batch()
        columns = {
            "source": [track for track, _ in self._performed],
            "target": [artist for _, artist in self._performed],
            "position": list(self._performed.values()),
        }
        yield Batch("performed_by", columns, merged=self._credits - len(self._performed))
        columns = {
            "source": [track for track, _ in self._in_genre],
            "target": [genre_id[key] for _, key in self._in_genre],
            "weight": [1.0] * len(self._in_genre),
        }
        yield Batch("track_genre", columns, merged=self._genre_tags - len(self._in_genre))

    def _track_batch(self) -> Batch:
        columns: dict[str, Values] = dict(self._tracks)
        if self._raw.measured:
            from ingest.sources.demo import with_measured  # here for the same reason

            columns = dict(with_measured(columns, self._raw.measured))
        noted = (*self._noted.remarks(), *self._raw.unmeasured.remarks())
        return Batch("track", columns, self._raw.rejected.remarks(), noted)
