"""The Spotify songs of TidyTuesday (January 2020): tracks with audio features, artists, editorial playlists and genres.

One row of the file is a track in a playlist under a subgenre. A genre belongs to the playlist, so that a track is in a
genre by the share of its playlists that are. No users.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ingest.names import slug
from ingest.source import Batch, Remark, Values
from ingest.tables import Table, folder, read_table

NAME = "tidytuesday"
FILE = "spotify_songs.csv"
NOT_AVAILABLE = "NA"
FEATURES = (
    "danceability",
    "energy",
    "loudness",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
)
WHOLE = {"key": "key", "mode": "mode", "durationMs": "duration_ms", "popularity": "track_popularity"}
TEXTS = {"album": "track_album_name", "releaseDate": "track_album_release_date"}
WANTED = (
    "track_id",
    "track_name",
    "track_artist",
    "playlist_name",
    "playlist_id",
    "playlist_genre",
    "playlist_subgenre",
    *TEXTS.values(),
    *WHOLE.values(),
    *FEATURES,
)


@dataclass(frozen=True, slots=True)
class Tidytuesday:
    """The folder ``spotify-songs-tidytuesday``, or its one file, at ``path``."""

    path: Path

    @property
    def name(self) -> str:
        """The first word of all ids."""
        return NAME

    def extract(self) -> Table:
        """Read the file.

        Raises:
            SourceError: it is missing, lacks columns, or is damaged.
        """
        if self.path.is_file():
            return read_table(self.path, WANTED, delimiter=",")
        return read_table(folder(self.path, (FILE,), "the Spotify songs of TidyTuesday") / FILE, WANTED, delimiter=",")

    def transform(self, raw: Table) -> Iterator[Batch]:
        """The records; ids are ``tidytuesday:KIND:ID`` with Spotify's ids, for artists and genres with a slug."""
        rows = _Rows(raw)
        yield rows.artists()
        yield from rows.genres()
        yield rows.tracks()
        yield rows.playlists()
        yield rows.performed_by()
        yield rows.track_genre()
        yield rows.contains()


def artist_id(name: str) -> str:
    """The id of an artist; names that differ in case only (``Cream``, ``CREAM``) are different artists."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{NAME}:artist:{slug(name)}-{digest}"


def genre_id(name: str) -> str:
    """The id of a genre."""
    return f"{NAME}:genre:{slug(name)}"


class _Rows:
    """The good rows of the file and what follows from them."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns = table.columns
        labels = zip(*(self.columns[name] for name in ("track_name", "track_artist", "track_album_name")), strict=True)
        nameless = {row for row, texts in enumerate(labels) if set(texts) <= {NOT_AVAILABLE, ""}}
        self.kept = [row for row in range(len(table)) if row not in nameless]
        self.rejected = (
            *table.rejected,
            *Remark.at("track without title, artist and album (NA)", map(table.place, sorted(nameless))),
        )
        self.first_of_track = self._first("track_id")
        self.first_of_playlist = self._first("playlist_id")

    def _first(self, column: str) -> dict[str, int]:
        """The first good row of every value of a column."""
        values = self.columns[column]
        return {values[row]: row for row in reversed(self.kept)}

    def _merged(self, n: int) -> int:
        return len(self.kept) - n

    def artists(self) -> Batch:
        """Everybody in ``track_artist``: splitting at commas and ampersands would break real names."""
        names = sorted({self.columns["track_artist"][row] for row in self.kept})
        columns: dict[str, Values] = {"id": [artist_id(name) for name in names], "name": list(names)}
        return Batch("artist", columns, self.rejected, merged=self._merged(len(names)))

    def genres(self) -> Iterator[Batch]:
        """Six genres and their subgenres."""
        pairs = sorted(
            {(self.columns["playlist_subgenre"][row], self.columns["playlist_genre"][row]) for row in self.kept}
        )
        names = sorted({name for pair in pairs for name in pair})
        yield Batch("genre", {"id": [*map(genre_id, names)], "name": list(names), "slug": [*map(slug, names)]})
        own = [pair for pair in pairs if genre_id(pair[0]) == genre_id(pair[1])]
        links = [pair for pair in pairs if pair not in own]
        yield Batch(
            "subgenre_of",
            {
                "source": [genre_id(subgenre) for subgenre, _ in links],
                "target": [genre_id(genre) for _, genre in links],
                "origin": [NAME] * len(links),
            },
            Remark.at("subgenre of itself", own),
        )

    def tracks(self) -> Batch:
        """Every track once, with the features of its first row: all its rows agree."""
        ids = sorted(self.first_of_track)
        rows = [self.first_of_track[id] for id in ids]
        columns: dict[str, Values] = {
            "id": [f"{NAME}:track:{id}" for id in ids],
            "name": [self.columns["track_name"][row] for row in rows],
            "sourceIds": [[f"spotify:track:{id}"] for id in ids],
            "audioSource": ["imported"] * len(ids),
        }
        for name, column in TEXTS.items():
            columns[name] = [_text(self.columns[column][row]) for row in rows]
        broken: set[int] = set()
        for name, column in {**WHOLE, **{feature: feature for feature in FEATURES}}.items():
            values = [_number(self.columns[column][row], int if name in WHOLE else float) for row in rows]
            broken |= {row for row, value in zip(rows, values, strict=True) if value is None}
            columns[name] = values
        silent = [row for row, tempo in zip(rows, columns["tempo"], strict=True) if tempo == 0]
        columns["tempo"] = [tempo or None for tempo in columns["tempo"]]
        noted = (
            *Remark.at("tempo 0: unknown, left out", map(self.table.place, silent)),
            *Remark.at("a feature is no number: left out", map(self.table.place, sorted(broken))),
        )
        return Batch("track", columns, self.rejected, noted, self._merged(len(ids)))

    def playlists(self) -> Batch:
        """The playlists; some share a name."""
        ids = sorted(self.first_of_playlist)
        columns: dict[str, Values] = {
            "id": [f"{NAME}:playlist:{id}" for id in ids],
            "name": [self.columns["playlist_name"][self.first_of_playlist[id]] for id in ids],
            "sourceIds": [[f"spotify:playlist:{id}"] for id in ids],
            "kind": ["EDITORIAL"] * len(ids),
        }
        return Batch("playlist", columns, self.rejected, merged=self._merged(len(ids)))

    def performed_by(self) -> Batch:
        """The one artist whom the file names."""
        pairs = sorted({(self.columns["track_id"][row], self.columns["track_artist"][row]) for row in self.kept})
        columns: dict[str, Values] = {
            "source": [f"{NAME}:track:{track}" for track, _ in pairs],
            "target": [artist_id(artist) for _, artist in pairs],
            "position": np.zeros(len(pairs), np.int64),
        }
        return Batch("performed_by", columns, self.rejected, merged=self._merged(len(pairs)))

    def track_genre(self) -> Batch:
        """Weight: the share of a track's playlists that are listed under the genre, or under the subgenre."""
        playlists: dict[str, set[str]] = {}
        under: dict[tuple[str, str], set[str]] = {}
        for row in self.kept:
            track, playlist = self.columns["track_id"][row], self.columns["playlist_id"][row]
            playlists.setdefault(track, set()).add(playlist)
            for column in ("playlist_genre", "playlist_subgenre"):
                under.setdefault((track, genre_id(self.columns[column][row])), set()).add(playlist)
        pairs = sorted(under)
        columns: dict[str, Values] = {
            "source": [f"{NAME}:track:{track}" for track, _ in pairs],
            "target": [genre for _, genre in pairs],
            "weight": [len(under[pair]) / len(playlists[pair[0]]) for pair in pairs],
        }
        return Batch("track_genre", columns, merged=2 * len(self.kept) - len(pairs))

    def contains(self) -> Batch:
        """Which playlist holds which track; the order of the rows is all that is known of positions."""
        seen: dict[tuple[str, str], int] = {}
        length: dict[str, int] = {}
        repeated = []
        for row in self.kept:
            pair = (self.columns["playlist_id"][row], self.columns["track_id"][row])
            if pair in seen:
                repeated.append(row)
            else:
                seen[pair] = length.get(pair[0], 0)
                length[pair[0]] = seen[pair] + 1
        pairs = sorted(seen)
        columns: dict[str, Values] = {
            "source": [f"{NAME}:playlist:{playlist}" for playlist, _ in pairs],
            "target": [f"{NAME}:track:{track}" for _, track in pairs],
            "position": [seen[pair] for pair in pairs],
        }
        reason = "the playlist is listed under another subgenre too"
        return Batch("contains", columns, (*self.rejected, *Remark.at(reason, map(self.table.place, repeated))))


def _text(value: str) -> str | None:
    return None if value in (NOT_AVAILABLE, "") else value


def _number(text: str, type: Callable[[str], float]) -> float | None:
    """A finite number, or None."""
    try:
        value = type(text)
        return value if math.isfinite(value) else None
    except (ValueError, OverflowError):
        return None
