"""The questions that can be asked, and the one write. The schema file beside ``api`` is printed from here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, cast

import strawberry
from graphql import GraphQLError, build_schema, lexicographic_sort_schema, print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from api.graphql.answers import (
    ColdStart,
    DiscoverWeekly,
    DiscoverWeeklyResult,
    ExplainResult,
    RecommendResult,
    edge_of,
    set_of,
)
from api.graphql.arguments import UserId
from api.graphql.context import Info
from api.graphql.documents import CheckedDocuments
from api.graphql.enums import Surface
from api.graphql.errors import report
from api.graphql.ids import parsed, plain_id
from api.graphql.inputs import EventInput, RecommendInput, event_of, request_of
from api.graphql.lists import ListQueries
from api.graphql.lookahead import selected
from api.graphql.nodes import (
    Artist,
    Connection,
    Edge,
    Genre,
    Node,
    Playlist,
    Track,
    User,
    artist_node,
    genre_node,
    instant,
    named_node,
    playlist_node,
    track_node,
    user_node,
)
from api.graphql.outcomes import ProblemCode, UserError, problem_of
from api.graphql.pages import LARGEST_PAGE, Cursor, First, PageInfo, cursor_at, cut, page_info, page_size, place_after
from api.graphql.plain import PlainFirst
from api.graphql.profile import ProfileMutations, ProfileQueries
from api.graphql.rules import RuleMutations, RuleQueries
from api.graphql.why import WhyQueries
from graph.browse import GenreName
from graph.errors import InvalidRequestError, PhonographError
from graph.reads import SEARCHABLE, Hit
from ingest.recording import EventReceipt
from recommend.types import RecommendRequest

TRACKS = 20
MOST_EVENTS = 1000
HOME = Surface("home")
COLD = (
    "no play of this listener is known to the model: recordEvents, or ask onboarding and give what is picked as seeds"
)

ABOUT_ID = strawberry.argument(description="A global id, or the id in the graph.")
Id = Annotated[strawberry.ID, ABOUT_ID]
MaybeId = Annotated[strawberry.ID | None, ABOUT_ID]

SearchHit = Annotated[
    Track | Artist | Genre | Playlist,
    strawberry.union("SearchHit", description="What a search can find."),
]


@strawberry.type(description="Something that a search found.")
class SearchEdge:
    """See the schema."""

    cursor: str = strawberry.field(description="This place.")
    node: SearchHit = strawberry.field(description="What was found.")
    score: float = strawberry.field(description="How well it fits; comparable within one search.")


@strawberry.type(description="What a search found, best first.")
class SearchConnection:
    """See the schema."""

    edges: list[SearchEdge] = strawberry.field(description="The places, in order.")
    page_info: PageInfo = strawberry.field(description="Whether there is more: ask for a larger page.")


@strawberry.type(description="One part of the system.")
class ComponentHealth:
    """See the schema."""

    name: str = strawberry.field(description="graph or model.")
    ok: bool = strawberry.field(description="Whether it works.")
    detail: str = strawberry.field(description="What there is to say of it.")


@strawberry.type(description="Whether requests can be answered, and by what.")
class SystemHealth:
    """See the schema."""

    ready: bool = strawberry.field(description="Something can be answered, if only by what is popular.")
    model_version: str | None = strawberry.field(description="The live model.")
    as_of: datetime | None = strawberry.field(description="The moment that answers are made for.")
    components: list[ComponentHealth] = strawberry.field(description="The parts.")


@strawberry.type(description="What became of the events: accepted, duplicates and rejected add up to those sent.")
class RecordEventsPayload:
    """See the schema."""

    accepted: int = strawberry.field(description="Applied to the graph; the next answer shows them.")
    duplicates: int = strawberry.field(description="Known already, by their clientEventId.")
    rejected: list[UserError] = strawberry.field(description="Those that were not applied, and why.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done, where nothing was.")


@strawberry.type(description="Everything that can be asked.")
class Query(WhyQueries, ListQueries, ProfileQueries, RuleQueries):
    """See the schema."""

    @strawberry.field(description="Tracks for a listener, each with its reason.")
    async def recommendations(
        self,
        info: Info,
        input: Annotated[RecommendInput, strawberry.argument(description="For whom, where, and with what in mind.")],
        first: Annotated[int | None, strawberry.argument(description="How many, 1 to 100.")] = None,
    ) -> RecommendResult:
        """Reasons are made only where they are selected."""
        fields = list(selected(info))
        asked = first if first is not None else input.first
        wanted = _longest(fields) if asked is None else asked
        explain = any(name == "explanation" for name, _ in fields)
        try:
            request = request_of(input, wanted, explain=explain)
            service = info.context.service
            answer = await info.context.threads.call(service.lists.kept if input.keep else service.recommend, request)
        except PhonographError as error:
            return problem_of(error, input.user_id)
        shown = set_of(answer)
        return ColdStart(message=COLD, fallback=shown) if answer.cold else shown

    @strawberry.field(description="Thirty tracks for a listener and an ISO week: made once, the same ever after.")
    async def discover_weekly(
        self,
        info: Info,
        user_id: UserId,
        week: Annotated[
            str | None, strawberry.argument(description="ISO week, such as 2026-W48; this week when absent.")
        ] = None,
    ) -> DiscoverWeeklyResult:
        """Stored in the graph as a playlist."""
        try:
            answer = await info.context.threads.call(info.context.service.weekly, plain_id(user_id), week)
        except PhonographError as error:
            return problem_of(error, user_id)
        return DiscoverWeekly(week=answer.week or "", set=set_of(answer))

    @strawberry.field(description="Why a track stands where it stands for a listener, also one that no list shows.")
    async def explain(
        self,
        info: Info,
        user_id: UserId,
        track_id: Annotated[strawberry.ID, strawberry.argument(description="The track.")],
        surface: Annotated[Surface, strawberry.argument(description="Where it would be shown.")] = HOME,
    ) -> ExplainResult:
        """Its rank is its place by score among all candidates."""
        request = RecommendRequest(plain_id(user_id), surface.value)
        try:
            item = await info.context.threads.call(info.context.service.explain, request, plain_id(track_id))
        except PhonographError as error:
            return problem_of(error)
        return edge_of(item, "explain")

    @strawberry.field(description="A track by its id or the code of its recording; null where there is none.")
    async def track(
        self,
        info: Info,
        id: MaybeId = None,
        isrc: Annotated[str | None, strawberry.argument(description="International code of the recording.")] = None,
    ) -> Track | None:
        """One of the two is needed."""
        wanted = plain_id(id) if id else None
        if wanted is None and isrc is not None:
            wanted = await info.context.browse(info.context.service.browse.track_of_isrc, isrc)
        elif wanted is None:
            raise InvalidRequestError("track: give an id or an isrc")
        page = await info.context.tracks.load(wanted) if wanted else None
        return track_node(page.id, page.name) if page else None

    @strawberry.field(description="An artist; null where there is none.")
    async def artist(self, info: Info, id: Id) -> Artist | None:
        """By id."""
        page = await info.context.artists.load(plain_id(id))
        return artist_node(page.id, page.name) if page else None

    @strawberry.field(description="A genre by id, slug or name; null where there is none.")
    async def genre(
        self,
        info: Info,
        id: MaybeId = None,
        slug: Annotated[str | None, strawberry.argument(description="Its slug, or its name in any case.")] = None,
    ) -> Genre | None:
        """One of the two is needed."""
        if not (id or slug):
            raise InvalidRequestError("genre: give an id or a slug")
        wanted = plain_id(id) if id else slug or ""
        page = await info.context.genres.load(wanted)
        if page is None and (found := await info.context.browse(info.context.service.browse.genre_called, wanted)):
            page = await info.context.genres.load(found)
        return genre_node(GenreName(page.id, page.name, page.slug)) if page else None

    @strawberry.field(description="All genres, those with most tracks first.")
    async def genres(self, info: Info, first: First = 50, after: Cursor = None) -> Connection[Genre]:
        """From the graph."""
        size, place = page_size(first), place_after(after)
        found = await info.context.browse(info.context.service.browse.all_genres, size + 1, place)
        shown, more = cut(found, size)
        edges = [
            Edge(cursor=cursor_at(entry.track_count, entry.genre.id), node=genre_node(entry.genre)) for entry in shown
        ]
        cursors = [edge.cursor for edge in edges]
        return Connection(
            edges=edges, nodes=[edge.node for edge in edges], page_info=page_info(cursors, more=more, after=after)
        )

    @strawberry.field(description="A playlist; null where there is none.")
    async def playlist(self, info: Info, id: Id) -> Playlist | None:
        """By id."""
        page = await info.context.playlists.load(plain_id(id))
        return playlist_node(page.id, page.name) if page else None

    @strawberry.field(description="A listener; null where there is none.")
    async def user(self, info: Info, id: UserId) -> User | None:
        """By id."""
        page = await info.context.users.load(plain_id(id))
        return user_node(page.id, page.name) if page else None

    @strawberry.field(description="Tracks, artists, genres and playlists by words of their names, best first.")
    async def search(
        self,
        info: Info,
        text: Annotated[str, strawberry.argument(description="Words, or the beginning of one.")],
        types: Annotated[
            list[str] | None, strawberry.argument(description="Any of Track, Artist, Genre, Playlist; all when absent.")
        ] = None,
        first: First = 20,
    ) -> SearchConnection:
        """By the full-text index of the graph."""
        size = page_size(first)
        labels = tuple(types) if types else SEARCHABLE
        hits, more = cut(await info.context.search(text[:500], labels, size + 1), size)
        edges = [
            SearchEdge(cursor=cursor_at(at, hit.id), node=_found(hit), score=hit.score) for at, hit in enumerate(hits)
        ]
        return SearchConnection(
            edges=edges, page_info=page_info([edge.cursor for edge in edges], more=more, after=None)
        )

    @strawberry.field(description="Anything by its global id; null where there is nothing.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")]
    ) -> Node | None:
        """By label and id."""
        return await _node(info, id)

    @strawberry.field(description="Several things by their global ids, in the same order; at most 100.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Global ids.")],
    ) -> list[Node | None]:
        """One statement per kind."""
        if len(ids) > LARGEST_PAGE:
            raise InvalidRequestError(f"nodes: {len(ids)} ids, give at most {LARGEST_PAGE}")
        return list(await asyncio.gather(*(_node(info, id) for id in ids)))

    @strawberry.field(description="Whether requests can be answered, and by what.")
    async def health(self, info: Info) -> SystemHealth:
        """Every part is asked."""
        found = await info.context.threads.call(info.context.service.health)
        parts = [ComponentHealth(name=part.name, ok=part.ok, detail=part.detail) for part in found.components]
        return SystemHealth(
            ready=found.ready, model_version=found.model_version, as_of=instant(found.as_of), components=parts
        )


@strawberry.type(description="Everything that can be changed.")
class Mutation(ProfileMutations, RuleMutations):
    """See the schema."""

    @strawberry.mutation(
        description="Keeps what listeners did, durably, before it answers; their next recommendations show it."
    )
    async def record_events(
        self,
        info: Info,
        events: Annotated[list[EventInput], strawberry.argument(description="At most 1000, in any order.")],
    ) -> RecordEventsPayload:
        """Each event counts once."""
        try:
            if len(events) > MOST_EVENTS:
                raise InvalidRequestError(f"events: {len(events)} at once, give at most {MOST_EVENTS}")
            as_of = await info.context.threads.call(info.context.service.as_of)
            given = [event_of(event, as_of) for event in events]
            receipt = await info.context.threads.call(info.context.service.record_events, given)
        except PhonographError as error:
            problem = problem_of(error)
            nothing = UserError(field=["events"], message=problem.message, code=problem.code)
            return RecordEventsPayload(accepted=0, duplicates=0, rejected=[], user_errors=[nothing])
        return _payload(receipt)


def _longest(fields: list[tuple[str, dict[str, Any]]]) -> int:
    """How many tracks a selection shows where no number is given: its largest page from the start, else 20."""
    pages = [arguments for name, arguments in fields if name == "items"]
    sizes = [page.get("first") if set(page) == {"first"} else None for page in pages]
    found = [size for size in sizes if isinstance(size, int)]
    return max(found) if found and len(found) == len(sizes) else TRACKS


def _found(hit: Hit) -> Track | Artist | Genre | Playlist:
    node = named_node(hit.label, hit.id, hit.name)
    return cast("Track | Artist | Genre | Playlist", node)  # users have no searchable names


def _payload(receipt: EventReceipt) -> RecordEventsPayload:
    rejected = [
        UserError(field=["events", str(event.index)], message=event.reason, code=ProblemCode.INVALID)
        for event in receipt.rejected
    ]
    return RecordEventsPayload(
        accepted=receipt.accepted, duplicates=receipt.duplicates, rejected=rejected, user_errors=[]
    )


async def _node(info: Info, id: str) -> Node | None:
    """Whatever a global id names, once the graph has it."""
    found = parsed(id)
    if found is None:
        return None
    label, plain = found
    context = info.context
    loaders: dict[str, Callable[[str], Awaitable[Any]]] = {
        "Track": context.tracks.load,
        "Artist": context.artists.load,
        "Genre": context.genres.load,
        "Playlist": context.playlists.load,
        "User": context.users.load,
    }
    page = await loaders[label](plain)
    return named_node(label, page.id, page.name) if page else None


class Schema(strawberry.Schema):
    """The schema, with errors reported in our way."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log what is a bug; what the caller did wrong is the caller's to see."""
        report(errors, execution_context)


schema = Schema(
    query=Query,
    mutation=Mutation,
    types=[User],
    extensions=[CheckedDocuments],
    execution_context_class=PlainFirst,
    config=StrawberryConfig(disable_field_suggestions=True),
)


def sdl() -> str:
    """The schema in its own language, sorted; ``api/schema.graphql`` holds the same text."""
    return print_schema(lexicographic_sort_schema(build_schema(schema.as_str()))) + "\n"
