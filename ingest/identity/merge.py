"""Making two nodes one, and one node two again: by hand, by a scan, and whatever an import merged.

Whoever merges keeps what each record of a source said, of itself and of its links, so that it can be split off whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graph import kinds
from graph.errors import InvalidRequestError, NotFoundError
from graph.kinds import LinkKind, NodeKind
from graph.store import GraphStore
from ingest.identity import entries, ledger, links, versions
from ingest.identity.ledger import MERGEABLE, Record
from ingest.identity.links import Ends, Link, Values
from ingest.identity.match import Match
from ingest.load import COUNTS

DERIVED = ("PLAYED_WITH", "SOUNDS_LIKE", "SIMILAR_TASTE", "ADJACENT_TO")
"""Relationships that the next training draws anew; those of a merged node go."""
_SIDES = {kind.label: kind.name for kind in kinds.NODES}
BY_HAND = Match("same", "merged by hand", ("hand",))


@dataclass(frozen=True, slots=True)
class Undone:
    """A record that has its own node again.

    Attributes:
        label: ``Track``, ``Artist`` or ``Genre``.
        absorbed: the record, and the id of its node.
        survivor: the node that it was part of.
        links: how many links it got back.
    """

    label: str
    absorbed: str
    survivor: str
    links: int


def find(store: GraphStore, id: str, kind: NodeKind) -> str | None:
    """The node of a kind that an id means: its own, that of a merged record, or an identifier of a source.

    Raises:
        InvalidRequestError: a source's identifier is carried by several.
        GraphError: Neo4j is absent, or refuses.
    """
    if ledger.existing(store, kind.label, [id]):
        return id
    rows = store.read("read/identity_by_source", timeout_s=30, sourceId=id, label=kind.label)
    if len(rows) > 1:
        raise InvalidRequestError(f"{id!r} names several {kind.name}s: give one of {', '.join(r['id'] for r in rows)}")
    return rows[0]["id"] if rows else None


def find_any(store: GraphStore, id: str) -> tuple[NodeKind, str]:
    """The track, artist or genre that an id means.

    Raises:
        NotFoundError: nothing has it.
        InvalidRequestError: several have it.
        GraphError: Neo4j is absent, or refuses.
    """
    for kind in MERGEABLE:
        found = find(store, id, kind)
        if found is not None:
            return kind, found
    raise NotFoundError(f"there is no track, artist or genre {id!r}: correct the id")


def merge(store: GraphStore, kind: NodeKind, survivor: str, absorbed: str, match: Match, at: int) -> None:
    """Let ``survivor`` stand for everything that ``absorbed`` stands for; both are nodes. See ``recount``.

    Raises:
        GraphError: Neo4j is absent, or refuses; the same call again finishes it.
    """
    held = ledger.properties(store, kind.label, [survivor, absorbed])
    before = ledger.members(store, kind.label, [survivor, absorbed])
    for node, reason in ((survivor, None), (absorbed, match)):
        if node not in before:
            record = Record(node, node, ledger.said_of(kind, held[node]), None)
            ledger.write_records(store, kind.label, [record], at)
        if reason:
            store.write("write/identity_move_records", label=kind.label, absorbed=absorbed, survivor=survivor)
            said = before.get(absorbed, {}).get(absorbed) or ledger.said_of(kind, held[absorbed])
            ledger.write_records(store, kind.label, [Record(absorbed, survivor, said, reason)], at)
    records = [*before.get(survivor, (survivor,)), *before.get(absorbed, (absorbed,))]
    for one in records:  # a later wish counts: whoever merges takes back that they were told apart
        for other in records:
            store.write("write/identity_allow", id=ledger.apart_id(kind.label, one, other))
    for link_kind, found in _links_of(store, kind, absorbed).items():
        _move(store, link_kind, found, {absorbed: survivor}, kind)
    left = [*(link.type for link in kinds.LINKS), *DERIVED, "RECORD_OF"]
    store.write("write/identity_move_facts", label=kind.label, absorbed=absorbed, survivor=survivor, left=left)
    store.write("write/identity_remove", label=kind.label, id=absorbed)
    ledger.fold(store, kind, [survivor])
    _redraw(store, kind, [survivor])


def undo(store: GraphStore, id: str, at: int) -> Undone:
    """Give a merged record its own node and its own links again; no later import merges the two.

    Args:
        store: the graph.
        id: the record, by its id or as ``LABEL|ID``.
        at: unix seconds, recorded.

    Raises:
        NotFoundError: no such record was merged.
        GraphError: Neo4j is absent, or refuses; the same call again finishes it.
    """
    label, record = _asked(id)
    rows = [
        row
        for row in store.read("read/identity_why", record=record)
        if row["record"] == record and row["reason"] is not None and label in (None, row["label"])
    ]
    if not rows:
        raise NotFoundError(f"{id!r} was not merged into anything: `phonograph identity list` names all merges")
    row = rows[0]
    kind = next(kind for kind in MERGEABLE if kind.label == row["label"])
    survivor, first = row["survivor"], row["survivor"]
    said = ledger.members(store, kind.label, [survivor])[survivor]
    own = said[record]
    store.write(
        "write/identity_tell_apart",
        id=ledger.apart_id(kind.label, record, first),
        label=kind.label,
        one=record,
        other=first,
        at=at,
        reason=row["reason"],
    )
    links_back = _split(store, kind, survivor, record, own)
    store.write("write/identity_forget_record", id=ledger.identity_id(kind.label, record))
    ledger.fold(store, kind, [survivor], gone=own)
    if len(said) == 2:
        store.write("write/identity_forget_record", id=ledger.identity_id(kind.label, survivor))
    _redraw(store, kind, [survivor, record])
    recount(store)
    return Undone(kind.label, record, survivor, links_back)


def _asked(id: str) -> tuple[str | None, str]:
    label, bar, record = id.partition("|")
    return (label, record) if bar and label in _SIDES else (None, id)


def _links_of(store: GraphStore, kind: NodeKind, id: str) -> dict[LinkKind, list[Link]]:
    """The links of a node that sources say, with what each says."""
    found: dict[LinkKind, list[Link]] = {}
    for row in store.read("read/identity_links_of", timeout_s=60, label=kind.label, id=id):
        link_kind = next(
            (
                link
                for link in links.SAYABLE
                if link.type == row["type"]
                and link.source == _SIDES.get(row["sourceLabel"])
                and link.target == _SIDES.get(row["targetLabel"])
            ),
            None,
        )
        properties: dict[str, Any] = row["properties"]
        if link_kind is None or properties.get("origin") == "identity":
            continue
        ends = (row["source"], row["target"])
        said = links.read_said(properties, link_kind, ends)
        has_live = properties.get("importedCount") is not None
        found.setdefault(link_kind, []).append(Link(*ends, said, True, has_live))
    return found


def _move(store: GraphStore, link_kind: LinkKind, moved: list[Link], to: dict[str, str], kind: NodeKind) -> None:
    """Write links at the nodes that their ends went into, with all that is said of both."""
    of_source = to if link_kind.source == kind.name else {}
    of_target = to if link_kind.target == kind.name else {}
    wanted: dict[Ends, dict[Ends, Values]] = {}
    for link in moved:
        nodes = (of_source.get(link.source, link.source), of_target.get(link.target, link.target))
        if nodes[0] != nodes[1]:
            wanted.setdefault(nodes, {}).update(link.said)
    found = links.there(store, link_kind, wanted)
    for nodes, said in wanted.items():
        found[nodes].said.update(said)
    links.write(store, link_kind, found.values())


def _split(store: GraphStore, kind: NodeKind, survivor: str, record: str, own: Values) -> int:
    """Write the node of ``record`` and its links, and take them from ``survivor``; how many links it got."""
    store.write(
        "write/identity_node", label=kind.label, id=record, properties={**own, **ledger.keys_of(kind, own.get("name"))}
    )
    back = 0
    for link_kind, found in _links_of(store, kind, survivor).items():
        sides = [link_kind.source == kind.name, link_kind.target == kind.name]
        mine: dict[Ends, dict[Ends, Values]] = {}
        changed: list[Link] = []
        for link in found:
            taken = {ends: values for ends, values in link.said.items() if _is_by(ends, record, sides)}
            if not taken:
                continue
            for ends, values in taken.items():
                del link.said[ends]
                nodes = (
                    record if sides[0] and ends[0] == record else link.source,
                    record if sides[1] and ends[1] == record else link.target,
                )
                mine.setdefault(nodes, {})[ends] = values
            if link.has_live and not link.said:  # the live plays stay where they were counted
                link.said[link.source, link.target] = _nothing(taken)
            changed.append(link)
        if mine:
            fresh = links.there(store, link_kind, mine)
            for nodes, said in mine.items():
                fresh[nodes].said.update(said)
            links.write(store, link_kind, fresh.values())
            links.write(store, link_kind, changed)
            back += len(mine)
    return back


def _nothing(taken: dict[Ends, Values]) -> Values:
    """An import of no plays at the time of those that were taken away."""
    values = next(iter(taken.values()))
    return {**values, "count": 0, "completed": 0, "skips": 0, "saves": 0, "weight": 0.0}


def _is_by(ends: Ends, record: str, sides: list[bool]) -> bool:
    return (sides[0] and ends[0] == record) or (sides[1] and ends[1] == record)


def _redraw(store: GraphStore, kind: NodeKind, nodes: Iterable[str]) -> None:
    """Draw anew which tracks are versions of the works that these nodes name."""
    if kind.name != "track":
        return
    held = ledger.properties(store, kind.label, nodes)
    keys = sorted({row["matchKey"] for row in held.values() if row.get("matchKey")})
    rows = store.read("read/identity_tracks", timeout_s=60, keys=keys)
    versions.draw(store, [entries.of_row(kind, row) for row in rows])


def recount(store: GraphStore) -> None:
    """Bring the counts on nodes up to date, after merging or undoing.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    for name in COUNTS:
        store.autocommit(name)
