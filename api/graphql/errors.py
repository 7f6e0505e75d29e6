"""What a caller sees of an error: mistakes of theirs as they are, bugs of ours as a request id."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError
from strawberry.types import ExecutionContext

from graph.errors import GraphError, PhonographError

_log = logging.getLogger(__name__)


def report(errors: Sequence[GraphQLError], context: ExecutionContext | None) -> None:
    """Log bugs with their request id and traceback, without the document or its variables."""
    request_id = getattr(context.context, "request_id", "-") if context else "-"
    for error in errors:
        original = error.original_error
        if isinstance(original, GraphError):
            _log.warning("request %s: %s", request_id, original)
        elif original is not None and not isinstance(original, PhonographError | GraphQLError):
            _log.error("request %s failed at %s", request_id, error.path, exc_info=original)


def shown(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """One entry of ``errors`` in an answer."""
    original = error.original_error
    formatted: dict[str, Any] = dict(error.formatted)
    if isinstance(original, PhonographError):
        formatted["extensions"] = {"code": original.code}
    elif original is not None and not isinstance(original, GraphQLError):
        formatted["message"] = f"something went wrong on our side; the log has it under request {request_id}"
        formatted["extensions"] = {"code": "INTERNAL", "requestId": request_id}
    else:
        formatted.setdefault("extensions", {"code": "BAD_QUERY"})
    return formatted
