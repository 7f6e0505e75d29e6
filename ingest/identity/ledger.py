"""The bookkeeping of identity in the graph: which records a node stands for, what each said, and who was told apart.

``(:Identity:SourceRecord {label, record, name, said})-[:RECORD_OF]->(node)`` for every record of a node that stands for
several; a record that was merged into the node of another is a ``:Merge`` too, with reason, evidence and time.
``(:Identity:NotSame {label, one, other})`` for two records that somebody said are not one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph import kinds
from graph.kinds import NodeKind
from graph.readable import Readable
from graph.store import GraphStore
from ingest.identity.match import Match
from ingest.identity.normal import key
from ingest.identity.pairing import Entry, Forbidden
from ingest.identity.titles import parse

BATCH = 10_000
TIMEOUT_S = 120
MERGEABLE: tuple[NodeKind, ...] = (kinds.NODE["artist"], kinds.NODE["genre"], kinds.NODE["track"])
"""What can be one though two sources bring it; artists first, because tracks are told apart by them."""

Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a source and the node that it went into; ``match`` says why, None for the node's first record."""

    record: str
    survivor: str
    said: Said
    match: Match | None


def identity_id(label: str, record: str) -> str:
    """The id of the bookkeeping node of a record."""
    return f"{label}|{record}"


def apart_id(label: str, one: str, other: str) -> str:
    """The id of the node that tells two records apart, the same either way round."""
    return f"{label}|{'|'.join(sorted((one, other)))}"


def survivors(graph: Readable, label: str, records: Iterable[str]) -> dict[str, str]:
    """Record id -> id of the node, for records of nodes that stand for several.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    if not graph.read("read/identity_any"):
        return {}
    found: dict[str, str] = {}
    for part in _parts([identity_id(label, record) for record in sorted(set(records))]):
        rows = graph.read("read/identity_survivors", timeout_s=TIMEOUT_S, ids=part)
        found.update((row["record"], row["survivor"]) for row in rows)
    return found


def members(graph: Readable, label: str, nodes: Iterable[str]) -> dict[str, dict[str, Said]]:
    """Node id -> record id -> what it says, for nodes that stand for several records.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    found: dict[str, dict[str, Said]] = {}
    for part in _parts(sorted(set(nodes))):
        for row in graph.read("read/identity_members", timeout_s=TIMEOUT_S, label=label, ids=part):
            found.setdefault(row["survivor"], {})[row["record"]] = json.loads(row["said"])
    return found


def existing(graph: Readable, label: str, ids: Iterable[str]) -> set[str]:
    """Those of ``ids`` that are nodes.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    parts = _parts(sorted(set(ids)))
    return {
        row["id"]
        for part in parts
        for row in graph.read("read/identity_has", timeout_s=TIMEOUT_S, label=label, ids=part)
    }


def properties(graph: Readable, label: str, ids: Iterable[str]) -> dict[str, Said]:
    """What nodes hold, by id.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    return {
        row["id"]: row["properties"]
        for part in _parts(sorted(set(ids)))
        for row in graph.read("read/identity_there", timeout_s=TIMEOUT_S, label=label, ids=part)
    }


def said_of(kind: NodeKind, values: Mapping[str, Any]) -> Said:
    """The columns of a kind among ``values``, absent ones left out."""
    names = [column.name for column in kind.columns if column.name != "id"]
    return {name: values[name] for name in names if values.get(name) is not None}


def forbidden(graph: Readable, label: str) -> Forbidden:
    """Whether somebody said that two nodes, or records of theirs, are not one.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    rows = graph.read("read/identity_told_apart", timeout_s=TIMEOUT_S)
    apart = {frozenset((row["one"], row["other"])) for row in rows if row["label"] == label}

    def told_apart(one: Entry, other: Entry) -> bool:
        return bool(apart) and any(frozenset((a, b)) in apart for a in one.records for b in other.records)

    return told_apart


def write_records(store: GraphStore, label: str, records: Sequence[Record], at: int | None) -> None:
    """Write the bookkeeping of records; nodes must be there. The same again changes nothing.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    for start in range(0, len(records), BATCH):
        part = records[start : start + BATCH]
        store.write(
            "write/identity_records",
            timeout_s=TIMEOUT_S,
            label=label,
            record=[one.record for one in part],
            survivor=[one.survivor for one in part],
            name=[one.said.get("name") for one in part],
            said=[json.dumps(one.said, ensure_ascii=False, sort_keys=True) for one in part],
            reason=[one.match.reason if one.match else None for one in part],
            evidence=[list(one.match.evidence) if one.match else None for one in part],
            at=at,
        )


def fold(store: GraphStore, kind: NodeKind, nodes: Iterable[str], gone: Said | None = None) -> None:
    """Write on nodes what their records say together, whatever the order in which these came.

    Of a property the first record by id that has it counts; identifiers and other names add up. What no record says
    stays as it is (it may be measured), unless it was said by a record that is ``gone``.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    found = members(store, kind.label, nodes)
    cleared = {*gone, "aliases", "sourceIds"} if gone is not None else set()
    for part in _parts(sorted(found)):
        store.write(
            "write/identity_fold",
            timeout_s=TIMEOUT_S,
            label=kind.label,
            id=part,
            properties=[
                {
                    name: value
                    for name, value in folded(kind, found[node]).items()
                    if value is not None or name in cleared
                }
                for node in part
            ],
        )


def folded(kind: NodeKind, said: Mapping[str, Said]) -> Said:
    """What records say together; see ``fold``. A column that none of them has becomes None."""
    ordered = [said[record] for record in sorted(said)]
    together: Said = {}
    for column in kind.columns:
        if column.name == "id":
            continue
        values = [one[column.name] for one in ordered if one.get(column.name) is not None]
        if column.type == "list":
            union = list(dict.fromkeys(entry for value in values for entry in value))
            together[column.name] = union or None
        else:
            together[column.name] = values[0] if values else None
    own = sorted(said) if len(said) > 1 else []
    together["sourceIds"] = sorted({*(together.get("sourceIds") or ()), *own}) or None
    if kind.name != "track":
        spelled = {one["name"] for one in ordered if one.get("name")} - {together.get("name")}
        together["aliases"] = sorted({*(together.get("aliases") or ()), *spelled}) or None
    together.update(keys_of(kind, together.get("name")))
    return together


def keys_of(kind: NodeKind, name: str | None) -> Said:
    """The key by which a node is found: of its name, or of the work that a title names."""
    if not name or kind.name == "genre":
        return {}
    return {"matchKey": parse(name).base_key if kind.name == "track" else key(name)}


def _parts(listed: list[str]) -> list[list[str]]:
    return [listed[start : start + BATCH] for start in range(0, len(listed), BATCH)]
