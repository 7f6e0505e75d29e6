"""What curators decide: the rules that hold, what one would do, to set and end one, and the record of all changes."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.graphql.context import Info
from api.graphql.enums import Surface
from api.graphql.ids import plain_id
from api.graphql.inputs import unix
from api.graphql.nodes import instant
from api.graphql.outcomes import UserError, problem_of
from api.lists import Preview
from api.rule_book import SqliteRuleBook
from api.service import Service
from graph.errors import PhonographError, RuleBookError
from recommend import rules as core

ABOUT_ACTION = {
    core.Action.BOOST: "Raises its tracks by an amount of units, or lowers them.",
    core.Action.PIN: "Puts its tracks into a place and those behind it.",
    core.Action.BAN: "Leaves them out.",
    core.Action.CAP: "Shows at most an amount of them.",
    core.Action.TAKE_DOWN: "Leaves them out everywhere, for everybody, stored lists included.",
}

if TYPE_CHECKING:
    RuleAction = Enum
else:
    RuleAction = strawberry.enum(
        Enum(
            "RuleAction",
            {one.value: strawberry.enum_value(one.value, description=ABOUT_ACTION[one]) for one in core.Action},
        ),
        description="What a rule does.",
    )
_ACTION = {one: RuleAction(one.value) for one in core.Action}


@strawberry.type(description="One decision of a curator.")
class Rule:
    """See the schema."""

    name: str = strawberry.field(description="Unique; contributions and counts are kept under it.")
    action: RuleAction = strawberry.field(description="What it does.")
    target_ids: list[strawberry.ID] = strawberry.field(description="Tracks, artists or genres, by id in the graph.")
    amount: float = strawberry.field(description="Of BOOST the units, of PIN the place, of CAP how many.")
    surfaces: list[Surface] = strawberry.field(description="Only there; none for everywhere.")
    user_ids: list[strawberry.ID] = strawberry.field(description="Only for them; none for everybody.")
    activities: list[str] = strawberry.field(description="Only in these; none for any.")
    market: str | None = strawberry.field(description="Only there.")
    since: datetime | None = strawberry.field(description="From when it holds.")
    until: datetime | None = strawberry.field(description="Before when it holds.")
    author: str = strawberry.field(description="Who made it.")


@strawberry.type(description="What a rule would do to the lists of some listeners.")
class RulePreview:
    """See the schema."""

    tracks: int = strawberry.field(description="It is about so many.")
    lists: int = strawberry.field(description="Made with and without it.")
    changed: int = strawberry.field(description="Lists that would differ.")
    touched: int = strawberry.field(description="Tracks in them that it would raise, pin, leave out or cap.")


@strawberry.type(description="One entry of the record of rules.")
class RuleChange:
    """See the schema."""

    at: datetime | None = strawberry.field(description="When.")
    author: str = strawberry.field(description="Who.")
    what: str = strawberry.field(description="SET or END.")
    rule: Rule = strawberry.field(description="The rule as it was.")


@strawberry.type(description="What became of a decision.")
class RulePayload:
    """See the schema."""

    rule: Rule | None = strawberry.field(description="The rule, as it holds, would hold, or held.")
    preview: RulePreview | None = strawberry.field(description="What it would do; null once it is set.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done, where nothing was.")


@strawberry.input(description="A rule; one of the same name is replaced.")
class RuleInput:
    """See the schema."""

    name: str = strawberry.field(description="Unique.")
    action: RuleAction = strawberry.field(description="What it does.")
    target_ids: list[strawberry.ID] = strawberry.field(description="Tracks, artists or genres.")
    amount: float = strawberry.field(default=0.0, description="Of BOOST the units, of PIN the place, of CAP how many.")
    surfaces: list[Surface] = strawberry.field(default_factory=list, description="Only there.")
    user_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="Only for these listeners.")
    activities: list[str] = strawberry.field(default_factory=list, description="Only in these.")
    market: str | None = strawberry.field(default=None, description="Only there.")
    since: datetime | None = strawberry.field(default=None, description="From when it holds.")
    until: datetime | None = strawberry.field(default=None, description="Before when it holds.")
    author: str = strawberry.field(description="Who decides.")


@strawberry.type
class RuleQueries:
    """Fields of ``Query``."""

    @strawberry.field(description="The rules of curators.")
    async def rules(
        self,
        info: Info,
        active: Annotated[
            bool | None,
            strawberry.argument(description="Only those that hold now, or only the others; all when absent."),
        ] = None,
    ) -> list[Rule]:
        """By name."""
        service = info.context.service
        kept, now = await info.context.threads.call(lambda: (_book(service).rules(), service.now()))
        return [_rule(one) for one in kept if active is None or one.active(now) is active]

    @strawberry.field(description="Everything that curators ever set or ended, the oldest first.")
    async def rule_changes(self, info: Info) -> list[RuleChange]:
        """Nothing is removed from it."""
        service = info.context.service
        found = await info.context.threads.call(lambda: _book(service).changes())
        return [RuleChange(at=instant(c.at), author=c.author, what=c.what, rule=_rule(c.rule)) for c in found]


@strawberry.type
class RuleMutations:
    """Fields of ``Mutation``."""

    @strawberry.mutation(description="Makes a rule, or replaces the one of its name; the next answer follows it.")
    async def set_rule(
        self,
        info: Info,
        rule: Annotated[RuleInput, strawberry.argument(description="The rule.")],
        preview: Annotated[bool, strawberry.argument(description="Only say what it would do.")] = False,
    ) -> RulePayload:
        """With a record of it."""
        service = info.context.service

        def work() -> tuple[core.Rule, Preview | None]:
            made = _made(rule).checked()
            if preview:
                return made, service.lists.preview(made, sorted(made.when.users) or service.lists.some_listeners())
            _book(service).set(made, service.now())
            return made, None

        try:
            made, seen = await info.context.threads.call(work)
        except PhonographError as error:
            return _refused(error)
        return RulePayload(rule=_rule(made), preview=None if seen is None else _preview(seen), user_errors=[])

    @strawberry.mutation(description="Ends a rule at once.")
    async def end_rule(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="Its name.")],
        author: Annotated[str, strawberry.argument(description="Who decides.")],
    ) -> RulePayload:
        """With a record of it."""
        service = info.context.service
        try:
            ended = await info.context.threads.call(lambda: _book(service).end(name, author, service.now()))
        except PhonographError as error:
            return _refused(error)
        return RulePayload(rule=_rule(ended), preview=None, user_errors=[])


def _book(service: Service) -> SqliteRuleBook:
    if service.rules is None:
        raise RuleBookError("this service keeps no rules: open it by settings")
    return service.rules


def _preview(seen: Preview) -> RulePreview:
    return RulePreview(tracks=seen.tracks, lists=seen.lists, changed=seen.changed, touched=seen.touched)


def _refused(error: PhonographError) -> RulePayload:
    problem = problem_of(error)
    wrong = UserError(field=["rule"], message=problem.message, code=problem.code)
    return RulePayload(rule=None, preview=None, user_errors=[wrong])


def _made(given: RuleInput) -> core.Rule:
    return core.Rule(
        name=given.name,
        action=core.Action(given.action.value),
        targets=tuple(plain_id(id) for id in given.target_ids),
        amount=given.amount,
        when=core.Condition(
            surfaces=frozenset(one.value for one in given.surfaces),
            users=frozenset(plain_id(id) for id in given.user_ids),
            activities=frozenset(given.activities),
            market=given.market,
        ),
        since=unix(given.since),
        until=unix(given.until),
        author=given.author,
    )


def _rule(rule: core.Rule) -> Rule:
    when = rule.when
    return Rule(
        name=rule.name,
        action=_ACTION[rule.action],
        target_ids=[strawberry.ID(id) for id in rule.targets],
        amount=rule.amount,
        surfaces=[Surface(name) for name in sorted(when.surfaces)],
        user_ids=[strawberry.ID(id) for id in sorted(when.users)],
        activities=sorted(when.activities),
        market=when.market,
        since=instant(rule.since),
        until=instant(rule.until),
        author=rule.author,
    )
