"""What a listener's history does for a track: where it would stand had one artist, track or genre not been heard.

The same model scores the profile without it; nothing is estimated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from graph.errors import InvalidRequestError
from recommend.engine import Engine
from recommend.explain.links import node, track_ref
from recommend.taste import tracks_under
from recommend.types import NodeRef, Profile, RecommendRequest, TrackRef


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """Where a track stands with the whole history, and without a part of it.

    Attributes:
        track: the track.
        without: the artist, track or genre that is left out.
        plays: how many tracks of the history that leaves out.
        rank, score: with the whole history; the rank is the place by score among the candidates.
        new_rank, new_score: without.
    """

    track: TrackRef
    without: NodeRef
    plays: int
    rank: int
    score: float
    new_rank: int
    new_score: float

    @property
    def text(self) -> str:
        """In a sentence."""
        if self.new_rank == self.rank:
            return f"Without {self.without.name} this stays at {self.rank}."
        moved = "falls" if self.new_rank > self.rank else "rises"
        return f"Without {self.without.name} this {moved} from {self.rank} to {self.new_rank}."


def counterfactual(
    engine: Engine, request: RecommendRequest, track_id: str, without: str, profile: Profile | None = None
) -> Counterfactual:
    """Score a track with the history, and without one part of it.

    Args:
        engine: scores.
        request: for whom and where.
        track_id: which track.
        without: the id of an artist, track or genre.
        profile: the listener's, where the caller holds it.

    Raises:
        NotFoundError: there is no such user, or the model does not know the track.
        InvalidRequestError: the listener played nothing of it, or the request cannot be met.
        GraphUnavailableError: the profile cannot be read.
    """
    row = engine.row(track_id)
    whole = engine.trace(request, profile)
    rows = tracks_under(frozenset({without}), engine.bundle)
    plays = int(np.isin(whole.scorer.blend.play_rows[whole.scorer.blend.by_listener], rows).sum())
    if not plays:
        raise InvalidRequestError(
            f"{without!r} is no track, artist or genre that {whole.profile.user_id} played: give one of a reason's path"
        )
    part = engine.trace(replace(request, without=request.without | {without}), whole.profile)
    rank, score = engine.standing(whole, row)
    new_rank, new_score = engine.standing(part, row)
    return Counterfactual(
        track_ref(engine.bundle, row), _named(engine, without), plays, rank, score, new_rank, new_score
    )


def _named(engine: Engine, id: str) -> NodeRef:
    """The node that was left out, which the catalogue knows."""
    for kind in ("track", "artist", "genre"):
        if (row := engine.bundle.catalogue.ids[kind].row(id)) is not None:
            return node(engine.bundle, kind, row)
    raise AssertionError(id)  # tracks_under() found tracks of it
