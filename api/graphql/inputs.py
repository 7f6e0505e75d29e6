"""What clients send: requests and events, turned into those of the core."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING

import strawberry

from api.graphql.enums import Attribute, CandidateSource, Surface
from api.graphql.ids import plain_id
from gnn.context import Moment
from graph.errors import InvalidRequestError
from ingest.events import TARGETS, Event
from recommend.types import AttributeRange, RecommendRequest, Seed

MOST_IDS = 500

if TYPE_CHECKING:
    EventKind = Enum
else:
    EventKind = strawberry.enum(
        Enum(
            "EventKind",
            {
                kind: strawberry.enum_value(
                    kind, description=f"About {' or '.join(labels)}." if labels else "Only recorded so far."
                )
                for kind, labels in TARGETS.items()
            },
        ),
        description="What a listener did.",
    )


@strawberry.input(description="Where a radio starts; give exactly one of the ids.", one_of=True)
class SeedInput:
    """See the schema."""

    track_id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="A track.")
    artist_id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="An artist.")
    genre_id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="A genre.")
    playlist_id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="A playlist.")


@strawberry.input(description="A seed and how much it counts beside the others.")
class WeightedSeedInput:
    """See the schema."""

    seed: SeedInput = strawberry.field(description="Where to start.")
    weight: float = strawberry.field(default=1.0, description="Below 0 asks for less of it; not 0.")


@strawberry.input(description="When and how somebody listens; what is left out is not known.")
class MomentInput:
    """See the schema."""

    hour: int | None = strawberry.field(default=None, description="0 to 23, in the listener's own time.")
    weekday: int | None = strawberry.field(default=None, description="0 is Monday.")
    device: str | None = strawberry.field(default=None, description="As events say it, such as phone.")
    activity: str | None = strawberry.field(default=None, description="As events say it, such as commute.")


@strawberry.input(description="Bounds or a target of an attribute; tracks of which it is unknown are outside bounds.")
class AttributeRangeInput:
    """See the schema."""

    attribute: Attribute = strawberry.field(description="Which.")
    min: float | None = strawberry.field(default=None, description="No less.")
    max: float | None = strawberry.field(default=None, description="No more.")
    target: float | None = strawberry.field(default=None, description="The nearer the better.")
    weight: float = strawberry.field(default=1.0, description="Of the target, beside others.")


@strawberry.input(description="What must not be recommended.")
class TrackFilter:
    """See the schema."""

    exclude_track_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="These tracks.")
    exclude_artist_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Tracks on which these artists are credited."
    )
    exclude_genre_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Tracks in these genres."
    )
    max_per_artist: int | None = strawberry.field(default=None, description="At most so many tracks per artist.")
    attributes: list[AttributeRangeInput] = strawberry.field(
        default_factory=list, description="Bounds and targets of sound, length and fame."
    )
    not_played_for_days: int | None = strawberry.field(
        default=None, description="On surfaces that bring back what was heard; their own number when absent."
    )


@strawberry.input(description="Which recommendations.")
class RecommendInput:
    """See the schema."""

    user_id: strawberry.ID = strawberry.field(description="For whom.")
    surface: Surface = strawberry.field(default=Surface("home"), description="Where.")
    first: int | None = strawberry.field(default=None, description="How many, 1 to 100; 20 when absent.")
    seeds: list[WeightedSeedInput] = strawberry.field(
        default_factory=list,
        description="For RADIO: up to five. A newcomer may give 20 to any surface: what they picked first.",
    )
    without: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Answer as if the listener had never played these tracks, artists or genres (a counterfactual).",
    )
    filter: TrackFilter | None = strawberry.field(default=None, description="What must not be recommended.")
    switched_off: list[CandidateSource] = strawberry.field(
        default_factory=list, description="Sources that may not nominate."
    )
    mmr_lambda: float | None = strawberry.field(
        default=None, description="1 is relevance alone, 0 diversity alone; the surface's own when absent."
    )
    as_of: datetime | None = strawberry.field(default=None, description="Nothing later is known; now when absent.")
    moment: MomentInput | None = strawberry.field(default=None, description="When and how the listener listens.")
    market: str | None = strawberry.field(default=None, description="Where it is shown, such as DE, for rules.")
    mix: int = strawberry.field(default=1, description="For DAILY_MIX: which side of the taste, 1 the strongest.")
    exploration: float | None = strawberry.field(
        default=None, description="Share that is tried out, 0 for none; the surface's own when absent."
    )
    seed: int = strawberry.field(default=0, description="Another one draws other trials.")
    keep: bool = strawberry.field(default=False, description="Keeps the list, for replay and compareSets.")


@strawberry.input(description="Something that a listener did.")
class EventInput:
    """See the schema."""

    client_event_id: strawberry.ID = strawberry.field(
        description="The client's own id of it; sent twice, it counts once."
    )
    kind: EventKind = strawberry.field(description="What.")
    user_id: strawberry.ID = strawberry.field(description="Who.")
    target_id: strawberry.ID | None = strawberry.field(default=None, description="About what.")
    at: datetime | None = strawberry.field(
        default=None, description="When; when absent, the moment that answers are made for."
    )
    listened_ms: int | None = strawberry.field(default=None, description="How long it sounded, milliseconds.")
    until: datetime | None = strawberry.field(default=None, description="For BLOCK: until when; for ever when absent.")
    utc_offset_minutes: int | None = strawberry.field(
        default=None, description="How far the listener's clock is ahead of UTC: hours and weekdays are theirs."
    )
    device: str | None = strawberry.field(default=None, description="What it was heard on, such as phone.")
    activity: str | None = strawberry.field(default=None, description="While doing what, such as commute.")


def unix(moment: datetime | None) -> int | None:
    """Unix seconds; a time without zone is UTC."""
    if moment is None:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _plain(ids: list[strawberry.ID], field: str) -> frozenset[str]:
    if len(ids) > MOST_IDS:
        raise InvalidRequestError(f"{field}: {len(ids)} ids, give at most {MOST_IDS}")
    return frozenset(plain_id(id) for id in ids)


def single_seed(seed: SeedInput) -> str:
    """The id in the graph of a seed."""
    some = next(one for one in (seed.track_id, seed.artist_id, seed.genre_id, seed.playlist_id) if one is not None)
    return plain_id(some.value)


def seed_of(given: WeightedSeedInput) -> Seed:
    """A seed of the core."""
    return Seed(single_seed(given.seed), given.weight)


def _moment(given: MomentInput | None) -> Moment | None:
    if given is None:
        return None
    for name, value, most in (("hour", given.hour, 23), ("weekday", given.weekday, 6)):
        if value is not None and not 0 <= value <= most:
            raise InvalidRequestError(f"moment: {name} {value} is none: give 0 to {most}")
    return Moment(given.hour, given.weekday, given.device, given.activity)


def attribute_of(given: AttributeRangeInput) -> AttributeRange:
    """What a request wants of an attribute, as the engine is asked."""
    return AttributeRange(given.attribute.value, given.min, given.max, given.target, given.weight)


def request_of(given: RecommendInput, n: int, *, explain: bool) -> RecommendRequest:
    """A request of the core.

    Raises:
        InvalidRequestError: too many ids, or a moment before 1970.
    """
    without = given.filter or TrackFilter()
    exclude = [*without.exclude_track_ids, *without.exclude_artist_ids, *without.exclude_genre_ids]
    as_of = unix(given.as_of)
    if as_of is not None and as_of <= 0:
        raise InvalidRequestError(f"asOf: {given.as_of} is before all plays: give a later moment")
    return RecommendRequest(
        user_id=plain_id(given.user_id),
        surface=given.surface.value,
        n=n,
        as_of=as_of or 0,
        seeds=tuple(seed_of(seed) for seed in given.seeds),
        without=_plain(given.without, "without"),
        exclude=_plain(exclude, "filter"),
        switched_off=frozenset(source.value for source in given.switched_off),
        explain=explain,
        max_per_artist=without.max_per_artist,
        mmr_lambda=given.mmr_lambda,
        context=_moment(given.moment),
        attributes=tuple(attribute_of(one) for one in without.attributes),
        side=given.mix,
        exploration=given.exploration,
        seed=given.seed,
        market=given.market,
        rest_days=without.not_played_for_days,
    )


def event_of(given: EventInput, as_of: int) -> Event:
    """An event; ``as_of`` (unix seconds) is when it happened where the client does not say."""
    return Event(
        client_event_id=given.client_event_id,
        kind=given.kind.value,
        user_id=plain_id(given.user_id),
        target_id=plain_id(given.target_id or ""),
        at=as_of if given.at is None else unix(given.at) or 0,
        listened_ms=given.listened_ms,
        until=unix(given.until),
        utc_offset_min=given.utc_offset_minutes,
        device=given.device,
        activity=given.activity,
    )
