"""Which nodes that are in the graph already are one: for graphs filled before identities were resolved.

The sources are taken in the order of their names, as if they were imported one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from graph.kinds import NodeKind
from graph.progress import NoProgress, Progress
from graph.store import GraphStore
from ingest.identity import entries, ledger, merge, versions
from ingest.identity.ledger import MERGEABLE
from ingest.identity.match import Match
from ingest.identity.pairing import Entry, Forbidden, pair_by_id, pair_named, pair_tracks, source_of


@dataclass(frozen=True, slots=True)
class Found:
    """Two nodes that are one."""

    kind: NodeKind
    survivor: Entry
    absorbed: Entry
    match: Match


def scan(store: GraphStore, at: int, *, dry_run: bool = False, progress: Progress | None = None) -> list[Found]:
    """Find nodes that are one, and merge them; artists and genres before tracks.

    Args:
        store: the graph.
        at: unix seconds, recorded with each merge.
        dry_run: only say what would be merged.
        progress: told of each merge.

    Raises:
        GraphError: Neo4j is absent, or refuses; the same scan again goes on.
    """
    progress = progress or NoProgress()
    done: list[Found] = []
    for kind in MERGEABLE:
        progress.stage(f"look for {kind.name}s that are one")
        if not dry_run:
            _write_keys(store, kind)
        found = list(matches(kind, entries.everything(store, kind), ledger.forbidden(store, kind.label)))
        done += found
        if dry_run:
            continue
        progress.stage(f"merge {kind.name}s", len(found))
        for one in found:
            merge.merge(store, kind, one.survivor.id, one.absorbed.id, one.match, at)
            progress.advance()
        if kind.name == "track":
            progress.stage("draw versions")
            versions.draw(store, entries.everything(store, kind).values())
    if done and not dry_run:
        merge.recount(store)
    return done


def matches(kind: NodeKind, nodes: dict[str, Entry], told_apart: Forbidden) -> Iterator[Found]:
    """Pairs of nodes that are one, in an order in which they can be merged: a survivor is never absorbed later."""
    there = {id: entry for id, entry in nodes.items() if len(entry.records) > 1}
    for _, arriving in sorted(_by_source(entry for id, entry in nodes.items() if id not in there).items()):
        named = [entry for entry in arriving if entry.ids]
        found = pair_by_id([entry for entry in there.values() if entry.ids], named, told_apart)
        rest = [entry for entry in arriving if entry.id not in found]
        now = {**there, **{entry.id: entry for entry in rest}}
        for id, (node, _) in found.items():
            if node in there:
                there[node] = _with(there[node], nodes[id])
        if kind.name == "track":
            found |= pair_tracks(there.values(), rest, told_apart).merges
        else:
            found |= pair_named(there.values(), rest, told_apart, genres=kind.name == "genre").merges
        for entry in rest:
            if entry.id not in found:
                there[entry.id] = entry
        for id, (node, match) in sorted(found.items()):
            yield Found(kind, now.get(node, nodes[node]), nodes[id], match)
            there[node] = _with(there.get(node, nodes[node]), nodes[id])


def _with(entry: Entry, other: Entry) -> Entry:
    names = tuple(dict.fromkeys((*entry.names, *other.names)))
    return Entry(entry.id, names, entry.records | other.records, entry.ids | other.ids, entry.recording)


def _by_source(listed: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in listed:
        found.setdefault(source_of(entry.id), []).append(entry)
    return found


def _write_keys(store: GraphStore, kind: NodeKind) -> None:
    if kind.name == "genre":
        return
    rows = store.read("read/identity_unkeyed", timeout_s=600, label=kind.label)
    keyed = [(row["id"], ledger.keys_of(kind, row["name"] or row["id"])["matchKey"]) for row in rows]
    for start in range(0, len(keyed), ledger.BATCH):
        part = keyed[start : start + ledger.BATCH]
        store.write(
            "write/identity_keys",
            timeout_s=ledger.TIMEOUT_S,
            label=kind.label,
            id=[id for id, _ in part],
            key=[name_key for _, name_key in part],
        )
