"""Which of the best tracks make a list: maximal marginal relevance under a cap per artist and one track per work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gnn.catalogue import Catalogue
from recommend.sources.source import Floats, Rows

WORTH = 0.3
"""An unknown artist's track takes the place of a known one's from this share of the best open score."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The chosen places of the candidates, in order, and how many candidates each rule closed."""

    places: NDArray[np.int64]
    removed: dict[str, int]


@dataclass(frozen=True, slots=True)
class Rules:
    """How a list is made.

    Attributes:
        n: its length.
        mmr_lambda: the balance of relevance (1) and diversity (0).
        max_per_artist: every credited artist counts.
        familiar_share: of the list so far, by artists that the listener knows already; more where no other track is
            worth its place.
        caps: name -> which candidates, bool [m], and how many of them at most.
    """

    n: int
    mmr_lambda: float
    max_per_artist: int
    familiar_share: float
    caps: Mapping[str, tuple[NDArray[np.bool_], int]] = field(default_factory=dict)


def relevance(scores: Floats) -> Floats:
    """The score's rank among the candidates, 1 for the best down to 0; float32 [m], ties by place."""
    order = np.lexsort((np.arange(len(scores)), -scores))
    ranks = np.empty(len(scores), np.float32)
    ranks[order] = np.arange(len(scores), dtype=np.float32)
    return (1.0 - ranks / max(len(scores) - 1, 1)).astype(np.float32)


def choose(
    scores: Floats, rows: Rows, vectors: Floats, familiar: NDArray[np.bool_], catalogue: Catalogue, rules: Rules
) -> Choice:
    """Choose tracks one by one: ``λ · relevance + (1 - λ) · (1 - greatest similarity to those chosen)``.

    Args:
        scores: float32 [m].
        rows: int64 [m], tracks of the scores.
        vectors: float32 [m, dim], L2-normalised; similarity is their cosine, at least 0.
        familiar: bool [m]: the listener knows an artist of the track.
        catalogue: credits and works of the tracks.
        rules: length, balance and caps.

    Source: Carbonell and Goldstein, The use of MMR, 1998.
    """
    relevant = rules.mmr_lambda * relevance(scores)
    nearest = np.zeros(len(rows), np.float32)
    open_ = np.ones(len(rows), np.bool_)
    closer = _Closer(rows, catalogue, rules.max_per_artist)
    known = 0
    places: list[int] = []
    removed = {"per_artist": 0, "repeated_work": 0} | dict.fromkeys(rules.caps, 0)
    capped = dict.fromkeys(rules.caps, 0)
    while len(places) < rules.n and open_.any():
        allowed = open_
        if known >= rules.familiar_share * (len(places) + 1):
            allowed = open_ & ~familiar & (scores >= WORTH * scores[open_].max())
            allowed = allowed if allowed.any() else open_
        value = np.where(allowed, relevant + (1.0 - rules.mmr_lambda) * (1.0 - nearest), -np.inf)
        place = int(value.argmax())
        places.append(place)
        open_[place] = False
        known += int(familiar[place])
        for rule, closed in closer.after(place):
            removed[rule] += int(np.count_nonzero(open_ & closed))
            open_ &= ~closed
        for rule, (mask, most) in rules.caps.items():
            capped[rule] += int(mask[place])
            if capped[rule] == most and mask[place]:
                removed[rule] += int(np.count_nonzero(open_ & mask))
                open_ &= ~mask
        nearest = np.maximum(nearest, vectors @ vectors[place])
    return Choice(np.array(places, np.int64), {name: count for name, count in removed.items() if count})


class _Closer:
    """Knows which candidates a choice closes: by a full artist, or by being the same work."""

    def __init__(self, rows: Rows, catalogue: Catalogue, max_per_artist: int) -> None:
        self._credits = catalogue.credits[rows].T.copy()  # [most credits, m]: long axes last, which are quick to join
        self._nobody = len(catalogue.artists)
        self._work = catalogue.work[rows]
        self._cap = max_per_artist
        self._count: dict[int, int] = {}

    def after(self, place: int) -> list[tuple[str, NDArray[np.bool_]]]:
        """The masks [m] of what is closed once the track at ``place`` is chosen."""
        closed = [("repeated_work", self._work == self._work[place])]
        for artist in self._credits[:, place].tolist():
            if artist == self._nobody:
                break
            self._count[artist] = self._count.get(artist, 0) + 1
            if self._count[artist] >= self._cap:
                closed.append(("per_artist", (self._credits == artist).any(axis=0)))
        return closed
