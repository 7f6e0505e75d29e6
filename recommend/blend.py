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
from recommend.sources import SOURCES, unavailable
from recommend.sources.source import Floats, Rows, Source, united
from recommend.surfaces import Surface, surface_named
from recommend.taste import SHORT_HISTORY, Taste, taste_of
from recommend.types import Profile, RecommendRequest

SEED_TRACKS = {"artist": 8, "genre": 12, "playlist": 30}
MAX_SEEDS = 5
LEAST = 1e-6
"""A feature that all plays together made no larger than this is not split over them."""
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
    def by_friends(self) -> bool:
        """Whether all that is known is what those play whom the listener follows."""
        return not self.empty and not any(len(part.taste) for part in self.parts)

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


def _most_played(bundle: Bundle, rows: NDArray[np.int64], count: int) -> Rows:
    plays = bundle.catalogue.play_count[rows]
    return rows[np.lexsort((rows, -plays))][:count].astype(np.int64)


def seed_rows(bundle: Bundle, id: str) -> Rows:
    """The tracks that stand for a seed: itself, or the most played of an artist, genre or playlist.

    Raises:
        InvalidRequestError: the model knows no such track, artist, genre or playlist.
    """
    catalogue = bundle.catalogue
    if (row := catalogue.tracks.row(id)) is not None:
        return np.array([row], np.int64)
    for kind, ids, tracks in (
        ("artist", catalogue.artists, catalogue.tracks_of_artist),
        ("genre", catalogue.genres, catalogue.tracks_of_genre),
        ("playlist", catalogue.playlists, catalogue.tracks_of_playlist),
    ):
        if (row := ids.row(id)) is not None and len(found := tracks[[row]].indices.astype(np.int64)):
            return _most_played(bundle, found, SEED_TRACKS[kind])
    raise InvalidRequestError(f"seed {id!r} is no track, artist, genre or playlist with tracks in the model")


def seed_parts(request: RecommendRequest, bundle: Bundle, share: float) -> list[Part]:
    """The seeds as plays at this moment: a part for each weight that was given, their shares summing to ``share``.

    Raises:
        InvalidRequestError: too many seeds, an unknown one, or a weight that is not above zero.
    """
    most = MAX_SEEDS if surface_named(request.surface).seeded else MAX_PICKS
    if len(request.seeds) > most:
        raise InvalidRequestError(f"{len(request.seeds)} seeds: give at most {most}")
    for seed in request.seeds:
        if not seed.weight > 0:
            raise InvalidRequestError(f"seed {seed.id!r} has weight {seed.weight}: give a weight above 0")
    total = sum(seed.weight for seed in request.seeds)
    parts = []
    for weight in sorted({seed.weight for seed in request.seeds}):
        alike = [seed.id for seed in request.seeds if seed.weight == weight]
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
    own = taste_of(profile, bundle, request.as_of, request.without)
    if not request.seeds:
        return Blend((Part(1.0, own, True),), bundle)
    if not surface.seeded and len(own) >= SHORT_HISTORY:
        raise InvalidRequestError(f"surface {surface.name!r} takes no seeds: use radio")
    if not len(own):
        return Blend(tuple(seed_parts(request, bundle, 1.0)), bundle)
    seeds = seed_parts(request, bundle, surface.seed_share)
    return Blend((*seeds, Part(1.0 - surface.seed_share, own, True)), bundle)
