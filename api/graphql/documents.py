"""Documents parsed and checked once: the same text again costs a look into a table."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, parse, validate
from strawberry.extensions import SchemaExtension

from api.graphql.limits import MOST_CHARACTERS, MOST_TOKENS, refusal

REMEMBERED = 256


class CheckedDocuments(SchemaExtension):
    """Parses, measures and validates the document of an operation, from memory where it is known."""

    def on_parse(self) -> Iterator[None]:
        """Put the parsed document where the framework looks for it."""
        context = self.execution_context
        if context.query:
            if len(context.query) > MOST_CHARACTERS:
                raise GraphQLError(
                    f"this document has {len(context.query)} characters, at most {MOST_CHARACTERS} are allowed",
                    extensions={"code": "QUERY_REJECTED"},
                )
            context.graphql_document = _parsed(context.query)
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuse what is too much, then what the schema does not have."""
        context = self.execution_context
        if context.query:
            unnamed = _unnamed(_parsed(context.query)) if context._provided_operation_name is None else None
            errors = (unnamed,) if unnamed else _checked(context.schema._schema, context.query)
            context.pre_execution_errors = list(errors)
        yield


@lru_cache(maxsize=REMEMBERED)
def _parsed(text: str) -> DocumentNode:
    try:
        return parse(text, max_tokens=MOST_TOKENS)
    except RecursionError as error:
        raise GraphQLError(
            "this document is nested too deeply to be read", extensions={"code": "QUERY_REJECTED"}
        ) from error


def _unnamed(document: DocumentNode) -> GraphQLError | None:
    """Why it is not clear what to run, or None: the framework would run the first operation."""
    count = sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)
    if count <= 1:
        return None
    return GraphQLError(f"this document has {count} operations: name the one to run as operationName")


@lru_cache(maxsize=REMEMBERED)
def _checked(schema: Any, text: str) -> tuple[GraphQLError, ...]:
    document = _parsed(text)
    try:
        refused = refusal(document)
        return (refused,) if refused else tuple(validate(schema, document, max_errors=20))
    except RecursionError:
        return (GraphQLError("this document is nested too deeply to be read", extensions={"code": "QUERY_REJECTED"}),)
