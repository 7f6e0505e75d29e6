"""Outcomes that a caller has to handle: members of unions, not errors."""

from __future__ import annotations

from enum import Enum

import strawberry

from graph.errors import (
    GraphError,
    InvalidRequestError,
    ModelError,
    NotEnoughDataError,
    NotFoundError,
    PhonographError,
)

RETRY_S = 5


@strawberry.enum(description="What kind of problem it is, for programs.")
class ProblemCode(Enum):
    """See the schema."""

    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="Nothing has this id.")
    INVALID = strawberry.enum_value("INVALID", description="The request cannot be met as it stands.")
    NOT_ENOUGH_DATA = strawberry.enum_value("NOT_ENOUGH_DATA", description="The graph holds too little for this.")
    NOT_READY = strawberry.enum_value("NOT_READY", description="No model yet, or the graph does not answer.")


@strawberry.interface(description="Why there is no answer.")
class Problem:
    """See the schema."""

    message: str = strawberry.field(description="What happened, the value, and what to do.")
    code: ProblemCode = strawberry.field(description="The same for programs.")


@strawberry.type(description="Nothing has this id.")
class NotFound(Problem):
    """See the schema."""

    id: strawberry.ID | None = strawberry.field(default=None, description="The id that was asked for.")


@strawberry.type(description="The request cannot be met as it stands.")
class InvalidInput(Problem):
    """See the schema."""


@strawberry.type(description="It cannot be answered yet; trying again later may help.")
class NotReady(Problem):
    """See the schema."""

    retry_after_seconds: int | None = strawberry.field(default=None, description="When to try again.")


@strawberry.type(description="Why one part of a write was not done.")
class UserError:
    """See the schema."""

    field: list[str] | None = strawberry.field(description="Where in the input: names and positions.")
    message: str = strawberry.field(description="What is wrong, and with which value.")
    code: ProblemCode = strawberry.field(description="The same for programs.")


def problem_of(error: PhonographError, id: str | None = None) -> NotFound | InvalidInput | NotReady:
    """The outcome that an expected error is to a caller.

    Raises:
        PhonographError: ``error`` itself, where it is none of those.
    """
    message = str(error)
    if isinstance(error, NotFoundError):
        return NotFound(message=message, code=ProblemCode.NOT_FOUND, id=None if id is None else strawberry.ID(id))
    if isinstance(error, InvalidRequestError):
        return InvalidInput(message=message, code=ProblemCode.INVALID)
    if isinstance(error, NotEnoughDataError):
        return InvalidInput(message=message, code=ProblemCode.NOT_ENOUGH_DATA)
    if isinstance(error, ModelError | GraphError):
        return NotReady(message=message, code=ProblemCode.NOT_READY, retry_after_seconds=RETRY_S)
    raise error
