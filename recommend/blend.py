"""What a request is scored by: the listener's history, or seeds with a part of it, each with its share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from gnn.tower import History
from graph.errors import InvalidRequestError
from recommend.features import features_of, splits_of
from recommend.mixes import side_of, sides
from recommend.seeds import seed_rows
from recommend.sources import SOURCES, unavailable
from recommend.sources.source import Floats, Rows, Source, united
from recommend.surfaces import Surface, surface_named
from recommend.taste import SHORT_HISTORY, Taste, taste_of
from recommend.types import Profile, RecommendRequest

MAX_SEEDS = 5
LEAST = 1e-6
"""A feature that all plays together made no larger than this is not split over them."""
SESSION_S, SESSION_PLAYS = 7200, 10
"""What was played within two hours before the newest play, at most ten tracks, is the session."""
MAX_PICKS = 20
"""Seeds that a newcomer may give to a surface that takes none of others."""


@dataclass(frozen=True, eq=False)
class Part:
    """One taste of a blend: its share, and whether its plays are the listener's own."""

    share: float
    taste: Taste
    by_listener: bool


@dataclass(frozen=True, eq=False)
class Blend:
    """One or more tastes whose shares sum to 1."""

    parts: tuple[Part, ...]
    bundle: Bundle

    @property
    def empty(self) -> bool:
        """Whether there is no play at all to go by, not even of somebody followed."""
        return not any(part.taste.known for part in self.parts)

    @property
    def friends(self) -> int:
        """How many of those whom the listener follows all that is known is from; 0 where anything else is known."""
        return (
            0 if any(len(part.taste) for part in self.parts) else max(len(part.taste.followed) for part in self.parts)
        )

    def sources(self, switched_off: frozenset[str] = frozenset()) -> list[Source]:
        """The sources that can nominate with this bundle."""
        reasons = unavailable(self.bundle)
        return [s for s in SOURCES if s.name not in switched_off and reasons[s.name] is None]

    def nominate(self, source: Source, quota: int) -> Rows:
        """The source's tracks for each taste, its quota divided by the shares, at least half of it for each.

        Each once: int64, ascending.
        """
        return united(
            [source.nominate(p.taste, round(quota * max(p.share, 0.5))) for p in self.parts], len(self.bundle.catalogue)
        )

    def nominations(self, quotas: Mapping[str, int]) -> dict[str, Rows]:
        """Source -> what it nominates under its quota; those that cannot with this bundle are left out."""
        able = {source.name: source for source in self.sources()}
        return {name: self.nominate(able[name], quota) for name, quota in quotas.items() if name in able}

    def features(self, rows: Rows) -> Floats:
        """float32 [m, len(FEATURES)]: the features of each taste, weighted by the shares."""
        if len(self.parts) == 1:
            return features_of(self.parts[0].taste, rows)
        weighed = [part.share * features_of(part.taste, rows) for part in self.parts]
        return np.asarray(np.sum(weighed, axis=0), np.float32)

    def attribution(self, rows: Rows, contributions: NDArray[np.float64]) -> Floats:
        """How much each play raised each score, float32 [h, m], plays of all parts in order.

        Args:
            rows: int64 [m], tracks.
            contributions: float64 [m, len(FEATURES)], what each feature added to the score of each track.

        What a feature adds to a score goes to the plays in proportion to what each added to the feature; a feature that
        lowered the score gives none of them anything.
        """
        parts = np.concatenate([part.share * splits_of(part.taste, rows) for part in self.parts])  # [h, m, features]
        raised = np.maximum(contributions, 0.0)
        made = parts.sum(axis=0, dtype=np.float64)
        each = np.divide(raised, made, out=np.zeros_like(made), where=made > LEAST)
        return np.asarray(np.einsum("hmf,mf->hm", parts, each.astype(np.float32)), np.float32)

    @property
    def play_rows(self) -> Rows:
        """int64 [h]: the tracks of the plays, as in ``attribution``."""
        return np.concatenate([part.taste.rows for part in self.parts])

    @property
    def by_listener(self) -> NDArray[np.bool_]:
        """Whether the listener played it, bool [h]; else it stands for a seed."""
        return np.concatenate([np.full(len(part.taste), part.by_listener) for part in self.parts])


def seed_parts(request: RecommendRequest, bundle: Bundle, share: float) -> list[Part]:
    """The seeds as plays at this moment: a part for each weight that was given, their shares summing to ``share``.

    Raises:
        InvalidRequestError: too many seeds, an unknown one, or a weight that is 0 or no number.
    """
    most = MAX_SEEDS if surface_named(request.surface).seeded else MAX_PICKS
    if len(request.seeds) > most:
        raise InvalidRequestError(f"{len(request.seeds)} seeds: give at most {most}")
    for seed in request.seeds:
        if not (seed.weight > 0 or seed.weight < 0) or abs(seed.weight) == float("inf"):
            raise InvalidRequestError(
                f"seed {seed.id!r} has weight {seed.weight}: give one above 0 for more of it, below 0 for less"
            )
    wanted = [seed for seed in request.seeds if seed.weight > 0]
    total = sum(seed.weight for seed in wanted)
    parts = []
    for weight in sorted({seed.weight for seed in wanted}):
        alike = [seed.id for seed in wanted if seed.weight == weight]
        parts.append(Part(share * len(alike) * weight / total, _seed_taste(alike, request.as_of, bundle), False))
    return parts


def _seed_taste(ids: list[str], as_of: int, bundle: Bundle) -> Taste:
    """The tracks of some seeds as one history, each seed counting as one play."""
    plays: dict[int, float] = {}
    for id in ids:
        rows = seed_rows(bundle, id)
        for row in rows.tolist():
            plays[row] = plays.get(row, 0.0) + 1.0 / len(rows)
    chosen = np.array(sorted(plays), np.int64)
    counts = np.array([plays[row] for row in chosen.tolist()], np.float32)
    return Taste(bundle, History(chosen, counts, np.full(len(chosen), as_of, np.int64)), as_of)


def blend_of(request: RecommendRequest, profile: Profile, surface: Surface, bundle: Bundle) -> Blend:
    """What this request is scored by: the plays, the seeds, or both; of a newcomer what those play whom they follow.

    A newcomer may give seeds to any surface: what they picked on their first visit.

    Raises:
        InvalidRequestError: seeds where the surface takes none, none where it needs one, or a bad seed.
    """
    own = taste_of(profile, bundle, request.as_of, request.without, request.context)
    if surface.sides:
        return Blend((Part(1.0, _side(own, request.side), True),), bundle)
    if not request.seeds:
        return Blend(_with_session(own, surface.session_share), bundle)
    if not surface.seeded and len(own) >= SHORT_HISTORY:
        raise InvalidRequestError(f"surface {surface.name!r} takes no seeds: use radio")
    seeds = seed_parts(request, bundle, surface.seed_share if len(own) else 1.0)
    if not seeds:
        if not len(own):
            raise InvalidRequestError("every seed has a weight below 0: give one with a weight above 0 to begin with")
        return Blend((Part(1.0, own, True),), bundle)
    return Blend((*seeds, Part(1.0 - surface.seed_share, own, True)) if len(own) else tuple(seeds), bundle)


def _side(taste: Taste, number: int) -> Taste:
    """One side of a taste, counted from 1; all of it where there is too little to part.

    Raises:
        InvalidRequestError: it has fewer sides.
    """
    found = sides(taste)
    if not 1 <= number <= max(len(found), 1):
        raise InvalidRequestError(f"mix {number}: this listener has {len(found)}, give a number from 1 on")
    return side_of(taste, found[number - 1]) if found else taste


def _with_session(own: Taste, share: float) -> tuple[Part, ...]:
    """The whole taste, and beside it with ``share`` what was played just now, where anything was."""
    newest = own.history.last_at.max(initial=0)
    places = np.flatnonzero(own.history.last_at >= newest - SESSION_S)[-SESSION_PLAYS:]
    if not share or not len(places) or newest < own.as_of - SESSION_S:
        return (Part(1.0, own, True),)
    return Part(share, side_of(own, places), True), Part(1.0 - share, own, True)
