"""What is known of a listener's taste, and what they change of it: to see first, to do, to take back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.graphql.arguments import UserId
from api.graphql.context import Info
from api.graphql.ids import plain_id
from api.graphql.inputs import unix
from api.graphql.nodes import instant
from api.graphql.outcomes import InvalidInput, NotFound, NotReady, UserError, problem_of
from api.own_profile import Previewed
from graph import edits as core
from graph.errors import PhonographError
from recommend import portrait

ABOUT_KIND = {
    core.EditKind.MUTE: "Neither in the taste nor recommended.",
    core.EditKind.BOOST: "Recommended more.",
    core.EditKind.BLOCK: "Not recommended, for ever or until a day.",
    core.EditKind.EXCLUDE: "Not in the taste, and recommended as anything else.",
    core.EditKind.EXCLUDE_PERIOD: "What was played in a period is not in the taste.",
    core.EditKind.PRIVATE_SESSION: "What is played from now on is not in the taste, until it ends.",
    core.EditKind.END_PRIVATE_SESSION: "A private session ends before its time.",
    core.EditKind.PERSONALISATION: "How much may be known: the last one counts.",
}
ABOUT_LEVEL = {
    core.Level.OFF: "Nothing that they did.",
    core.Level.LIGHT: "This session, and what they said that they like.",
    core.Level.BALANCED: "The last 90 days.",
    core.Level.DEEP: "Everything.",
}

if TYPE_CHECKING:
    ProfileEditKind = Enum
    PersonalisationLevel = Enum
else:
    ProfileEditKind = strawberry.enum(
        Enum(
            "ProfileEditKind",
            {kind.value: strawberry.enum_value(kind.value, description=ABOUT_KIND[kind]) for kind in core.EditKind},
        ),
        description="What a listener may change of their taste profile.",
    )
    PersonalisationLevel = strawberry.enum(
        Enum(
            "PersonalisationLevel",
            {level.value: strawberry.enum_value(level.value, description=ABOUT_LEVEL[level]) for level in core.Level},
        ),
        description="How much of what is known of a listener their answers may rest on.",
    )

_KIND = {kind: ProfileEditKind(kind.value) for kind in core.EditKind}
_LEVEL = {level: PersonalisationLevel(level.value) for level in core.Level}


@strawberry.type(description="A part of the plays.")
class TasteShare:
    """See the schema."""

    graph_id: str = strawberry.field(description="The id in the graph.")
    name: str = strawberry.field(description="Its name.")
    share: float = strawberry.field(description="Of the plays, 0 to 1.")


@strawberry.type(description="Where a sound feature of what is played lies.")
class AudioPreference:
    """See the schema."""

    attribute: str = strawberry.field(description="Its name, such as energy.")
    p10: float = strawberry.field(description="A tenth of the plays lie below.")
    median: float = strawberry.field(description="Half of the plays lie below.")
    p90: float = strawberry.field(description="A tenth of the plays lie above.")
    known: float = strawberry.field(description="Share of the plays of which it is known.")


@strawberry.type(description="When somebody listens, in local time.")
class ListeningRhythm:
    """See the schema."""

    time_zone: str | None = strawberry.field(description="IANA name; hours are in UTC where it is null.")
    hourly: list[float] | None = strawberry.field(description="Shares by hour, 0 to 23; null where unknown.")
    weekday: list[float] | None = strawberry.field(description="Shares by weekday, from Monday.")
    peak_hours: list[int] | None = strawberry.field(description="The hours with most plays, the busiest first.")
    morning_genres: list[TasteShare] | None = strawberry.field(description="Last played in the morning.")
    evening_genres: list[TasteShare] | None = strawberry.field(description="Last played in the evening.")


@strawberry.type(description="Something that is not known of a taste, and why.")
class UnknownPart:
    """See the schema."""

    field: str = strawberry.field(description="What.")
    why: str = strawberry.field(description="Why.")


@strawberry.type(description="One change that a listener made.")
class ProfileEdit:
    """See the schema."""

    number: int = strawberry.field(description="Its number among the listener's edits, to take it back.")
    kind: ProfileEditKind = strawberry.field(description="What is changed.")
    target_id: str | None = strawberry.field(description="The id in the graph of what it is about.")
    target_name: str | None = strawberry.field(description="Its name.")
    since: datetime | None = strawberry.field(description="From when.")
    until: datetime | None = strawberry.field(description="Until when.")
    level: PersonalisationLevel | None = strawberry.field(description="Of PERSONALISATION.")
    made_at: datetime | None = strawberry.field(description="When it was made.")
    undone_at: datetime | None = strawberry.field(description="When it was taken back; null while it holds.")


@strawberry.type(description="What the taste of a listener looks like, edits worked in.")
class TasteProfile:
    """See the schema."""

    user_id: strawberry.ID = strawberry.field(description="The listener's id in the graph.")
    as_of: datetime | None = strawberry.field(description="The moment it is made for.")
    level: PersonalisationLevel = strawberry.field(description="How much may be known.")
    tracks: int = strawberry.field(description="Different tracks in it.")
    plays: int = strawberry.field(description="Plays in it.")
    age_days: float | None = strawberry.field(description="Days since the first play.")
    diversity: float | None = strawberry.field(description="Entropy of the genres, 0 one genre, 1 all.")
    discovery: float | None = strawberry.field(description="Share of the artists of late who are new to the listener.")
    genres: list[TasteShare] | None = strawberry.field(description="The largest first.")
    artists: list[TasteShare] | None = strawberry.field(description="The largest first, at most 100.")
    audio: list[AudioPreference] | None = strawberry.field(description="By feature; null without any.")
    rhythm: ListeningRhythm = strawberry.field(description="When.")
    unknown: list[UnknownPart] = strawberry.field(description="What is not known, and why.")
    edits: list[ProfileEdit] = strawberry.field(description="All that were made, the first one first.")


@strawberry.type(description="A track whose place in the next home list an edit would change.")
class EditEffect:
    """See the schema."""

    track_id: strawberry.ID = strawberry.field(description="Its id in the graph.")
    name: str = strawberry.field(description="Its name.")
    before: int | None = strawberry.field(description="Its place now; null where it is not in the list.")
    after: int | None = strawberry.field(description="Its place with the edit; null where it would not be in the list.")


@strawberry.type(description="What became of an edit.")
class ProfilePayload:
    """See the schema."""

    edit: ProfileEdit | None = strawberry.field(description="The edit, as it is kept or would be.")
    preview: list[EditEffect] | None = strawberry.field(description="What it would change; null once it is made.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done, where nothing was.")


@strawberry.input(description="One change of a taste profile.")
class ProfileEditInput:
    """See the schema."""

    user_id: strawberry.ID = strawberry.field(description="Whose.")
    kind: ProfileEditKind = strawberry.field(description="What is changed.")
    target_id: strawberry.ID | None = strawberry.field(
        default=None, description="For MUTE, BOOST, BLOCK and EXCLUDE: the track, artist or genre."
    )
    since: datetime | None = strawberry.field(default=None, description="For EXCLUDE_PERIOD and PRIVATE_SESSION.")
    until: datetime | None = strawberry.field(default=None, description="For these and BLOCK.")
    level: PersonalisationLevel | None = strawberry.field(default=None, description="For PERSONALISATION.")


TasteProfileResult = Annotated[
    TasteProfile | NotFound | InvalidInput | NotReady,
    strawberry.union("TasteProfileResult", description="A taste profile, or why there is none."),
]
Preview = Annotated[bool, strawberry.argument(description="Only say what it would change; nothing is kept.")]


@strawberry.type
class ProfileQueries:
    """Fields of ``Query``."""

    @strawberry.field(description="What is known of a listener's taste, and what they changed of it.")
    async def taste_profile(self, info: Info, user_id: UserId) -> TasteProfileResult:
        """Edits worked in."""
        own, user = info.context.service.own_profile, plain_id(user_id)
        try:
            found, edits = await info.context.threads.call(lambda: (own.show(user), own.edits(user)))
        except PhonographError as error:
            return problem_of(error, user_id)
        return _profile(found, edits)


@strawberry.type
class ProfileMutations:
    """Fields of ``Mutation``."""

    @strawberry.mutation(description="Changes a listener's taste profile; the next answer has it.")
    async def edit_taste_profile(
        self,
        info: Info,
        edit: Annotated[ProfileEditInput, strawberry.argument(description="The change.")],
        preview: Preview = False,
    ) -> ProfilePayload:
        """Kept before it is acknowledged."""
        own, user, wish = info.context.service.own_profile, plain_id(edit.user_id), _wish(edit)
        if preview:
            return await _previewed(info, lambda: own.preview(user, wish))
        return await _made(info, lambda: own.edit(user, wish))

    @strawberry.mutation(description="Takes an edit back: the next answer is as it was before.")
    async def undo_profile_edit(
        self,
        info: Info,
        user_id: UserId,
        number: Annotated[
            int | None, strawberry.argument(description="Its number; the last one that holds when absent.")
        ] = None,
        preview: Preview = False,
    ) -> ProfilePayload:
        """It stays in the record."""
        own, user = info.context.service.own_profile, plain_id(user_id)
        if preview:
            return await _previewed(info, lambda: own.preview_undo(user, number))
        return await _made(info, lambda: own.undo(user, number))


async def _made(info: Info, work: Callable[[], core.Edit]) -> ProfilePayload:
    try:
        made = await info.context.threads.call(work)
    except PhonographError as error:
        return _refused(error)
    return ProfilePayload(edit=_edit(made), preview=None, user_errors=[])


async def _previewed(info: Info, work: Callable[[], Previewed]) -> ProfilePayload:
    try:
        found = await info.context.threads.call(work)
    except PhonographError as error:
        return _refused(error)
    effects = [
        EditEffect(track_id=strawberry.ID(one.track.id), name=one.track.name, before=one.before, after=one.after)
        for one in found.changes
    ]
    return ProfilePayload(edit=_edit(found.edit), preview=effects, user_errors=[])


def _refused(error: PhonographError) -> ProfilePayload:
    problem = problem_of(error)
    wrong = UserError(field=["edit"], message=problem.message, code=problem.code)
    return ProfilePayload(edit=None, preview=None, user_errors=[wrong])


def _wish(given: ProfileEditInput) -> core.Edit:
    return core.Edit(
        kind=core.EditKind(given.kind.value),
        target=plain_id(given.target_id or ""),
        since=unix(given.since),
        until=unix(given.until),
        level=None if given.level is None else core.Level(given.level.value),
    )


def _edit(edit: core.Edit) -> ProfileEdit:
    return ProfileEdit(
        number=edit.number,
        kind=_KIND[edit.kind],
        target_id=edit.target or None,
        target_name=edit.name,
        since=instant(edit.since),
        until=instant(edit.until),
        level=None if edit.level is None else _LEVEL[edit.level],
        made_at=instant(edit.at or None),
        undone_at=instant(edit.undone_at),
    )


def _shares(found: tuple[portrait.Share, ...] | None) -> list[TasteShare] | None:
    return None if found is None else [TasteShare(graph_id=s.id, name=s.name, share=s.share) for s in found]


def _profile(found: portrait.Portrait, edits: list[core.Edit]) -> TasteProfile:
    audio = (
        None
        if found.audio is None
        else [
            AudioPreference(attribute=name, p10=one.low, median=one.middle, p90=one.high, known=one.known)
            for name, one in found.audio.items()
        ]
    )
    return TasteProfile(
        user_id=strawberry.ID(found.user_id),
        as_of=instant(found.as_of),
        level=_LEVEL[found.level],
        tracks=found.tracks,
        plays=found.plays,
        age_days=found.age_days,
        diversity=found.diversity,
        discovery=found.discovery,
        genres=_shares(found.genres),
        artists=_shares(found.artists),
        audio=audio,
        rhythm=ListeningRhythm(
            time_zone=found.time_zone,
            hourly=None if found.hours is None else list(found.hours),
            weekday=None if found.weekdays is None else list(found.weekdays),
            peak_hours=None if found.peak_hours is None else list(found.peak_hours),
            morning_genres=_shares(found.morning_genres),
            evening_genres=_shares(found.evening_genres),
        ),
        unknown=[UnknownPart(field=name, why=why) for name, why in found.unknown.items()],
        edits=[_edit(one) for one in edits],
    )
