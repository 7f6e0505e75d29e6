"""Relay pages: how many, from where, and is there more."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from typing import Annotated, TypeVar

import strawberry

from graph.browse import After
from graph.errors import InvalidRequestError

LARGEST_PAGE = 100

T = TypeVar("T")

First = Annotated[int, strawberry.argument(description="How many, 1 to 100.")]
Cursor = Annotated[str | None, strawberry.argument(description="The endCursor of the page before; null to begin.")]


@strawberry.type(description="Whether a list goes on before and after this page.")
class PageInfo:
    """See the schema."""

    has_next_page: bool = strawberry.field(description="Whether more follows after this page.")
    has_previous_page: bool = strawberry.field(description="Whether something comes before this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge: give it as `after` to go on.")


def page_size(first: int, argument: str = "first") -> int:
    """The size of a page, once it is possible.

    Raises:
        InvalidRequestError: below 1 or above ``LARGEST_PAGE``.
    """
    if not 1 <= first <= LARGEST_PAGE:
        raise InvalidRequestError(f"{argument}: {first} cannot be a page: give a number from 1 to {LARGEST_PAGE}")
    return first


def cursor_at(order: int, id: str) -> str:
    """The cursor of a place in a list that is ordered by a number, then by id."""
    return urlsafe_b64encode(json.dumps([order, id]).encode()).decode()


def place_after(cursor: str | None) -> After:
    """The place after which a page begins. Raises as ``place_of``."""
    return None if cursor is None else place_of(cursor, "after")


def place_of(cursor: str, argument: str) -> tuple[int, str]:
    """The place that a cursor names.

    Raises:
        InvalidRequestError: it is no cursor of ours.
    """
    try:
        order, id = json.loads(urlsafe_b64decode(cursor.encode("ascii")))
    except (Base64Error, ValueError, TypeError, RecursionError):
        order = id = None
    if type(order) is not int or not isinstance(id, str) or abs(order) >= 2**62:
        raise InvalidRequestError(f"{argument}: {cursor[:80]!r} is no cursor: give one of the same list")
    return order, id


def page_info(cursors: Sequence[str], *, more: bool, after: str | None) -> PageInfo:
    """What a page says of itself."""
    return PageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )


def cut(found: Sequence[T], first: int) -> tuple[Sequence[T], bool]:
    """The page of a list that was asked for one more than the page holds, and whether there is more."""
    return found[:first], len(found) > first
