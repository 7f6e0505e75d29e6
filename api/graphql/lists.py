"""Questions about whole lists: shelves, mixes, a radio without end, journeys, search, kept lists, faults of a list."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.graphql.answers import RecommendationSet, RecommendResult, set_of
from api.graphql.arguments import MaybeUserId, UserId, Wanted
from api.graphql.context import Info
from api.graphql.enums import Surface
from api.graphql.ids import plain_id
from api.graphql.inputs import AttributeRangeInput, SeedInput, WeightedSeedInput, attribute_of, seed_of, single_seed
from api.graphql.nodes import Artist, Genre, Track, artist_node, genre_node, track_node
from api.graphql.outcomes import InvalidInput, NotFound, NotReady, problem_of
from api.graphql.pages import page_size
from graph.browse import GenreName, Named
from graph.errors import InvalidRequestError, PhonographError
from recommend import compare, lint
from recommend.onboarding import onboarding
from recommend.types import TrackRef

MOST_LINTED = 1000
MOST_QUESTIONS = 20

SetId = Annotated[strawberry.ID, strawberry.argument(description="The id of a list that was kept.")]


@strawberry.type(description="A row of a listener's page.")
class Shelf:
    """See the schema."""

    title: str = strawberry.field(description="What stands above it.")
    reason: str = strawberry.field(description="Why it is there.")
    surface: Surface = strawberry.field(description="What made it.")
    set: RecommendationSet = strawberry.field(description="Its tracks.")


@strawberry.type(description="A way through the music from one seed to another.")
class Journey:
    """See the schema."""

    tracks: list[Track] = strawberry.field(description="The way, both ends included.")
    likeness: list[float] = strawberry.field(description="Cosine from each track to the next, one fewer than tracks.")
    away: float = strawberry.field(description="How far the tracks are from the straight line, in the mean.")


@strawberry.type(description="A track that a search found for somebody.")
class PersonalHit:
    """See the schema."""

    node: Track = strawberry.field(description="The track.")
    words: float = strawberry.field(description="How well the words fit, 0 to 1.")
    personal: float = strawberry.field(description="How much the listener would like it, 0 to 1; 0 for nobody.")
    score: float = strawberry.field(description="Both together; the list is in its order.")


@strawberry.type(description="A track that is in one of two lists, or elsewhere in the other; places count from 1.")
class Moved:
    """See the schema."""

    track_id: strawberry.ID = strawberry.field(description="The track's id in the graph.")
    before: int | None = strawberry.field(description="Its place in the first list; null where it is new.")
    after: int | None = strawberry.field(description="Its place in the second list; null where it is gone.")


@strawberry.type(description="What differs between two lists.")
class SetDiff:
    """See the schema."""

    added: list[Moved] = strawberry.field(description="In the second list only.")
    removed: list[Moved] = strawberry.field(description="In the first list only.")
    moved: list[Moved] = strawberry.field(description="In both, at other places.")
    kept: int = strawberry.field(description="Tracks at the same place.")


@strawberry.type(description="A kept list beside the same question asked again.")
class Replay:
    """See the schema."""

    stored_model: str = strawberry.field(description="The model that answered then.")
    model: str = strawberry.field(description="The model that answers now.")
    exact: bool = strawberry.field(description="Whether tracks, order and scores are the same to the bit.")
    diff: SetDiff = strawberry.field(description="What differs.")


@strawberry.type(description="One thing that is wrong with a playlist.")
class LintFinding:
    """See the schema."""

    position: int = strawberry.field(description="Its place, from 1.")
    rule: str = strawberry.field(description="What it offends against.")
    message: str = strawberry.field(description="The same in a sentence.")
    suggestion: str = strawberry.field(description="What to do.")


@strawberry.type(description="Something to ask a newcomer; what they pick are seeds.")
class OnboardingQuestion:
    """See the schema."""

    prompt: str = strawberry.field(description="The question.")
    genre: Genre = strawberry.field(description="What it is about.")
    artists: list[Artist] = strawberry.field(description="Of it, the best known first.")


@strawberry.type(description="The shelves of a page.")
class Page:
    """See the schema."""

    shelves: list[Shelf] = strawberry.field(description="From the top; no track twice, empty ones left out.")


@strawberry.type(description="Lists, one for each side of a taste.")
class Mixes:
    """See the schema."""

    mixes: list[RecommendationSet] = strawberry.field(description="At most six, the strongest side first.")


@strawberry.type(description="What a search for a listener found, best first.")
class PersonalHits:
    """See the schema."""

    hits: list[PersonalHit] = strawberry.field(description="The tracks.")


@strawberry.type(description="What was found wrong with a list of tracks.")
class LintReport:
    """See the schema."""

    findings: list[LintFinding] = strawberry.field(description="In the order of their places; none for a good list.")


PageResult = Annotated[
    Page | NotFound | InvalidInput | NotReady,
    strawberry.union("PageResult", description="A listener's page, or why there is none."),
]
MixesResult = Annotated[
    Mixes | NotFound | InvalidInput | NotReady,
    strawberry.union("MixesResult", description="Daily mixes, or why there are none."),
]
JourneyResult = Annotated[
    Journey | NotFound | InvalidInput | NotReady,
    strawberry.union("JourneyResult", description="A way, or why there is none."),
]
PersonalHitsResult = Annotated[
    PersonalHits | NotFound | InvalidInput | NotReady,
    strawberry.union("PersonalHitsResult", description="What was found, or why nothing could be."),
]
ReplayResult = Annotated[
    Replay | NotFound | InvalidInput | NotReady,
    strawberry.union("ReplayResult", description="A list beside the same question asked again, or why not."),
]
SetDiffResult = Annotated[
    SetDiff | NotFound | InvalidInput | NotReady,
    strawberry.union("SetDiffResult", description="What differs, or why that cannot be told."),
]
LintResult = Annotated[
    LintReport | NotFound | InvalidInput | NotReady,
    strawberry.union("LintResult", description="What is wrong with a list, or why that cannot be told."),
]


@strawberry.type
class ListQueries:
    """Fields of ``Query``."""

    @strawberry.field(description="A listener's page: a shelf for each surface, and why it is there.")
    async def home(
        self,
        info: Info,
        user_id: UserId,
        tracks: Annotated[int, strawberry.argument(description="On each shelf, 1 to 100.")] = 12,
    ) -> PageResult:
        """No track twice."""
        try:
            shelves = await info.context.threads.call(
                lambda: info.context.service.lists.home(plain_id(user_id), n=page_size(tracks))
            )
        except PhonographError as error:
            return problem_of(error, user_id)
        return Page(
            shelves=[
                Shelf(title=s.title, reason=s.reason, surface=Surface(s.answer.surface), set=set_of(s.answer))
                for s in shelves
            ]
        )

    @strawberry.field(description="Up to six mixes of a listener, one for each side of their taste.")
    async def daily_mixes(self, info: Info, user_id: UserId, tracks: Wanted = 30) -> MixesResult:
        """None for a newcomer."""
        try:
            found = await info.context.threads.call(
                lambda: info.context.service.lists.daily_mixes(plain_id(user_id), n=page_size(tracks))
            )
        except PhonographError as error:
            return problem_of(error, user_id)
        return Mixes(mixes=[set_of(answer) for answer in found])

    @strawberry.field(
        description="A page of a radio without end: by seeds at first, then by the id of the page before."
    )
    async def radio(
        self,
        info: Info,
        user_id: UserId,
        seeds: Annotated[
            list[WeightedSeedInput] | None,
            strawberry.argument(description="Up to five; a weight below 0 asks for less of it."),
        ] = None,
        attributes: Annotated[
            list[AttributeRangeInput] | None,
            strawberry.argument(description="Bounds and targets of every page; given with the seeds."),
        ] = None,
        after: Annotated[
            strawberry.ID | None, strawberry.argument(description="The id of the page before: goes on from it.")
        ] = None,
        tracks: Wanted = 25,
    ) -> RecommendResult:
        """No page repeats a track."""
        try:
            if (seeds is None) == (after is None):
                raise InvalidRequestError("radio: give seeds to begin, or after to go on")
            given = [seed_of(seed) for seed in seeds or []]
            ranges = [attribute_of(one) for one in attributes or []]
            answer = await info.context.threads.call(
                lambda: info.context.service.lists.radio(
                    plain_id(user_id), given, n=page_size(tracks), attributes=ranges, after=after
                )
            )
        except PhonographError as error:
            return problem_of(error, user_id)
        return set_of(answer)

    @strawberry.field(description="A way through the music from one seed to another, smooth from step to step.")
    async def journey(
        self,
        info: Info,
        start: Annotated[SeedInput, strawberry.argument(description="Where it begins.")],
        end: Annotated[SeedInput, strawberry.argument(description="Where it ends.")],
        length: Annotated[int, strawberry.argument(description="Tracks, both ends included.")] = 15,
        user_id: MaybeUserId = None,
    ) -> JourneyResult:
        """Without what the listener blocks."""
        user = plain_id(user_id) if user_id else None
        try:
            found, tracks = await info.context.threads.call(
                lambda: info.context.service.lists.journey(single_seed(start), single_seed(end), length, user)
            )
        except PhonographError as error:
            return problem_of(error)
        return Journey(
            tracks=[_track(track) for track in tracks], likeness=[float(step) for step in found.steps], away=found.away
        )

    @strawberry.field(description="Tracks by words of their names; what the listener would like first among equals.")
    async def search_for(
        self,
        info: Info,
        text: Annotated[str, strawberry.argument(description="Words of a title.")],
        user_id: MaybeUserId = None,
        tracks: Wanted = 20,
    ) -> PersonalHitsResult:
        """Six tenths are the words."""
        user = plain_id(user_id) if user_id else None
        try:
            found = await info.context.threads.call(
                lambda: info.context.service.lists.search(text[:500], user, n=page_size(tracks))
            )
        except PhonographError as error:
            return problem_of(error, user_id)
        return PersonalHits(
            hits=[
                PersonalHit(node=_track(one.track), words=one.words, personal=one.personal, score=one.score)
                for one in found
            ]
        )

    @strawberry.field(
        description="What to ask a newcomer: genres that together cover what is played, with their artists."
    )
    async def onboarding(
        self, info: Info, first: Annotated[int, strawberry.argument(description="Questions, 1 to 20.")] = 8
    ) -> list[OnboardingQuestion]:
        """By the live model."""
        if not 1 <= first <= MOST_QUESTIONS:
            raise InvalidRequestError(f"first: {first} questions: give 1 to {MOST_QUESTIONS}")
        found = await info.context.threads.call(lambda: onboarding(info.context.service.model.get().bundle, first))
        pages = await info.context.genres.load_many([one.genre.id for one in found])  # for the slugs
        return [
            OnboardingQuestion(
                prompt=one.prompt,
                genre=genre_node(GenreName(one.genre.id, one.genre.name, page.slug if page else None)),
                artists=[artist_node(artist.id, artist.name) for artist in one.artists],
            )
            for one, page in zip(found, pages, strict=True)
        ]

    @strawberry.field(description="Asks the question of a kept list again, and says what differs.")
    async def replay(self, info: Info, set_id: SetId) -> ReplayResult:
        """By the live model."""
        try:
            found = await info.context.threads.call(lambda: info.context.service.lists.replay(set_id))
        except PhonographError as error:
            return problem_of(error, set_id)
        return Replay(stored_model=found.stored, model=found.now, exact=found.exact, diff=diff_of(found.difference))

    @strawberry.field(description="What differs between two kept lists.")
    async def compare_sets(self, info: Info, first: SetId, second: SetId) -> SetDiffResult:
        """By track."""
        try:
            found = await info.context.threads.call(lambda: info.context.service.lists.difference(first, second))
        except PhonographError as error:
            return problem_of(error)
        return diff_of(found)

    @strawberry.field(
        description="What is wrong with a list of tracks: repeats, runs of one artist, jumps, what is blocked."
    )
    async def lint(
        self,
        info: Info,
        playlist_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="A playlist, or give trackIds.")
        ] = None,
        track_ids: Annotated[
            list[strawberry.ID] | None, strawberry.argument(description="The tracks in order, at most 1000.")
        ] = None,
        user_id: MaybeUserId = None,
    ) -> LintResult:
        """For its maker, or for one listener."""
        user = plain_id(user_id) if user_id else None
        try:
            if (playlist_id is None) == (track_ids is None):
                raise InvalidRequestError("lint: give a playlistId or trackIds")
            if len(track_ids or []) > MOST_LINTED:
                raise InvalidRequestError(f"trackIds: {len(track_ids or [])} ids, give at most {MOST_LINTED}")

            def look() -> list[lint.Finding]:
                lists = info.context.service.lists
                chosen = (
                    lists.playlist(plain_id(playlist_id)) if playlist_id else [plain_id(id) for id in track_ids or []]
                )
                return lists.lint(chosen, user)

            found = await info.context.threads.call(look)
        except PhonographError as error:
            return problem_of(error, playlist_id)
        return LintReport(
            findings=[
                LintFinding(position=one.place, rule=one.rule, message=one.message, suggestion=one.suggestion)
                for one in found
            ]
        )


def diff_of(found: compare.ListDifference) -> SetDiff:
    """A difference of the core."""
    return SetDiff(
        added=[Moved(track_id=strawberry.ID(id), before=None, after=place) for id, place in found.added],
        removed=[Moved(track_id=strawberry.ID(id), before=place, after=None) for id, place in found.removed],
        moved=[Moved(track_id=strawberry.ID(id), before=old, after=new) for id, old, new in found.moved],
        kept=found.kept,
    )


def _track(track: TrackRef) -> Track:
    return track_node(track.id, track.name, tuple(Named(artist.id, artist.name) for artist in track.artists))
