"""What the loader asks before it writes, and tells afterwards: which of the incoming things are in the graph already.

``resolve`` looks every incoming artist, genre and track up, and hands back the records that the loader writes as ever.
What belongs to a node that stands for several records is kept back, and written by ``settle`` once the others are
there. Interrupted between the two, the same import again comes to the same end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from graph import kinds
from graph.kinds import LinkKind, NodeKind
from graph.readable import Readable
from graph.store import GraphStore
from ingest.identity import entries, ledger, links, versions
from ingest.identity.ledger import MERGEABLE, Record
from ingest.identity.links import Ends, Values
from ingest.identity.match import Match
from ingest.identity.pairing import Entry, Pairing, pair_by_id, pair_named, pair_tracks
from ingest.records import Records
from ingest.report import KindReport
from ingest.source import EVENT, Remark
from ingest.taxonomy import edges_of, without_cycles


@dataclass(slots=True)
class IdentityReport:
    """What was found to be one, by kind of node.

    Attributes:
        merged: kind -> records that went into a node of another record, in this import or an earlier one.
        fresh: kind -> how many of these for the first time.
        ambiguous: kind -> records that could be several nodes and stayed apart, with examples.
        links: kind of link -> records of it that were written as links of merged nodes.
    lost: kind of link -> those that could not be, because an end is missing.
        versions: tracks that are versions of another.
    """

    merged: dict[str, int] = field(default_factory=dict)
    fresh: dict[str, int] = field(default_factory=dict)
    ambiguous: dict[str, tuple[Remark, ...]] = field(default_factory=dict)
    links: dict[str, int] = field(default_factory=dict)
    lost: dict[str, tuple[Remark, ...]] = field(default_factory=dict)
    versions: int = 0


@dataclass(slots=True)
class _Kind:
    """What is known of the incoming nodes of one kind.

    Attributes:
        incoming: by id.
        near: nodes of the graph that could be one of them.
        survivor: record id -> node id, for every record that shares its node, ends of links included.
        matches: record id -> why it goes into the node of another, for those found now.
    """

    incoming: dict[str, Entry]
    near: dict[str, Entry]
    survivor: dict[str, str]
    matches: dict[str, Match] = field(default_factory=dict)


@dataclass(slots=True)
class Resolution:
    """An import whose things are known.

    Attributes:
        records: what the loader writes, by kind.
        report: what was found.
    """

    records: dict[str, Records]
    report: IdentityReport
    _kinds: dict[str, _Kind] = field(default_factory=dict)
    _said: dict[str, list[tuple[Ends, Ends, Values]]] = field(default_factory=dict)
    _records: dict[str, list[Record]] = field(default_factory=dict)

    @property
    def keeps_links(self) -> bool:
        """Whether ``settle`` writes links beside ``records``."""
        return any(self._said.values())

    def keys(self) -> dict[str, dict[str, NDArray[np.str_]]]:
        """By which keys the nodes of ``records`` are found: kind -> property -> str [n], "" where there is none.

        In the order of ``records``; for a graph without any other node.
        """
        found: dict[str, dict[str, NDArray[np.str_]]] = {}
        for kind in MERGEABLE:
            if kind.name in self.records and kind.name != "genre":
                incoming = self._kinds[kind.name].incoming
                keys = [_key(kind, incoming[id]) for id in self.records[kind.name].columns["id"].tolist()]
                found[kind.name] = {"matchKey": np.array(keys, np.str_)}
        return found


def resolve(graph: Readable, records: Mapping[str, Records]) -> Resolution:
    """Find out which incoming things are in the graph already; writes nothing.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    resolution = Resolution(dict(records), IdentityReport())
    for kind in MERGEABLE:
        found = _resolve_kind(graph, kind, records, resolution.report)
        resolution._kinds[kind.name] = found
        resolution._records[kind.name] = _bookkeeping(graph, kind, found, records)
        if kind.name in records:
            resolution.records[kind.name] = _without_absorbed(records[kind.name], found.survivor)
    survivor = {name: found.survivor for name, found in resolution._kinds.items()}
    for link in links.SAYABLE:
        if link.name in records:
            rest, said = _rewritten(link, records[link.name], survivor)
            resolution.records[link.name], resolution._said[link.name] = rest, said
    if EVENT in records:
        resolution.records[EVENT] = _renamed(records[EVENT], survivor["track"])
    return resolution


def settle(
    store: GraphStore, resolution: Resolution, at: int | None = None, *, is_first: bool = False
) -> IdentityReport:
    """Write what ``resolve`` kept back, once all other records are in the graph.

    Args:
        store: the graph.
        resolution: from ``resolve``.
        at: unix seconds, recorded with each merge; the server's clock where None.
        is_first: whether the graph held nothing before, and its nodes have their ``keys``.

    Raises:
        GraphError: Neo4j is absent, or refuses; the same import again finishes it.
    """
    for kind in MERGEABLE:
        found, bookkeeping = resolution._kinds[kind.name], resolution._records[kind.name]
        if not is_first:
            _write_keys(store, kind, found)
        if bookkeeping:
            ledger.write_records(store, kind.label, bookkeeping, at)
            ledger.fold(store, kind, {record.survivor for record in bookkeeping})
    for name, said in resolution._said.items():
        lost = _write_links(store, kinds.LINK[name], said)
        missing = [f"{ends[0]} -> {ends[1]}" for nodes, ends, _ in said if nodes in lost]
        link = kinds.LINK[name]
        resolution.report.links[name] = len(said) - len(missing)
        resolution.report.lost[name] = Remark.at(f"unknown {link.source} or {link.target}", missing)
    tracks = resolution._kinds["track"]
    if tracks.incoming:
        resolution.report.versions = versions.draw(store, _tracks_after(tracks), are_new=is_first)
    return resolution.report


def accounted(report: KindReport, found: IdentityReport) -> KindReport:
    """The report of a kind with the links that ``settle`` wrote, which the loader took for merged."""
    written, lost = found.links.get(report.kind, 0), found.lost.get(report.kind, ())
    missing = sum(remark.count for remark in lost)
    return KindReport(
        report.kind,
        report.read,
        report.written + written,
        report.merged - written - missing,
        (*report.rejected, *lost),
        (*report.noted, *found.ambiguous.get(report.kind, ())),
    )


def _resolve_kind(graph: Readable, kind: NodeKind, records: Mapping[str, Records], report: IdentityReport) -> _Kind:
    incoming = entries.incoming(kind, records)
    ends = _ends(kind.name, records)
    known = ledger.survivors(graph, kind.label, incoming.keys() | ends)
    is_there = ledger.existing(graph, kind.label, incoming)
    fresh = [entry for id, entry in incoming.items() if id not in is_there and id not in known]
    near = entries.near(graph, kind, incoming.values())
    told_apart = ledger.forbidden(graph, kind.label)
    found: dict[str, tuple[str, Match]] = {}
    if any(entry.ids for entry in fresh):
        found = pair_by_id(entries.identified(graph, kind).values(), [e for e in fresh if e.ids], told_apart)
    rest = [entry for entry in fresh if entry.id not in found]
    taken = _with_absorbed(near, found)
    if kind.name == "track":
        paired = pair_tracks(taken.values(), rest, told_apart)
    else:
        paired = pair_named(taken.values(), rest, told_apart, genres=kind.name == "genre")
    found |= paired.merges
    absorbed = {id: node for id, node in known.items() if id != node}
    _tell(report, kind, incoming, absorbed, found, paired)
    survivor = {**known, **{id: node for id, (node, _) in found.items()}}
    survivor.update({node: node for node, _ in found.values()})
    return _Kind(incoming, near, survivor, {id: match for id, (_, match) in found.items()})


def _tell(
    report: IdentityReport,
    kind: NodeKind,
    incoming: Mapping[str, Entry],
    absorbed: Mapping[str, str],
    found: Mapping[str, tuple[str, Match]],
    paired: Pairing,
) -> None:
    report.merged[kind.name] = len(found) + sum(id in incoming for id in absorbed)
    report.fresh[kind.name] = len(found)
    report.ambiguous[kind.name] = Remark.at("could be several, left alone", paired.ambiguous)


def _with_absorbed(near: Mapping[str, Entry], found: Mapping[str, tuple[str, Match]]) -> dict[str, Entry]:
    """The nodes near, each with the records that have just been found to be one with it."""
    after = dict(near)
    for id, (node, _) in found.items():
        if node in after:
            old = after[node]
            after[node] = Entry(old.id, old.names, old.records | {id}, old.ids, old.recording)
    return after


def _ends(name: str, records: Mapping[str, Records]) -> set[str]:
    """Ids of a kind of node at which incoming links end."""
    found: set[str] = set()
    for link in links.SAYABLE:
        for end in ("source", "target"):
            if link.name in records and getattr(link, end) == name:
                found |= set(np.unique(records[link.name].columns[end]).tolist())
    if name == "track" and EVENT in records:
        found |= set(np.unique(records[EVENT].columns["target"]).tolist())
    return found


def _bookkeeping(graph: Readable, kind: NodeKind, found: _Kind, records: Mapping[str, Records]) -> list[Record]:
    """The records to be written down: incoming ones that share a node, and the first record of a node that now does."""
    sharing = {id for id in found.incoming if id in found.survivor}
    if not sharing and not found.matches:
        return []
    nodes = {found.survivor[id] for id in sharing}
    before = ledger.members(graph, kind.label, nodes)
    held = ledger.properties(graph, kind.label, {node for node in nodes if node not in before})
    listed: list[Record] = []
    for node in sorted(held):
        listed.append(Record(node, node, ledger.said_of(kind, held[node]), None))
    columns = records[kind.name].columns if kind.name in records else {}
    row_of = {id: row for row, id in enumerate(columns["id"].tolist())} if sharing else {}
    own = {record.record: at for at, record in enumerate(listed)}
    for id in sorted(sharing):
        node = found.survivor[id]
        said = ledger.said_of(kind, entries.values_at(kind.columns, columns, row_of[id]))
        former = listed[own[id]].said if id in own else before.get(node, {}).get(id, {})
        record = Record(id, node, _updated(former, said), found.matches.get(id))
        if id in own:
            listed[own[id]] = record
        else:
            listed.append(record)
    return listed


def _updated(former: Values, said: Values) -> Values:
    """What a record says now: what it no longer knows stays, its identifiers add up, as ``write/track`` has it."""
    together = {**former, **said}
    for name in ("sourceIds", "aliases"):
        if former.get(name) and said.get(name):
            together[name] = list(dict.fromkeys([*former[name], *said[name]]))
    return together


def _without_absorbed(records: Records, survivor: Mapping[str, str]) -> Records:
    ids = records.columns["id"].tolist()
    stays = np.array([survivor.get(id, id) == id for id in ids], np.bool_)
    return _kept(records, stays)


def _kept(records: Records, stays: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Records:
    """The records where ``stays``; the others went into another record."""
    if stays.all():
        return records
    chosen = records.select(np.flatnonzero(stays))
    merged = records.merged + int((~stays).sum())
    return Records(chosen.kind, chosen.columns, chosen.read, merged, chosen.rejected, chosen.noted)


def _rewritten(
    link: LinkKind, records: Records, survivor: Mapping[str, Mapping[str, str]]
) -> tuple[Records, list[tuple[Ends, Ends, Values]]]:
    """The links that the loader writes, and those that ``settle`` writes: (ends in the graph, ends as said, values)."""
    of_source, of_target = survivor.get(link.source, {}), survivor.get(link.target, {})
    if not of_source and not of_target:
        return records, []
    sources, targets = records.columns["source"].tolist(), records.columns["target"].tolist()
    plain = np.array(
        [source not in of_source and target not in of_target for source, target in zip(sources, targets, strict=True)],
        np.bool_,
    )
    columns = [column for column in link.columns if column.name not in ("source", "target")]
    said: list[tuple[Ends, Ends, Values]] = []
    for row in np.flatnonzero(~plain).tolist():
        ends = (sources[row], targets[row])
        nodes = (of_source.get(ends[0], ends[0]), of_target.get(ends[1], ends[1]))
        if nodes[0] != nodes[1]:
            said.append((nodes, ends, entries.values_at(columns, records.columns, row)))
    return _kept(records, plain), said


def _renamed(records: Records, survivor: Mapping[str, str]) -> Records:
    """Events at the nodes that their tracks went into."""
    if not survivor:
        return records
    targets = np.array([survivor.get(id, id) for id in records.columns["target"].tolist()], np.str_)
    columns = {**records.columns, "target": targets}
    return Records(records.kind, columns, records.read, records.merged, records.rejected, records.noted)


def _write_keys(store: GraphStore, kind: NodeKind, found: _Kind) -> None:
    """Make the new nodes findable."""
    if kind.name == "genre":
        return
    fresh = [entry for id, entry in found.incoming.items() if found.survivor.get(id, id) == id and id not in found.near]
    for start in range(0, len(fresh), ledger.BATCH):
        part = fresh[start : start + ledger.BATCH]
        store.write(
            "write/identity_keys",
            timeout_s=ledger.TIMEOUT_S,
            label=kind.label,
            id=[entry.id for entry in part],
            key=[_key(kind, entry) for entry in part],
        )


def _key(kind: NodeKind, entry: Entry) -> str:
    key: str = ledger.keys_of(kind, entry.names[0]).get("matchKey", "")
    return key


def _write_links(store: GraphStore, kind: LinkKind, said: list[tuple[Ends, Ends, Values]]) -> set[Ends]:
    """Add what records say to the links of merged nodes; the ends of those that lack one."""
    found = links.there(store, kind, (nodes for nodes, _, _ in said))
    for nodes, ends, values in said:
        found[nodes].said[ends] = values
    if kind.name == "subgenre_of":
        found = _acyclic(store, found)
    return links.write(store, kind, found.values())


def _acyclic(store: GraphStore, found: dict[Ends, links.Link]) -> dict[Ends, links.Link]:
    """Without the new edges that would close a cycle of subgenres."""
    fresh = [ends for ends, link in found.items() if not link.is_there]
    columns = {
        "source": np.array([source for source, _ in fresh], np.str_),
        "target": np.array([target for _, target in fresh], np.str_),
        "origin": np.array([""] * len(fresh), np.str_),
    }
    kept = without_cycles(Records("subgenre_of", columns, len(fresh)), edges_of(store)).columns
    good = set(zip(kept["source"].tolist(), kept["target"].tolist(), strict=True))
    return {ends: link for ends, link in found.items() if link.is_there or ends in good}


def _tracks_after(found: _Kind) -> list[Entry]:
    """All tracks with the titles of the import, as they are now."""
    absorbed = {id: (found.survivor[id], match) for id, match in found.matches.items()}
    now = _with_absorbed(found.near, absorbed)
    for id, entry in found.incoming.items():
        if found.survivor.get(id, id) == id and id not in now:
            now[id] = entry
    return list(now.values())
