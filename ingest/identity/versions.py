"""Which tracks are versions of one work: each of them points at the one that stands for the work."""

from __future__ import annotations

from collections.abc import Iterable

from graph.store import GraphStore
from ingest.identity.match import GENERIC, Recording, credit_keys, leading_keys
from ingest.identity.pairing import Entry

BATCH = 5_000


def stars(tracks: Iterable[Entry]) -> dict[str, str]:
    """Version -> the track that stands for the work: the plainest of them, and the first by its records' ids.

    Two tracks are of one work where their titles name the same work and their credits one artist. Titles such as
    ``Intro`` name none.
    """
    blocks: dict[str, list[Entry]] = {}
    for track in tracks:
        if track.recording is not None and track.recording.parsed.base_key not in GENERIC:
            blocks.setdefault(track.recording.parsed.base_key, []).append(track)
    found: dict[str, str] = {}
    for block in blocks.values():
        for group in _by_artist(block):
            first, *others = sorted(group, key=_rank)
            found.update((other.id, first.id) for other in others)
    return found


def _rank(track: Entry) -> tuple[bool, int, str]:
    recording: Recording = track.recording  # type: ignore[assignment]  # stars() takes no others
    return (recording.parsed.tag != "", len(recording.parsed.versions), min(track.records))


def _by_artist(block: list[Entry]) -> list[list[Entry]]:
    """The tracks of one title in groups with an artist in common."""
    groups: list[tuple[set[str], list[Entry]]] = []
    for track in sorted(block, key=lambda track: min(track.records)):
        names = track.recording.artists if track.recording else ()
        leads = {key for name in names for key in leading_keys(name)}
        wide = leads | {key for name in names for key in credit_keys(name)}
        joined = [group for group in groups if group[0] & wide]
        rest = [group for group in groups if not any(group is other for other in joined)]
        merged = (leads.union(*(group[0] for group in joined)), [*(one for group in joined for one in group[1]), track])
        groups = [*rest, merged]
    return [group for _, group in groups if len(group) > 1]


def draw(store: GraphStore, tracks: Iterable[Entry], *, are_new: bool = False) -> int:
    """Write the versions among ``tracks``, which must be whole blocks of a title, in place of the former ones.

    Args:
        store: the graph, which has the tracks.
        tracks: with what they are compared by.
        are_new: whether none of them can have former ones: those that are no version need not be looked up.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    listed = sorted(tracks, key=lambda track: track.recording.parsed.base_key if track.recording else "")
    found = stars(listed)
    if are_new:
        listed = [track for track in listed if track.id in found]
    for start in range(0, len(listed), BATCH):
        ids = [track.id for track in listed[start : start + BATCH]]
        links = [(id, found[id]) for id in ids if id in found]
        store.write(
            "write/identity_versions",
            timeout_s=120,
            ids=ids,
            source=[source for source, _ in links],
            target=[target for _, target in links],
        )
    return len(found)
