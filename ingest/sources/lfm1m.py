"""LFM-1M with its knowledge graph: users, time-stamped plays, tracks, artists and genres of Last.fm.

``valid`` holds the earlier plays of every user, ``test`` the later ones: the second is read on demand only. Engineers
and producers perform nothing and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graph.errors import SourceError
from ingest import plays
from ingest.names import slug
from ingest.source import Batch, Remark, Values
from ingest.tables import Numbers, Table, folder, is_id, read_numbers, read_table

NAME = "lfm1m"
FILES = ("e_map.txt", "r_map.txt", "kg_final.txt", "i2kg_map.txt", "products.txt", "mapping/valid.txt.gz")
EVENTS = ("user", "track", "one", "unix seconds")
MAIN_GENRE_WEIGHT = 1.0
TAG_WEIGHT = 0.5
"""A genre that is only one of a track's tags (16 in the median) says less than its main one."""


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """The files as they are; entity ids ("eid") number tracks, artists and genres together."""

    entities: Table
    tracks: Table
    products: Table
    relations: dict[str, int]
    triples: Numbers
    events: tuple[Numbers, ...]


@dataclass(frozen=True, slots=True)
class Lfm1m:
    """The folder ``lfm1m-kg``.

    Attributes:
        path: the folder.
        include_test: whether the later 40 % of the plays are read too.
    """

    path: Path
    include_test: bool = False

    @property
    def name(self) -> str:
        """The first word of all ids."""
        return NAME

    def extract(self) -> Raw:
        """Read the files.

        Raises:
            SourceError: a file or column is missing, or a file is damaged.
        """
        wanted = (*FILES, "mapping/test.txt.gz") if self.include_test else FILES
        base = folder(self.path, wanted, "LFM-1M with its knowledge graph (lfm1m-kg)")
        relations = read_table(base / "r_map.txt", ("id", "name")).columns
        by_name = dict(zip(relations["name"], relations["id"], strict=True))
        missing = [name for name in ("featured_by_artist", "belong_to_genre") if not by_name.get(name, "").isdecimal()]
        if missing:
            raise SourceError(f"{base / 'r_map.txt'}: no relation named {', '.join(missing)}; fetch the file again")
        return Raw(
            read_table(base / "e_map.txt", ("eid", "name", "entity")),
            read_table(base / "i2kg_map.txt", ("eid", "pid", "name", "entity")),
            read_table(base / "products.txt", ("pid", "genre")),
            {name: int(by_name[name]) for name in ("featured_by_artist", "belong_to_genre")},
            read_numbers(base / "kg_final.txt", ("entity_head", "relation", "entity_tail"), header=True),
            tuple(
                read_numbers(base / file, EVENTS, header=False) for file in wanted if "valid" in file or "test" in file
            ),
        )

    def transform(self, raw: Raw) -> Iterator[Batch]:
        """The records; ids are ``lfm1m:KIND:NUMBER`` with the user id or the entity id of the files."""
        label = _Labels(raw.entities)
        performs = _pairs(raw, "featured_by_artist")
        tagged = _pairs(raw, "belong_to_genre")
        played, user = _plays(raw)
        yield Batch("user", {"id": plays.ids(f"{NAME}:user:", user)})
        yield _tracks(raw, performs)
        yield label.nodes("artist", performs.tail)
        yield label.nodes("genre", tagged.tail)
        yield Batch(
            "performed_by",
            performs.ends("artist"),
            (*raw.triples.rejected, *performs.rejected),
            _left_out(raw.triples, raw),
        )
        yield _genre_links(raw, tagged, label)
        yield played


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """The distinct (track, artist or genre) pairs of one relation, by entity id, int64 [n], ascending."""

    head: NDArray[np.int64]
    tail: NDArray[np.int64]
    rejected: tuple[Remark, ...]

    def ends(self, target: str) -> dict[str, Values]:
        """The columns ``source`` and ``target`` of the links."""
        return {"source": plays.ids(f"{NAME}:track:", self.head), "target": plays.ids(f"{NAME}:{target}:", self.tail)}


class _Labels:
    """Names and foreign ids of entities."""

    def __init__(self, entities: Table) -> None:
        rows = zip(entities.columns["eid"], entities.columns["name"], entities.columns["entity"], strict=True)
        self.known = {int(eid): (name, entity) for eid, name, entity in rows if is_id(eid)}

    def nodes(self, kind: str, numbers: NDArray[np.int64]) -> Batch:
        """The artists or genres with these entity ids; one without a name is rejected."""
        wanted = np.unique(numbers).tolist()
        found = [number for number in wanted if self.known.get(number, ("", ""))[0]]
        labels = [self.known[number] for number in found]
        origin = "freebase:" if kind == "artist" else "lfm1b:genre:"
        columns: dict[str, Values] = {
            "id": [f"{NAME}:{kind}:{number}" for number in found],
            "name": [name for name, _ in labels],
            "sourceIds": [[origin + entity] if entity else None for _, entity in labels],
        }
        if kind == "genre":
            columns["slug"] = [slug(name) for name, _ in labels]
        return Batch(kind, columns, Remark.at("not in e_map.txt", sorted(set(wanted) - set(found))))


def _pairs(raw: Raw, relation: str) -> _Pairs:
    """The triples of one relation, each once."""
    mask = raw.triples.values[:, 1] == raw.relations[relation]
    rows = np.flatnonzero(mask)
    pairs, first = np.unique(raw.triples.values[rows][:, [0, 2]], axis=0, return_index=True)
    repeated = mask.copy()
    repeated[rows[first]] = False
    return _Pairs(pairs[:, 0], pairs[:, 1], raw.triples.remark("repeated triple", repeated))


def _left_out(triples: Numbers, raw: Raw) -> tuple[Remark, ...]:
    """The relations that make nobody a performer."""
    mask = ~np.isin(triples.values[:, 1], list(raw.relations.values()))
    return triples.remark("engineer or producer, left out: performs nothing", mask)


def _tracks(raw: Raw, performs: _Pairs) -> Batch:
    """All tracks; one without an artist stays and is noted."""
    numbers, repeated = _distinct(raw.tracks, "eid")
    columns = raw.tracks.columns
    eids = [columns["eid"][row] for row in numbers]
    silent = sorted(set(map(int, eids)) - set(performs.head.tolist()))
    return Batch(
        "track",
        {
            "id": [f"{NAME}:track:{eid}" for eid in eids],
            "name": [columns["name"][row] for row in numbers],
            "sourceIds": [
                [f"freebase:{columns['entity'][row]}", f"lfm1b:track:{columns['pid'][row]}"] for row in numbers
            ],
        },
        (*raw.tracks.rejected, *repeated),
        Remark.at("track without an artist", silent),
    )


def _distinct(table: Table, key: str) -> tuple[list[int], tuple[Remark, ...]]:
    """Rows whose ``key`` is a whole number seen for the first time, and remarks on the others."""
    seen: set[str] = set()
    rows: list[int] = []
    bad: list[int] = []
    for row, value in enumerate(table.columns[key]):
        (rows if is_id(value) and value not in seen else bad).append(row)
        seen.add(value)
    return rows, Remark.at(f"{key} is no number or repeated", map(table.place, bad))


def _genre_links(raw: Raw, tagged: _Pairs, label: _Labels) -> Batch:
    """Track to genre; ``products.genre``, a number of the original data set, marks the main one."""
    genre_of = {label.known[eid][1]: eid for eid in np.unique(tagged.tail).tolist() if eid in label.known}
    track_of = dict(zip(raw.tracks.columns["pid"], raw.tracks.columns["eid"], strict=True))
    products = zip(raw.products.columns["pid"], raw.products.columns["genre"], strict=True)
    main = {(int(track_of.get(pid, -1)), genre_of.get(genre, -1)) for pid, genre in products}
    pairs = list(zip(tagged.head.tolist(), tagged.tail.tolist(), strict=True))
    weight = np.array([MAIN_GENRE_WEIGHT if pair in main else TAG_WEIGHT for pair in pairs], np.float64)
    lost = sorted(main - set(pairs))
    noted = Remark.at("main genre is none of the track's genres", (f"track {track}" for track, _ in lost))
    return Batch("track_genre", {**tagged.ends("genre"), "weight": weight}, tagged.rejected, noted)


def _plays(raw: Raw) -> tuple[Batch, NDArray[np.int64]]:
    """PLAYED, one per user and track, and the users that played."""
    known = np.array([int(eid) for eid in raw.tracks.columns["eid"] if is_id(eid)], np.int64)
    kept, rejected = [], []
    for file in raw.events:
        strange = ~np.isin(file.values[:, 1], known)
        timeless = ~strange & (file.values[:, 3] <= 0)
        good = np.flatnonzero(~strange & ~timeless)
        _, first = np.unique(file.values[good], axis=0, return_index=True)
        repeated = np.zeros(len(file), bool)
        repeated[np.setdiff1d(good, good[first])] = True
        rejected += [*file.rejected, *file.remark("unknown track", strange), *file.remark("no time", timeless)]
        rejected += file.remark("repeated line", repeated)
        kept.append(file.values[np.sort(good[first])])
    events = np.concatenate(kept)
    sums = plays.summed(events[:, 0], events[:, 1], events[:, 3])
    columns: dict[str, Values] = {
        "source": plays.ids(f"{NAME}:user:", sums.pop("user").astype(np.int64)),
        "target": plays.ids(f"{NAME}:track:", sums.pop("track").astype(np.int64)),
        **sums,
    }
    merged = len(events) - len(columns["source"])
    return Batch("played", columns, tuple(rejected), merged=merged), np.unique(events[:, 0])
