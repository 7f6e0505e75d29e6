"""Which incoming nodes are which of those that are there already: one to one for every source, whatever the order.

A source that lists two things means two things: of one source at most one record goes into a node, unless identifiers
that services share say otherwise. The rules treat both sides alike, so that either order of two imports pairs alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ingest.identity.match import TOLERANCE_MS, Match, Recording, compare
from ingest.identity.normal import key
from ingest.names import squashed

SHARED = ("isrc:", "mbid:", "spotify:", "freebase:", "lfm1b:")
"""Beginnings of the identifiers that name one thing for everybody."""
_NAMELESS = frozenset(map(key, ("[unknown]", "Unknown Artist", "<unknown>", "Various Artists", "Various", "NA")))


@dataclass(frozen=True, slots=True)
class Entry:
    """A node, there or incoming, as far as matching needs it.

    Attributes:
        id: its id.
        names: all names it goes by; of a track its title.
        records: ids of the source records that it stands for, its own included.
        ids: shared identifiers (see ``SHARED``).
        recording: what a track is.
    """

    id: str
    names: tuple[str, ...]
    records: frozenset[str]
    ids: frozenset[str] = field(default_factory=frozenset)
    recording: Recording | None = None

    @property
    def sources(self) -> frozenset[str]:
        """The sources that have brought it."""
        return frozenset(source_of(record) for record in self.records)


@dataclass(frozen=True, slots=True)
class Pairing:
    """What ``pair`` found.

    Attributes:
        merges: incoming id -> id of the node that it is, and why.
        ambiguous: incoming ids that could be several nodes, and were left alone.
    """

    merges: dict[str, tuple[str, Match]]
    ambiguous: tuple[str, ...] = ()


Forbidden = Callable[[Entry, Entry], bool]
"""Whether somebody has said that two are not one."""


def source_of(record: str) -> str:
    """The source of a record id: its first word."""
    return record.partition(":")[0]


def shared_ids(source_ids: Iterable[str] | None, isrc: str | None = None) -> frozenset[str]:
    """The identifiers among ``source_ids`` that other sources may know too."""
    own = {f"isrc:{isrc}"} if isrc else set()
    return frozenset(own | {id for id in source_ids or () if id.startswith(SHARED)})


def pair_by_id(there: Iterable[Entry], incoming: Iterable[Entry], forbidden: Forbidden) -> dict[str, tuple[str, Match]]:
    """Those who share an identifier, also among the incoming ones; of several the first by id."""
    owners: dict[str, list[Entry]] = {}
    for entry in sorted(there, key=lambda entry: entry.id):
        for id in entry.ids:
            owners.setdefault(id, []).append(entry)
    found: dict[str, tuple[str, Match]] = {}
    for entry in sorted(incoming, key=lambda entry: entry.id):
        hits = [(owner, id) for id in sorted(entry.ids) for owner in owners.get(id, ()) if not forbidden(owner, entry)]
        if hits:
            owner, id = hits[0]
            found[entry.id] = (owner.id, Match("same", f"both are {id}", ("id",)))
            owner_of = owner
        else:
            owner_of = entry
        for id in entry.ids:
            owners.setdefault(id, []).append(owner_of)
    return found


def pair_tracks(there: Iterable[Entry], incoming: Iterable[Entry], forbidden: Forbidden) -> Pairing:
    """Tracks of one recording, the closest pairs first; see ``ingest.identity.match.compare``."""
    blocks = _blocks(there, lambda entry: _recording(entry).parsed.base_key)
    taken: set[tuple[str, str]] = set()
    done: dict[str, tuple[str, Match]] = {}
    ranked = []
    for entry in incoming:
        for other in blocks.get(_recording(entry).parsed.base_key, ()):
            if _apart(entry, other, forbidden):
                continue
            match = compare(_recording(entry), _recording(other))
            if match.kind == "same":
                rank = (*_distance(entry, other), *sorted((entry.id, other.id)))
                ranked.append((rank, entry, other, match))
    for _, entry, other, match in sorted(ranked, key=lambda row: row[0]):
        slot = (other.id, source_of(entry.id))
        if entry.id not in done and slot not in taken:
            done[entry.id] = (other.id, match)
            taken.add(slot)
    return Pairing(done)


def pair_named(
    there: Iterable[Entry], incoming: Iterable[Entry], forbidden: Forbidden, *, genres: bool = False
) -> Pairing:
    """Artists or genres of one name: those spelled alike first, then those whose names differ in spelling only.

    Where one name means two artists of a source, it is not guessed which of them is meant; two genres of one name are
    two spellings, and the first by id is as good.
    """
    key_of = squashed if genres else key
    blocks = _blocks(
        there, *(lambda entry, at=at: key_of(entry.names[at]) if at < len(entry.names) else "" for at in range(8))
    )
    groups: dict[str, list[Entry]] = {}
    for entry in incoming:
        groups.setdefault(key_of(entry.names[0]), []).append(entry)
    done: dict[str, tuple[str, Match]] = {}
    ambiguous: list[str] = []
    for name_key, entries in groups.items():
        if name_key in _NAMELESS and not genres:
            continue
        taken: set[tuple[str, str]] = set()
        doubtful: set[str] = set()
        for same in (_spelled_alike, lambda one, other: True):
            hits = [
                (entry, other)
                for entry in entries
                for other in blocks.get(name_key, ())
                if entry.id not in done
                and not doubtful & {entry.id, other.id}
                and (other.id, source_of(entry.id)) not in taken
                and not _apart(entry, other, forbidden)
                and same(entry, other)
            ]
            for entry, other in sorted(hits, key=lambda hit: sorted((hit[0].id, hit[1].id))):
                source = source_of(entry.id)
                rivals = [hit for hit in hits if entry in hit or (other in hit and source_of(hit[0].id) == source)]
                if len(rivals) > 1 and not genres:
                    doubtful |= {entry.id, other.id}
                    ambiguous.append(entry.id)
                elif entry.id not in done and (other.id, source_of(entry.id)) not in taken:
                    done[entry.id] = (other.id, Match("same", _name_reason(entry, other), ("name",)))
                    taken.add((other.id, source_of(entry.id)))
    return Pairing(done, tuple(sorted(set(ambiguous))))


def _spelled_alike(one: Entry, other: Entry) -> bool:
    return one.names[0] in other.names


def _name_reason(one: Entry, other: Entry) -> str:
    return "same name" if _spelled_alike(one, other) else f"same name but for its spelling: {other.names[0]!r}"


def _recording(entry: Entry) -> Recording:
    if entry.recording is None:
        raise ValueError(f"{entry.id}: a track to be matched needs its recording")
    return entry.recording


def _blocks(there: Iterable[Entry], *key_of: Callable[[Entry], str]) -> Mapping[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in there:
        for name_key in {make(entry) for make in key_of} - {""}:
            found.setdefault(name_key, []).append(entry)
    return found


def _apart(entry: Entry, other: Entry, forbidden: Forbidden) -> bool:
    """Whether two cannot be one: the same node, two of one source, or told apart by hand."""
    return entry.id == other.id or bool(entry.sources & other.sources) or forbidden(entry, other)


def _distance(entry: Entry, other: Entry) -> tuple[int, int, int, int]:
    """How far two tracks of one recording are from each other; smaller is closer, the order of the two is no matter."""
    one, two = _recording(entry), _recording(other)
    apart = (
        TOLERANCE_MS if one.duration_ms is None or two.duration_ms is None else abs(one.duration_ms - two.duration_ms)
    )
    albums = bool(one.album and two.album and key(one.album) == key(two.album))
    return (one.parsed.versions != two.parsed.versions, one.title != two.title, not albums, apart)
