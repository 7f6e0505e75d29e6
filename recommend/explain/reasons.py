"""From attribution to verified reasons: strongest anchor times best link wins, and the graph has the last word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from graph.reads import Step
from recommend.explain import text
from recommend.explain.links import LINKS, Ends, Links, node
from recommend.types import Explanation, ExplanationKind, NodeRef, ReasonPath

PATHS = 2
LEAST_FRIENDS = 5
"""Of fewer people it is not told what they play: whoever follows one of them would know whose plays these are."""
REPEATED = 0.6
NEAREST = 0.25  # the strongest quarter of the anchors is tried first: a reason should be one that mattered
LEAST_ANCHORS, MOST_FIRST, MOST_ANCHORS = 8, 40, 250

DIRECTION = {
    "PLAYED": "User",
    "FOLLOWS": "User",
    "PERFORMED_BY": "Track",
    "IN_GENRE": "Track",
    "CONTAINS": "Playlist",
    "PLAYED_WITH": "Track",
    "SOUNDS_LIKE": "Track",
    "ADJACENT_TO": "Genre",
}
"""The label at which each relationship starts."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """How much each play raised each recommended track.

    Attributes:
        play_rows: int64 [h]: tracks of the plays, those of the listener and those that stand for seeds.
        by_listener: bool [h]: whether the listener played it.
        parts: float32 [h, m].
        scores: float32 [m].
        target_rows: int64 [m].
    """

    play_rows: NDArray[np.int64]
    by_listener: NDArray[np.bool_]
    parts: NDArray[np.float32]
    scores: NDArray[np.float32]
    target_rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A reason that the bundle believes in and the graph has not yet confirmed; ``steps`` are what its path claims."""

    kind: ExplanationKind
    text: str
    path: ReasonPath
    steps: tuple[Step, ...]


def propose(user: NodeRef, bundle: Bundle, attribution: Attribution) -> list[list[Proposal]]:
    """For each recommended track its best reasons, best first, at most ``PATHS`` with different anchors."""
    own = np.flatnonzero(attribution.by_listener)
    found = _best_links(bundle, attribution.target_rows, attribution.play_rows[own], attribution.parts[own])
    shown: Counter[int] = Counter()  # a page that names one track again and again convinces nobody
    proposals: list[list[Proposal]] = []
    # A score at or below zero has no shares: what lowered it outweighs the plays, whose sum is shared out instead.
    raised = attribution.parts.sum(axis=0) if len(attribution.parts) else np.zeros(len(attribution.scores))
    wholes = np.where(attribution.scores > 0, attribution.scores, raised).tolist()
    played = set(attribution.play_rows[own].tolist())
    for place, (target, whole) in enumerate(zip(attribution.target_rows.tolist(), wholes, strict=True)):
        if target in played:  # on a surface that brings back what was heard: it is its own reason
            part = float(attribution.parts[own][attribution.play_rows[own] == target, place].sum())
            proposals.append([_favourite(user, node(bundle, "track", target), part, whole)])
            continue
        chosen = _chosen(found, place, shown)
        proposals.append([_proposal(user, bundle, target, found, at, whole) for at in chosen])
        shown.update(found.anchor_row[at] for at in chosen[:1])
    return proposals


@dataclass(frozen=True, slots=True)
class _Found:
    """The best link of each pair of track and anchor, ordered by track, the most valuable first; lists of one length.

    Attributes:
        starts: where the links of each track begin, one more than there are tracks.
        kind: place in ``LINKS``.
        place: place among the links of its kind.
        anchor_row: the played track.
        value: how convincing, 0 and more.
        part: what the anchor added to the track's score.
        is_near: whether the anchor is among the strongest for this track.
        links: the links by kind.
    """

    starts: list[int]
    kind: list[int]
    place: list[int]
    anchor_row: list[int]
    value: list[float]
    part: list[float]
    is_near: list[bool]
    links: list[Links]

    def between(self, at: int) -> list[tuple[str, int]]:
        """The nodes between anchor and track, each its kind and row."""
        rows = self.links[self.kind[at]].between
        return [(name, int(row[self.place[at]])) for name, row in zip(LINKS[self.kind[at]].between, rows, strict=True)]


def _best_links(
    bundle: Bundle, targets: NDArray[np.int64], anchors: NDArray[np.int64], parts: NDArray[np.float32]
) -> _Found:
    """Every link from an anchor that raised a track to that track; of each pair the most valuable.

    Args:
        bundle: what could be linked.
        targets: int64 [m], rows of the recommended tracks.
        anchors: int64 [h], rows of the played tracks.
        parts: float32 [h, m], what each anchor added to each score.
    """
    order = np.argsort(-parts, axis=0, kind="stable")
    rank = np.empty_like(order)  # [h, m], 0 for the strongest
    np.put_along_axis(rank, order, np.arange(len(parts))[:, None], axis=0)
    counts = parts > 0
    tried = counts & (rank < MOST_ANCHORS)
    first = np.clip(
        (NEAREST * np.minimum(counts.sum(axis=0), MOST_ANCHORS)).astype(np.int64), LEAST_ANCHORS, MOST_FIRST
    )
    used = np.flatnonzero(tried.any(axis=1))
    ends = Ends(bundle, targets, anchors[used])
    links = [kind.find(ends) for kind in LINKS]
    kind = np.repeat(np.arange(len(links)), [len(found.target_at) for found in links])
    place = np.concatenate([np.arange(len(found.target_at)) for found in links])
    target_at = np.concatenate([found.target_at for found in links])
    anchor_at = used[np.concatenate([found.anchor_at for found in links])]
    weight = np.array([kind.weight for kind in LINKS])[kind]
    part = parts[anchor_at, target_at]
    value = part * weight * np.concatenate([found.rarity for found in links])
    pair = target_at * len(anchors) + anchor_at
    kept = np.flatnonzero(tried[anchor_at, target_at] & (value > 0))
    order = kept[np.lexsort((-value[kept], pair[kept]))]
    order = order[np.diff(pair[order], prepend=-1) != 0]  # the most valuable link of each pair
    order = order[np.lexsort((anchors[anchor_at[order]], -value[order], target_at[order]))]
    is_near = rank[anchor_at, target_at] < first[target_at]
    return _Found(
        np.searchsorted(target_at[order], np.arange(len(targets) + 1)).tolist(),
        kind[order].tolist(),
        place[order].tolist(),
        anchors[anchor_at[order]].tolist(),
        value[order].tolist(),
        part[order].tolist(),
        is_near[order].tolist(),
        links,
    )


def _chosen(found: _Found, target_at: int, shown: Counter[int]) -> list[int]:
    """The most convincing links of one track; those of the weaker anchors only where the strongest have none.

    Args:
        found: all links.
        target_at: which track.
        shown: how often each anchor was named on this page; a link is worth less for each time.
    """
    every = range(found.starts[target_at], found.starts[target_at + 1])
    near = [at for at in every if found.is_near[at]] or every
    return sorted(near, key=lambda at: -found.value[at] * REPEATED ** shown[found.anchor_row[at]])[:PATHS]


def _proposal(user: NodeRef, bundle: Bundle, target: int, found: _Found, at: int, whole: float) -> Proposal:
    kind = LINKS[found.kind[at]]
    anchor = node(bundle, "track", found.anchor_row[at])
    between = [node(bundle, name, row) for name, row in found.between(at)]
    path = ReasonPath(
        nodes=(user, anchor, *between, node(bundle, "track", target)),
        relationships=("PLAYED", *kind.relationships),
        share_of_score=min(1.0, found.part[at] / whole) if whole > 0 else 0.0,
        verified=False,
    )
    sentence = kind.template.format(*(one.name for one in between), anchor=anchor.name)
    return Proposal(kind.kind, sentence, path, steps_of(path))


def _favourite(user: NodeRef, track: NodeRef, part: float, whole: float) -> Proposal:
    share = min(1.0, max(part, 0.0) / whole) if whole > 0 else 0.0
    path = ReasonPath((user, track), ("PLAYED",), share, verified=False)
    return Proposal(ExplanationKind.BECAUSE_YOU_PLAYED, text.FAVOURITE, path, steps_of(path))


def steps_of(path: ReasonPath) -> tuple[Step, ...]:
    """The single facts that a path claims, each in the direction in which the graph holds it."""
    steps = []
    for start, end, relationship in zip(path.nodes[:-1], path.nodes[1:], path.relationships, strict=True):
        if start.label != DIRECTION[relationship]:
            start, end = end, start
        steps.append(Step(start.label, start.id, relationship, end.label, end.id))
    return tuple(steps)


def confirmed(paths: Iterable[ReasonPath], holds: Mapping[Step, bool]) -> list[ReasonPath]:
    """The paths of which every step holds, marked as verified."""
    return [path.held() for path in paths if all(holds[step] for step in steps_of(path))]


def explanation(proposals: Iterable[Proposal], holds: Mapping[Step, bool]) -> Explanation | None:
    """The best reason that holds, with every path that holds; None where none does."""
    held = [proposal for proposal in proposals if all(holds[step] for step in proposal.steps)]
    if not held:
        return None
    return Explanation(held[0].kind, held[0].text, tuple(proposal.path.held() for proposal in held))


def without_path(
    bundle: Bundle, attribution: Attribution, place: int, seed_name: str | None, friends: int = 0
) -> Explanation:
    """What can be said where no path holds: the strongest play, the seed, who is followed, or that it is popular."""
    parts = attribution.parts[:, place]
    if not len(parts) or parts.max() <= 0:
        told = text.POPULAR if not friends else text.FOLLOWED if friends >= LEAST_FRIENDS else text.LITTLE_KNOWN
        return Explanation(ExplanationKind.POPULAR, told)
    best = int(parts.argmax())
    if seed_name is not None and not attribution.by_listener[best]:
        return Explanation(ExplanationKind.BECAUSE_YOU_PLAYED, text.SEED.format(anchor=seed_name))
    anchor = node(bundle, "track", int(attribution.play_rows[best]))
    return Explanation(ExplanationKind.BECAUSE_YOU_PLAYED, text.STRONGEST_PLAY.format(anchor=anchor.name))
