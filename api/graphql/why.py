"""Questions about a list: why a track is not in it, and what the history does for one."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.graphql.arguments import UserId
from api.graphql.context import Info
from api.graphql.enums import Surface
from api.graphql.ids import plain_id
from api.graphql.nodes import Node, Track, named_node, track_node
from api.graphql.outcomes import InvalidInput, NotFound, NotReady, problem_of
from graph.browse import Named
from graph.errors import PhonographError
from recommend import counterfactual as core_counterfactual
from recommend import why_not as core
from recommend.types import RecommendRequest, TrackRef

ABOUT_STAGE = {
    core.Stage.FILTERED: "It may not be recommended: see the rule.",
    core.Stage.NOT_A_CANDIDATE: "No source nominated it.",
    core.Stage.BELOW_CUTOFF: "Its score is too low for the list.",
    core.Stage.DIVERSITY: "Its score would do, but the list has too much like it.",
    core.Stage.GAVE_WAY: "It would be in the list were nothing tried out there.",
    core.Stage.RECOMMENDED: "It is in the list.",
}

if TYPE_CHECKING:
    WhyNotStage = Enum
else:
    WhyNotStage = strawberry.enum(
        Enum(
            "WhyNotStage",
            {stage.value: strawberry.enum_value(stage.value, description=ABOUT_STAGE[stage]) for stage in core.Stage},
        ),
        description="Where a track fell out of a list.",
    )

HOME = Surface("home")
TrackId = Annotated[strawberry.ID, strawberry.argument(description="The track.")]
Where = Annotated[Surface, strawberry.argument(description="Which list.")]


@strawberry.type(description="What became of a track on its way into a list.")
class WhyNot:
    """See the schema."""

    track: Track = strawberry.field(description="The track.")
    stage: WhyNotStage = strawberry.field(description="Where it fell out.")
    rule: str | None = strawberry.field(description="The filter, or the rule of diversity, that removed it.")
    rank: int = strawberry.field(
        description="Its place by score among the candidates; in the list where it is recommended."
    )
    score: float = strawberry.field(description="Its score.")
    cutoff: float | None = strawberry.field(description="The lowest score in the list.")
    message: str = strawberry.field(description="The same in a sentence.")


@strawberry.type(description="Where a track stands with the whole history, and without a part of it.")
class Counterfactual:
    """See the schema."""

    track: Track = strawberry.field(description="The track.")
    without: Node = strawberry.field(description="The artist, track or genre that is left out.")
    plays: int = strawberry.field(description="How many tracks of the history that leaves out.")
    rank: int = strawberry.field(description="The place by score among the candidates, with the whole history.")
    score: float = strawberry.field(description="The score with the whole history.")
    new_rank: int = strawberry.field(description="The place without.")
    new_score: float = strawberry.field(description="The score without.")
    text: str = strawberry.field(description="The same in a sentence.")


WhyNotResult = Annotated[
    WhyNot | NotFound | InvalidInput | NotReady,
    strawberry.union("WhyNotResult", description="Why a track is not in a list, or why that cannot be said."),
]
CounterfactualResult = Annotated[
    Counterfactual | NotFound | InvalidInput | NotReady,
    strawberry.union("CounterfactualResult", description="Where a track would stand, or why that cannot be said."),
]


@strawberry.type
class WhyQueries:
    """See the schema."""

    @strawberry.field(description="Why a track is not in a listener's list.")
    async def why_not(
        self,
        info: Info,
        user_id: UserId,
        track_id: TrackId,
        surface: Where = HOME,
        first: Annotated[int, strawberry.argument(description="How long the list is, 1 to 100.")] = 20,
    ) -> WhyNotResult:
        """The engine is run as for the list itself."""
        request = RecommendRequest(plain_id(user_id), surface.value, first, explain=False)
        try:
            found = await info.context.threads.call(info.context.service.why_not, request, plain_id(track_id))
        except PhonographError as error:
            return problem_of(error)
        return WhyNot(
            track=_track(found.track),
            stage=WhyNotStage(found.stage.value),
            rule=found.rule,
            rank=found.rank,
            score=found.score,
            cutoff=found.cutoff,
            message=found.message,
        )

    @strawberry.field(description="Where a track would stand had the listener not played an artist, track or genre.")
    async def counterfactual(
        self,
        info: Info,
        user_id: UserId,
        track_id: TrackId,
        without_id: Annotated[
            strawberry.ID, strawberry.argument(description="The artist, track or genre that is left out.")
        ],
        surface: Where = HOME,
    ) -> CounterfactualResult:
        """The same model scores the history without it."""
        request = RecommendRequest(plain_id(user_id), surface.value, explain=False)
        ask = info.context.service.counterfactual
        try:
            found = await info.context.threads.call(ask, request, plain_id(track_id), plain_id(without_id))
        except PhonographError as error:
            return problem_of(error)
        return _counterfactual(found)


def _counterfactual(found: core_counterfactual.Counterfactual) -> Counterfactual:
    without = found.without
    return Counterfactual(
        track=_track(found.track),
        without=named_node(without.label, without.id, without.name),
        plays=found.plays,
        rank=found.rank,
        score=found.score,
        new_rank=found.new_rank,
        new_score=found.new_score,
        text=found.text,
    )


def _track(track: TrackRef) -> Track:
    return track_node(track.id, track.name, tuple(Named(artist.id, artist.name) for artist in track.artists))
