"""From attribution to verified reasons: strongest anchor times best link wins, and the graph has the last word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from graph.reads import Step
from recommend.explain import text
from recommend.explain.links import FINDERS, Link, node
from recommend.types import Explanation, ExplanationKind, NodeRef, ReasonPath

PATHS = 2
REPEATED = 0.6
NEAREST = 0.25  # the strongest quarter of the anchors is tried first: a reason should be one that mattered
LEAST_ANCHORS, MOST_FIRST, MOST_ANCHORS = 8, 40, 250

DIRECTION = {
    "PLAYED": "User",
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
    """A reason that the bundle believes in and the graph has not yet confirmed."""

    kind: ExplanationKind
    text: str
    path: ReasonPath


def propose(user: NodeRef, bundle: Bundle, attribution: Attribution) -> list[list[Proposal]]:
    """For each recommended track its best reasons, best first, at most ``PATHS`` with different anchors."""
    shown: Counter[int] = Counter()  # a page that names one track again and again convinces nobody
    own = np.flatnonzero(attribution.by_listener)
    parts, rows = attribution.parts[own], attribution.play_rows[own]
    strongest = np.argsort(-parts, axis=0, kind="stable")[:MOST_ANCHORS]  # [anchors, m]
    proposals = []
    for place, target in enumerate(attribution.target_rows.tolist()):
        order = strongest[:, place]
        order = order[parts[order, place] > 0]
        anchors, strength = rows[order].tolist(), parts[order, place].tolist()
        links = _best_links(bundle, target, anchors, strength, shown)
        score = float(attribution.scores[place])
        proposals.append([_proposal(user, bundle, target, link, part, score) for part, link in links])
        shown.update(link.anchor_row for _, link in links[:1])
    return proposals


def _best_links(
    bundle: Bundle, target: int, anchors: list[int], strength: list[float], shown: Counter[int]
) -> list[tuple[float, Link]]:
    """The most convincing links with the parts of their anchors; the weaker anchors only where the first have none.

    Args:
        bundle: what could be linked.
        target: row of the recommended track.
        anchors: rows of the played tracks that raised its score, strongest first.
        strength: what each added.
        shown: how often each anchor was named on this page.
    """
    first = min(max(LEAST_ANCHORS, int(NEAREST * len(anchors))), MOST_FIRST)
    for part in (slice(first), slice(first, None)):
        added = dict(zip(anchors[part], strength[part], strict=True))
        found: dict[int, tuple[float, Link]] = {}
        for finder, weight in FINDERS if added else ():
            values = sorted((value for value, _ in found.values()), reverse=True)
            if len(values) >= PATHS and values[PATHS - 1] >= strength[part][0] * weight:
                break  # nothing that this finder or a later one finds can be better
            for link in finder(bundle, target, anchors[part]):
                value = added[link.anchor_row] * weight * link.rarity * REPEATED ** shown[link.anchor_row]
                if value > found.get(link.anchor_row, (0.0, link))[0]:
                    found[link.anchor_row] = (value, link)
        if found:
            best = sorted(found.values(), key=lambda entry: (-entry[0], entry[1].anchor_row))
            return [(added[link.anchor_row], link) for _, link in best[:PATHS]]
    return []


def _proposal(user: NodeRef, bundle: Bundle, target: int, link: Link, part: float, score: float) -> Proposal:
    anchor = node(bundle, "track", link.anchor_row)
    between = [node(bundle, kind, row) for kind, row in link.between]
    path = ReasonPath(
        nodes=(user, anchor, *between, node(bundle, "track", target)),
        relationships=("PLAYED", *link.relationships),
        share_of_score=min(1.0, part / score) if score > 0 else 0.0,
        verified=False,
    )
    sentence = link.template.format(*(one.name for one in between), anchor=anchor.name)
    return Proposal(link.kind, sentence, path)


def steps_of(path: ReasonPath) -> list[Step]:
    """The single facts that a path claims, each in the direction in which the graph holds it."""
    steps = []
    for start, end, relationship in zip(path.nodes[:-1], path.nodes[1:], path.relationships, strict=True):
        if start.label != DIRECTION[relationship]:
            start, end = end, start
        steps.append(Step(start.label, start.id, relationship, end.label, end.id))
    return steps


def confirmed(paths: Sequence[ReasonPath], holds: dict[Step, bool]) -> list[ReasonPath]:
    """The paths of which every step holds, marked as verified."""
    return [replace(path, verified=True) for path in paths if all(holds[step] for step in steps_of(path))]


def explanation(proposals: Iterable[Proposal], holds: dict[Step, bool], otherwise: Explanation) -> Explanation:
    """The best reason that holds, with every path that holds; ``otherwise`` where none does."""
    held = [proposal for proposal in proposals if confirmed([proposal.path], holds)]
    if not held:
        return otherwise
    paths = confirmed([proposal.path for proposal in held], holds)
    return Explanation(held[0].kind, held[0].text, tuple(paths))


def without_path(bundle: Bundle, attribution: Attribution, place: int, seed_name: str | None) -> Explanation:
    """What can be said where no path holds: the strongest play, the seed, or that it is popular."""
    parts = attribution.parts[:, place]
    if not len(parts) or parts.max() <= 0:
        return Explanation(ExplanationKind.POPULAR, text.POPULAR)
    best = int(parts.argmax())
    if seed_name is not None and not attribution.by_listener[best]:
        return Explanation(ExplanationKind.BECAUSE_YOU_PLAYED, text.SEED.format(anchor=seed_name))
    anchor = node(bundle, "track", int(attribution.play_rows[best]))
    return Explanation(ExplanationKind.BECAUSE_YOU_PLAYED, text.STRONGEST_PLAY.format(anchor=anchor.name))
