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
    proposals = []
    for place, target in enumerate(attribution.target_rows.tolist()):
        strength = _anchors(attribution, place)
        links = _best_links(bundle, target, strength, shown)
        score = float(attribution.scores[place])
        proposals.append([_proposal(user, bundle, target, link, strength[link.anchor_row], score) for link in links])
        shown.update(link.anchor_row for link in links[:1])
    return proposals


def _anchors(attribution: Attribution, place: int) -> dict[int, float]:
    """The listener's own plays that raised this score, strongest first, each with what it added."""
    parts = np.where(attribution.by_listener, attribution.parts[:, place], 0.0)
    order = np.lexsort((attribution.play_rows, -parts))[:MOST_ANCHORS]
    order = order[parts[order] > 0]
    return dict(zip(attribution.play_rows[order].tolist(), parts[order].tolist(), strict=True))


def _best_links(bundle: Bundle, target: int, strength: dict[int, float], shown: Counter[int]) -> list[Link]:
    """The most convincing links from the strongest anchors; from the weaker ones only where those have none."""
    anchors = list(strength)
    first = min(max(LEAST_ANCHORS, int(NEAREST * len(anchors))), MOST_FIRST)
    for rows in (anchors[:first], anchors[first:]):
        found: dict[int, tuple[float, Link]] = {}
        for finder, weight in FINDERS if rows else ():
            values = sorted((value for value, _ in found.values()), reverse=True)
            if len(values) >= PATHS and values[PATHS - 1] >= strength[rows[0]] * weight:
                break  # nothing that this finder or a later one finds can be better
            for link in finder(bundle, target, rows):
                value = strength[link.anchor_row] * weight * link.rarity * REPEATED ** shown[link.anchor_row]
                if value > found.get(link.anchor_row, (0.0, link))[0]:
                    found[link.anchor_row] = (value, link)
        if found:
            best = sorted(found.values(), key=lambda entry: (-entry[0], entry[1].anchor_row))
            return [link for _, link in best[:PATHS]]
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
