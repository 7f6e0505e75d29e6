"""How good the reasons are: shown, verified, varied, and true: removing the anchor lowers the score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommend.blend import blend_of
from recommend.engine import Engine, Reads
from recommend.surfaces import surface_named
from recommend.types import ExplanationKind, Profile, RecommendationSet, RecommendRequest


@dataclass(frozen=True, slots=True)
class ReasonAudit:
    """Shares over all items of some listeners' lists.

    Attributes:
        users: how many listeners.
        explained: items with a verified path from that listener to that track.
        genre_only: paths that go through a genre alone.
        faithful: of items whose anchor and another play were removed in turn, how often the anchor mattered more.
        least_artists: fewest artists on a list.
        kinds: share of each kind of explanation.
    """

    users: int
    explained: float
    genre_only: float
    faithful: float
    least_artists: int
    kinds: dict[str, float]


def score_without(engine: Engine, profile: Profile, request: RecommendRequest, track_id: str, gone: str) -> float:
    """The score of a track had the listener never played ``gone``; same model, nothing approximated."""
    row = engine.bundle.catalogue.tracks.rows([track_id])
    asked = replace(request, without=frozenset({gone}))
    blend = blend_of(asked, profile, surface_named(request.surface), engine.bundle)
    return float(engine.ranker.score(blend.features(row))[0])


def _faithful(engine: Engine, profile: Profile, answer: RecommendationSet, rng: np.random.Generator) -> list[bool]:
    known = profile.track_ids[engine.bundle.catalogue.tracks.rows(profile.track_ids) >= 0]
    request = RecommendRequest(profile.user_id, as_of=answer.as_of)
    found = []
    for item in answer.items:
        paths = item.explanation.paths if item.explanation else ()
        if not paths or len(known) < 2 or paths[0].nodes[1].label != "Track":  # who is followed was not played
            continue
        anchor = paths[0].nodes[1].id
        other = str(rng.choice(known[known != anchor]))
        without_anchor = score_without(engine, profile, request, item.track.id, anchor)
        found.append(without_anchor < score_without(engine, profile, request, item.track.id, other))
    return found


def audit(
    engine: Engine, reads: Reads, user_ids: Sequence[str], *, as_of: int, n: int = 20, seed: int = 0
) -> ReasonAudit:
    """Look at the reasons of these listeners' lists.

    Raises:
        NotFoundError: a user is not in the graph.
    """
    rng = np.random.default_rng(seed)
    items = verified = 0
    kinds: Counter[str] = Counter()
    faithful: list[bool] = []
    genre_paths = paths = 0
    artists = []
    for user_id in user_ids:
        profile = reads.profile(user_id, as_of)
        answer = engine.recommend(RecommendRequest(user_id, n=n, as_of=as_of), profile)
        items += len(answer.items)
        artists.append(len({artist.id for item in answer.items for artist in item.track.artists}))
        for item in answer.items:
            reason = item.explanation
            assert reason is not None  # the request asked for reasons
            verified += reason.verified
            kinds[reason.kind.value] += 1
            paths += len(reason.paths)
            genre_paths += sum("IN_GENRE" in path.relationships for path in reason.paths)
        faithful += _faithful(engine, profile, answer, rng)
    return ReasonAudit(
        users=len(user_ids),
        explained=verified / max(items, 1),
        genre_only=genre_paths / max(paths, 1),
        faithful=float(np.mean(faithful)) if faithful else 0.0,
        least_artists=min(artists, default=0),
        kinds={
            kind.value: round(kinds[kind.value] / max(items, 1), 3) for kind in ExplanationKind if kinds[kind.value]
        },
    )
