"""Recommendations as the API shows them; leaves are plain attributes, since a page holds more than a thousand."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Annotated

import strawberry

import cypher
from api.graphql.context import Info
from api.graphql.enums import KNOWN_SOURCES, CandidateSource, ExplanationKind, Surface
from api.graphql.nodes import Node, Track, User, named_node, track_node, user_node
from api.graphql.outcomes import InvalidInput, NotFound, NotReady
from api.graphql.pages import Cursor, PageInfo, cursor_at, page_info, page_size, place_of
from api.graphql.plain import READY
from graph.browse import Named
from graph.errors import StaleCursorError
from recommend import types as core
from recommend.explain.reasons import DIRECTION

KNOWN_NODES = 20_000
"""Nodes of paths that are kept: the same played tracks and artists turn up again and again."""


@strawberry.type(description="What one source adds to a score; over the sources they sum to it.")
class SourceContribution:
    """See the schema."""

    source: CandidateSource = strawberry.field(description="The source.")
    contribution: float = strawberry.field(description="Its part of the score; may be negative.")


@strawberry.type(description="One relationship of a path, in the direction in which the graph holds it.")
class PathStep:
    """See the schema."""

    from_id: strawberry.ID = strawberry.field(description="Global id of the node where it starts.")
    to_id: strawberry.ID = strawberry.field(description="Global id of the node where it ends.")
    type: str = strawberry.field(description="Its type in the graph, such as PERFORMED_BY.")


@strawberry.type(description="A way through the graph from the listener through a played track to this one.")
class GraphPath:
    """See the schema."""

    path: strawberry.Private[core.ReasonPath]
    nodes: list[Node] = strawberry.field(description="From the listener to the track, in order.")
    share_of_score: float = strawberry.field(description="The played track's share of the score, 0 to 1.")
    verified: bool = strawberry.field(description="Whether the graph confirmed every step for this answer.")

    @cached_property
    def found_steps(self) -> list[PathStep]:
        """The relationships, made when first asked for: a page has a hundred."""
        ids = [node.id for node in self.nodes]
        steps = []
        for at, type in enumerate(self.path.relationships):
            start, end = (at, at + 1) if self.path.nodes[at].label == DIRECTION[type] else (at + 1, at)
            steps.append(PathStep(from_id=ids[start], to_id=ids[end], type=type))
        return steps

    @cached_property
    def statement(self) -> str:
        """See ``path_statement``."""
        return path_statement(self.path)

    @strawberry.field(
        description="The relationships between them, one fewer than nodes.", metadata={READY: "found_steps"}
    )
    def steps(self) -> list[PathStep]:
        """In order."""
        return self.found_steps

    @strawberry.field(description="A statement that finds the path again.", metadata={READY: "statement"})
    def cypher(self) -> str:
        """For analysts."""
        return self.statement


@strawberry.type(description="Why a track is recommended.")
class Explanation:
    """See the schema."""

    kind: ExplanationKind = strawberry.field(description="The kind of reason.")
    text: str = strawberry.field(description="One sentence for the listener; every name in it lies on the first path.")
    verified: bool = strawberry.field(description="Whether the graph confirmed a path.")
    paths: list[GraphPath] = strawberry.field(description="The paths that hold, best first; none where none does.")

    @property
    def statement(self) -> str | None:
        """That of the first path."""
        return self.paths[0].statement if self.paths else None

    @strawberry.field(description="A statement that finds the first path again.", metadata={READY: "statement"})
    def cypher(self) -> str | None:
        """For analysts."""
        return self.statement


@strawberry.type(description="One place of a list: the track, and what belongs to its place.")
class RecommendationEdge:
    """See the schema."""

    cursor: str = strawberry.field(description="This place.")
    node: Track = strawberry.field(description="The track.")
    rank: int = strawberry.field(description="1 is the first.")
    score: float = strawberry.field(description="The sum of the contributions.")
    sources: list[SourceContribution] = strawberry.field(description="What each source adds to the score.")
    explanation: Explanation | None = strawberry.field(
        description="Why; null only where the list was made without reasons."
    )


@strawberry.type(description="The places of a recommendation set.")
class RecommendationConnection:
    """See the schema."""

    edges: list[RecommendationEdge] = strawberry.field(description="The places, in order.")
    nodes: list[Track] = strawberry.field(description="The tracks.")
    page_info: PageInfo = strawberry.field(description="Whether the list goes on.")
    total_count: int = strawberry.field(description="Places in all.")


@strawberry.type(description="How many tracks a filter removed from the candidates.")
class FilterCount:
    """See the schema."""

    filter: str = strawberry.field(description="Its name.")
    count: int = strawberry.field(description="Tracks.")


@strawberry.type(description="How the list was filled.")
class FillReport:
    """See the schema."""

    requested: int = strawberry.field(description="Tracks asked for.")
    returned: int = strawberry.field(description="Tracks that came.")
    removed: list[FilterCount] = strawberry.field(description="What each filter removed.")
    relaxed: list[str] = strawberry.field(description="Rules that had to give way for the list to fill.")


@strawberry.type(description="A part that did not do its work, and why.")
class Degradation:
    """See the schema."""

    component: str = strawberry.field(description="Its name.")
    reason: str = strawberry.field(description="What happened.")


@strawberry.type(description="How long one stage took.")
class StageTiming:
    """See the schema."""

    stage: str = strawberry.field(description="Its name.")
    ms: float = strawberry.field(description="Milliseconds.")


@strawberry.type(description="What one source did for this answer.")
class SourceReport:
    """See the schema."""

    source: CandidateSource = strawberry.field(description="The source.")
    nominated: int = strawberry.field(description="Tracks it nominated.")
    unavailable: str | None = strawberry.field(description="Why it could not, where it could not.")


@strawberry.type(description="An answer: tracks for one listener, and how they came about.")
class RecommendationSet:
    """See the schema."""

    id: strawberry.ID = strawberry.field(description="The same for the same request to the same model.")
    user_id: strawberry.Private[str]
    surface: Surface = strawberry.field(description="Where it is shown.")
    as_of: datetime = strawberry.field(description="The moment it is made for: nothing later is known.")
    model_version: str = strawberry.field(description="The model that made it.")
    cold: bool = strawberry.field(description="Whether it is not personal, for want of plays that the model knows.")
    fill: FillReport = strawberry.field(description="How it was filled.")
    sources: list[SourceReport] = strawberry.field(description="What each source did.")
    degraded: list[Degradation] = strawberry.field(description="Parts that did not do their work.")
    timings: list[StageTiming] = strawberry.field(description="How long each stage took.")
    connection: strawberry.Private[RecommendationConnection]

    @strawberry.field(description="Whom it is for.")
    async def user(self, info: Info) -> User:
        """From the graph, for the name."""
        page = await info.context.users.load(self.user_id)
        return user_node(self.user_id, page.name if page else None)

    @strawberry.field(description="The places: all, or a page of them by the cursors of this set.")
    def items(
        self,
        first: Annotated[int | None, strawberry.argument(description="At most so many from the start.")] = None,
        after: Cursor = None,
        last: Annotated[int | None, strawberry.argument(description="At most so many from the end.")] = None,
        before: Annotated[
            str | None, strawberry.argument(description="The startCursor of the page behind; null for the end.")
        ] = None,
    ) -> RecommendationConnection:
        """Cut from what is there."""
        whole = self.connection
        if first is None and after is None and last is None and before is None:
            return whole
        begin = 0 if after is None else self._rank(after, "after")
        end = whole.total_count if before is None else self._rank(before, "before") - 1
        if first is not None:
            end = min(end, begin + page_size(first))
        if last is not None:
            begin = max(begin, end - page_size(last, "last"))
        edges = whole.edges[begin:end]
        return RecommendationConnection(
            edges=edges,
            nodes=whole.nodes[begin:end],
            page_info=PageInfo(
                has_next_page=end < whole.total_count,
                has_previous_page=begin > 0,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
            total_count=whole.total_count,
        )

    def _rank(self, cursor: str, argument: str) -> int:
        """The rank that a cursor of this set names."""
        rank, set_id = place_of(cursor, argument)
        if set_id != self.id:
            raise StaleCursorError(
                f"{argument}: {cursor[:80]!r} is of another list: send the very same request, with its asOf"
            )
        return min(max(rank, 0), self.connection.total_count + 1)


@strawberry.type(description="A listener of whom the model knows no plays: a list that is not personal.")
class ColdStart:
    """See the schema."""

    message: str = strawberry.field(description="Why it is not personal, and what would make it so.")
    fallback: RecommendationSet = strawberry.field(description="What is popular.")


@strawberry.type(description="Thirty tracks for one listener and ISO week: the same answer all week.")
class DiscoverWeekly:
    """See the schema."""

    week: str = strawberry.field(description="ISO week, such as 2026-W48.")
    set: RecommendationSet = strawberry.field(description="The tracks.")


RecommendResult = Annotated[
    RecommendationSet | ColdStart | NotFound | InvalidInput | NotReady,
    strawberry.union("RecommendResult", description="Recommendations, or why there are none."),
]
DiscoverWeeklyResult = Annotated[
    DiscoverWeekly | NotFound | InvalidInput | NotReady,
    strawberry.union("DiscoverWeeklyResult", description="The list of a week, or why there is none."),
]
ExplainResult = Annotated[
    RecommendationEdge | NotFound | InvalidInput | NotReady,
    strawberry.union("ExplainResult", description="A track's place and reason, or why there is none."),
]


_SOURCE = {name: CandidateSource(name) for name in KNOWN_SOURCES}
_KIND = {kind: ExplanationKind(kind.value) for kind in core.ExplanationKind}


def set_of(answer: core.RecommendationSet) -> RecommendationSet:
    """An answer of the core."""
    edges = [edge_of(item, answer.id) for item in answer.items]
    fill = answer.fill
    return RecommendationSet(
        id=strawberry.ID(answer.id),
        user_id=answer.user_id,
        surface=Surface(answer.surface),
        as_of=datetime.fromtimestamp(answer.as_of, UTC),
        model_version=answer.model_version,
        cold=answer.cold,
        fill=FillReport(
            requested=fill.requested,
            returned=fill.returned,
            removed=[FilterCount(filter=name, count=count) for name, count in fill.removed.items()],
            relaxed=list(fill.relaxed),
        ),
        sources=[
            SourceReport(source=_SOURCE[s.name], nominated=s.nominated, unavailable=s.unavailable)
            for s in answer.sources
        ],
        degraded=[Degradation(component=part.component, reason=part.reason) for part in answer.degraded],
        timings=[StageTiming(stage=stage, ms=ms) for stage, ms in answer.timings_ms.items()],
        connection=RecommendationConnection(
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=page_info([edge.cursor for edge in edges], more=False, after=None),
            total_count=len(edges),
        ),
    )


def edge_of(item: core.Recommendation, set_id: str) -> RecommendationEdge:
    """One place of an answer of the core."""
    credits = tuple(Named(artist.id, artist.name) for artist in item.track.artists)
    return RecommendationEdge(
        cursor=cursor_at(item.rank, set_id),
        node=track_node(item.track.id, item.track.name, credits),
        rank=item.rank,
        score=item.score,
        sources=[
            SourceContribution(source=_SOURCE[name.partition(":")[0]], contribution=value)
            for name, value in item.contributions.items()
        ],
        explanation=None if item.explanation is None else _explanation(item.explanation),
    )


def _explanation(explanation: core.Explanation) -> Explanation:
    paths = [_path(path) for path in explanation.paths]
    return Explanation(
        kind=_KIND[explanation.kind],
        text=explanation.text,
        verified=explanation.verified,
        paths=paths,
    )


def _path(path: core.ReasonPath) -> GraphPath:
    return GraphPath(
        path=path,
        nodes=[_node(node.label, node.id, node.name) for node in path.nodes],
        share_of_score=path.share_of_score,
        verified=path.verified,
    )


_node = lru_cache(KNOWN_NODES)(named_node)


_PLACEHOLDER = "(:User)-[:PLAYED]->(:Track)"


def path_statement(path: core.ReasonPath) -> str:
    """The statement that finds a path again, with the ids written into it."""
    pattern = _pattern(path.nodes[0])
    for at, type in enumerate(path.relationships):
        arrows = ("-[:", "]->") if path.nodes[at].label == DIRECTION[type] else ("<-[:", "]-")
        if path.nodes[at].label == path.nodes[at + 1].label:  # between equals the direction says nothing
            arrows = ("-[:", "]-")
        pattern += f"{arrows[0]}{type}{arrows[1]}{_pattern(path.nodes[at + 1])}"
    text = cypher.statement("read/path").text
    return "\n".join(line for line in text.splitlines() if not line.startswith("//")).replace(_PLACEHOLDER, pattern)


def _pattern(node: core.NodeRef) -> str:
    quoted = node.id.replace("\\", "\\\\").replace("'", "\\'")
    return f"(:{node.label} {{id: '{quoted}'}})"
