"""Nodes as matching sees them: made of what a source brings, or of what the graph holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graph import kinds
from graph.assemble import Column
from graph.kinds import NodeKind
from graph.readable import Readable
from ingest.identity.ledger import keys_of
from ingest.identity.match import Recording
from ingest.identity.pairing import Entry, shared_ids
from ingest.records import Records

BATCH = 10_000
TIMEOUT_S = 120
NEAR = {"artist": "read/identity_artists", "track": "read/identity_tracks"}
ALL = {
    "artist": "read/identity_all_artists",
    "genre": "read/identity_genres",
    "track": "read/identity_all_tracks",
}


def incoming(kind: NodeKind, records: Mapping[str, Records]) -> dict[str, Entry]:
    """The nodes of a kind that a source brings, by id; tracks with the names of their artists."""
    found = records.get(kind.name)
    if found is None:
        return {}
    columns = found.columns
    credits = _credits(records) if kind.name == "track" else {}
    entries: dict[str, Entry] = {}
    for row, id in enumerate(columns["id"].tolist()):
        name = str(columns["name"][row])
        ids = shared_ids(columns["sourceIds"][row], str(columns["isrc"][row]) if kind.name == "track" else None)
        recording = None
        if kind.name == "track":
            recording = Recording(
                name,
                credits.get(id, ()),
                _duration(columns["durationMs"][row]),
                str(columns["album"][row]) or None,
                ids,
            )
        entries[id] = Entry(id, (name,), frozenset((id,)), ids, recording)
    return entries


def _duration(value: Any) -> int | None:
    return int(value) if value > 0 else None


def _credits(records: Mapping[str, Records]) -> dict[str, tuple[str, ...]]:
    """Track id -> names of its artists, in order of credit."""
    artists, performs = records.get("artist"), records.get("performed_by")
    if artists is None or performs is None:
        return {}
    name_of = dict(zip(artists.columns["id"].tolist(), artists.columns["name"].tolist(), strict=True))
    found: dict[str, list[tuple[int, str]]] = {}
    rows = zip(*(performs.columns[name].tolist() for name in ("source", "target", "position")), strict=True)
    for track, artist, position in rows:
        if artist in name_of:
            found.setdefault(track, []).append((position, name_of[artist]))
    return {track: tuple(name for _, name in sorted(names)) for track, names in found.items()}


def near(graph: Readable, kind: NodeKind, entries: Iterable[Entry]) -> dict[str, Entry]:
    """The nodes of the graph that could be one of ``entries`` by their names: one indexed look-up per batch.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    if kind.name == "genre":
        return {row["id"]: of_row(kind, row) for row in graph.read("read/identity_genres", timeout_s=TIMEOUT_S)}
    keys = sorted({keys_of(kind, entry.names[0]).get("matchKey", "") for entry in entries} - {""})
    found: dict[str, Entry] = {}
    for start in range(0, len(keys), BATCH):
        part = keys[start : start + BATCH]
        for row in graph.read(NEAR[kind.name], timeout_s=TIMEOUT_S, keys=part):
            found[row["id"]] = of_row(kind, row)
    return found


def everything(graph: Readable, kind: NodeKind) -> dict[str, Entry]:
    """All nodes of a kind.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    return {row["id"]: of_row(kind, row) for row in graph.read(ALL[kind.name], timeout_s=600)}


def identified(graph: Readable, kind: NodeKind) -> dict[str, Entry]:
    """The nodes of a kind that carry shared identifiers; they know nothing else.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    found: dict[str, Entry] = {}
    rows = graph.stream("read/identity_source_ids", label=kind.label)
    for id, source_ids, isrc, records in rows:
        ids = shared_ids(source_ids, isrc)
        if ids:
            found[id] = Entry(id, (), frozenset(records or (id,)), ids)
    return found


def of_row(kind: NodeKind, row: Mapping[str, Any]) -> Entry:
    """A node as the statements ``read/identity_*`` tell of it."""
    ids = shared_ids(row["sourceIds"], row.get("isrc"))
    name = row["name"] or row["id"]
    recording = None
    if kind.name == "track":
        duration = row["durationMs"] if (row["durationMs"] or 0) > 0 else None
        recording = Recording(name, tuple(sorted(row["artists"])), duration, row["album"], ids)
    names = tuple(dict.fromkeys((name, *row.get("aliases", ()))))
    return Entry(row["id"], names, frozenset(row["records"] or (row["id"],)), ids, recording)


def values_at(columns: Iterable[kinds.Column], values: Mapping[str, Column], row: int) -> dict[str, Any]:
    """One record as plain values, absent ones left out."""
    found: dict[str, Any] = {}
    for column in columns:
        value = values[column.name][row]
        if column.type == "list":
            is_absent = value is None
        else:
            value = value.item()
            is_absent = value != value if column.type == "float" else value == ("" if column.type == "str" else -1)
        if not is_absent:
            found[column.name] = bool(value) if column.type == "bool" else value
    return found
