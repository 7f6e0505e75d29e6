"""The HetRec 2011 crawl of Last.fm: users, how often they played which artist, who is friends, and tags.

Artist level only: no tracks and no times, so plays become LISTENS_TO and never PLAYED. A tag becomes a genre where
``tag_genres`` says that it names one and at least ``MIN_TAGGERS`` listeners used it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest import plays
from ingest.names import slug
from ingest.source import Batch, Remark, Values
from ingest.sources.tag_genres import genre_key
from ingest.tables import Numbers, Table, folder, is_id, read_numbers, read_table

NAME = "hetrec"
FILES = ("artists.dat", "tags.dat", "user_artists.dat", "user_friends.dat", "user_taggedartists.dat")
PLACEHOLDERS = frozenset({"[unknown]", "various artists"})
MIN_TAGGERS = 3
FIRST_YEAR = 2002
"""Last.fm began; an older date of a tag is an error."""


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """The files as they are."""

    artists: Table
    tags: Table
    user_artists: Numbers
    user_friends: Numbers
    assignments: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Taggings:
    """Every assignment of a tag, row by row as in the file, whether or not the tag is a genre.

    Attributes:
        user_id: int64 [n], numbers of the file.
        artist_id: int64 [n]; some are not in ``artists.dat``.
        tag: str [n], as written.
    """

    user_id: NDArray[np.int64]
    artist_id: NDArray[np.int64]
    tag: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Hetrec:
    """The folder ``hetrec2011-lastfm-2k`` at ``path``."""

    path: Path

    @property
    def name(self) -> str:
        """The first word of all ids."""
        return NAME

    def extract(self) -> Raw:
        """Read the files: no quoting in any of them (a name *starts* with a quote), tags in latin-1.

        Raises:
            SourceError: a file or column is missing, or a file is damaged.
        """
        base = folder(self.path, FILES, "the HetRec 2011 Last.fm data (hetrec2011-lastfm-2k)")
        return Raw(
            read_table(base / "artists.dat", ("id", "name"), quoted=False),
            _tags(base),
            read_numbers(base / "user_artists.dat", ("userID", "artistID", "weight"), header=True),
            read_numbers(base / "user_friends.dat", ("userID", "friendID"), header=True),
            _assignments(base),
        )

    def transform(self, raw: Raw) -> Iterator[Batch]:
        """The records; ids are ``hetrec:KIND:NUMBER``, for a genre ``hetrec:genre:SLUG``."""
        listens, friends, tagged = raw.user_artists.values, raw.user_friends.values, raw.assignments.values
        users = np.unique(np.concatenate([listens[:, 0], friends.ravel(), tagged[:, 0]]))
        yield Batch("user", {"id": plays.ids(f"{NAME}:user:", users)})
        artists = _artists(raw.artists)
        known = _numbers(id.rpartition(":")[2] for id in artists.columns["id"])
        yield artists
        yield from _genres(raw, known)
        yield _listens(raw.user_artists, known)
        yield _follows(raw.user_friends)


def taggings(path: Path) -> Taggings:
    """Read all assignments of tags in the folder at ``path``.

    Raises:
        SourceError: a file is missing or damaged.
    """
    base = folder(path, FILES, "the HetRec 2011 Last.fm data (hetrec2011-lastfm-2k)")
    rows, table = _assignments(base).values, _tags(base)
    text = dict(zip(table.columns["tagID"], table.columns["tagValue"], strict=True))
    used, inverse = np.unique(rows[:, 2], return_inverse=True)
    return Taggings(rows[:, 0], rows[:, 1], np.array([text.get(str(tag), "") for tag in used], dtype=np.str_)[inverse])


def _numbers(texts: Iterable[str]) -> NDArray[np.int64]:
    return np.array([int(text) for text in texts if is_id(text)], np.int64)


def _tags(base: Path) -> Table:
    return read_table(base / "tags.dat", ("tagID", "tagValue"), quoted=False, encoding="latin-1")


def _assignments(base: Path) -> Numbers:
    columns = ("userID", "artistID", "tagID", "day", "month", "year")
    return read_numbers(base / "user_taggedartists.dat", columns, header=True)


def _artists(table: Table) -> Batch:
    """Everybody who is an artist: ``[unknown]`` and ``Various Artists`` are not."""
    ids, names = table.columns["id"], table.columns["name"]
    placeholder = [row for row, name in enumerate(names) if name.casefold() in PLACEHOLDERS]
    first = {id: row for row, id in reversed(list(enumerate(ids)))}
    strange = [row for row, id in enumerate(ids) if not is_id(id) or first[id] != row]
    kept = sorted(set(range(len(ids))) - set(placeholder) - set(strange))
    columns: dict[str, Values] = {
        "id": [f"{NAME}:artist:{ids[row]}" for row in kept],
        "name": [names[row] for row in kept],
    }
    rejected = (
        *table.rejected,
        *Remark.at("no artist: unknown or various", map(table.place, placeholder)),
        *Remark.at("id is no number or repeated", map(table.place, sorted(set(strange) - set(placeholder)))),
    )
    return Batch("artist", columns, rejected)


def _genres(raw: Raw, known: NDArray[np.int64]) -> Iterator[Batch]:
    """Genres and who belongs to them; the weight of a link is the number of listeners who said so."""
    file, rows = raw.assignments, raw.assignments.values
    genres, genre_of_tag = _genres_of_tags(raw.tags, rows)
    tag_ids = np.array(sorted(genre_of_tag), np.int64)
    numbers = np.array([genre_of_tag[tag] for tag in tag_ids.tolist()], np.int64)
    at = np.minimum(np.searchsorted(tag_ids, rows[:, 2]), max(len(tag_ids) - 1, 0))
    is_genre = np.isin(rows[:, 2], tag_ids)
    is_known = np.isin(rows[:, 1], known)
    is_listed = np.isin(rows[:, 1], _numbers(raw.artists.columns["id"]))
    kept = np.flatnonzero(is_known & is_genre)
    said = np.unique(np.column_stack([rows[kept, 1], numbers[at[kept]], rows[kept, 0]]), axis=0)
    pairs, weight = np.unique(said[:, :2], axis=0, return_counts=True)
    yield Batch(
        "genre",
        {
            "id": [f"{NAME}:genre:{slug(name)}" for name in genres],
            "name": genres,
            "slug": [slug(name) for name in genres],
        },
        raw.tags.rejected,
    )
    genre_ids = np.array([f"{NAME}:genre:{slug(name)}" for name in genres] or [""], dtype=np.str_)
    columns = {"source": plays.ids(f"{NAME}:artist:", pairs[:, 0]), "target": genre_ids[pairs[:, 1]]}
    rejected = (
        *file.rejected,
        *file.remark("tagged artist is not in artists.dat", ~is_listed),
        *file.remark("tagged artist is none: unknown or various", is_listed & ~is_known),
        *file.remark("the tag is no genre", is_known & ~is_genre),
    )
    noted = file.remark("impossible date: date left out, tag kept", rows[:, 5] < FIRST_YEAR)
    yield Batch(
        "artist_genre", {**columns, "weight": weight.astype(np.float64)}, rejected, noted, len(kept) - len(pairs)
    )


def _genres_of_tags(tags: Table, rows: NDArray[np.int64]) -> tuple[list[str], dict[int, int]]:
    """The genres by their most used spelling, and tag id -> position in that list."""
    pairs = np.unique(rows[:, [0, 2]], axis=0)
    uses = Counter(pairs[:, 1].tolist())
    spellings: dict[str, list[tuple[int, int, str]]] = {}
    for id, text in zip(tags.columns["tagID"], tags.columns["tagValue"], strict=True):
        key = genre_key(text) if is_id(id) and uses[int(id)] else None
        if key is not None:
            spellings.setdefault(key, []).append((-uses[int(id)], int(id), text))
    names: dict[str, str] = {}
    genre_of_tag: dict[int, int] = {}
    for key in sorted(spellings):
        ids = [id for _, id, _ in spellings[key]]
        if len(np.unique(pairs[np.isin(pairs[:, 1], ids), 0])) >= MIN_TAGGERS:
            names[key] = min(spellings[key])[2]
            genre_of_tag.update(dict.fromkeys(ids, len(names) - 1))
    return list(names.values()), genre_of_tag


def _listens(file: Numbers, known: NDArray[np.int64]) -> Batch:
    """LISTENS_TO: one per user and artist."""
    rows = file.values
    unknown = ~np.isin(rows[:, 1], known)
    silent = ~unknown & (rows[:, 2] <= 0)
    kept = np.flatnonzero(~unknown & ~silent)
    pairs, inverse = np.unique(rows[kept, :2], axis=0, return_inverse=True)
    columns = {
        "source": plays.ids(f"{NAME}:user:", pairs[:, 0]),
        "target": plays.ids(f"{NAME}:artist:", pairs[:, 1]),
        "count": np.bincount(inverse, weights=rows[kept, 2], minlength=len(pairs)).astype(np.int64),
    }
    rejected = (
        *file.rejected,
        *file.remark("artist is unknown or none", unknown),
        *file.remark("no plays", silent),
    )
    return Batch("listens_to", columns, rejected, merged=len(kept) - len(pairs))


def _follows(file: Numbers) -> Batch:
    """FOLLOWS, as listed: the file names every friendship in both directions."""
    rows = file.values
    own = rows[:, 0] == rows[:, 1]
    good = np.flatnonzero(~own)
    pairs, first = np.unique(rows[good], axis=0, return_index=True)
    repeated = ~own
    repeated[good[first]] = False
    columns = {"source": plays.ids(f"{NAME}:user:", pairs[:, 0]), "target": plays.ids(f"{NAME}:user:", pairs[:, 1])}
    rejected = (*file.rejected, *file.remark("follows themselves", own), *file.remark("repeated line", repeated))
    return Batch("follows", columns, rejected)
