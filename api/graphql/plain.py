"""Answers in one walk: where a selection holds nothing but attributes that are at hand, no machinery runs per field.

A page of recommendations has more than a thousand leaves, and the ordinary executor spends about 7 µs on each. The walk
takes only what cannot go wrong; at the first surprise (a null where none may be, a value that a scalar refuses) it
gives up, and the ordinary executor answers and finds the words for the error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLUnionType,
    is_list_type,
    is_non_null_type,
)
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

READY = "ready"
"""Metadata of a field with a resolver: the attribute that holds its value where it is known already."""

Step = Callable[[Any], Any]


class NotPlain(Exception):
    """This selection or this value is one for the ordinary executor."""


@dataclass(frozen=True, slots=True)
class _Selection:
    """How to turn an object into an answer: the name of each field, and the steps that make its value."""

    fields: tuple[tuple[str, Step, Step], ...]

    def __call__(self, source: Any) -> dict[str, Any]:
        return {name: complete(read(source)) for name, read, complete in self.fields}


def _number(value: Any) -> float:
    if type(value) is float and math.isfinite(value):
        return value
    raise NotPlain


def _whole(value: Any) -> int:
    if type(value) is int and -(2**31) <= value < 2**31:
        return value
    raise NotPlain


def _of_type(kind: type) -> Step:
    def complete(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        raise NotPlain

    return complete


_SCALARS: Mapping[str, Step] = {
    "Float": _number,
    "Int": _whole,
    "String": _of_type(str),
    "ID": _of_type(str),
    "Boolean": _of_type(bool),
}


def _enum(value: Any) -> str:
    if isinstance(value, Enum):
        return value.name
    raise NotPlain


def _or_null(complete: Step) -> Step:
    return lambda value: None if value is None else complete(value)


def _each(complete: Step) -> Step:
    def walk(values: Any) -> list[Any]:
        if not isinstance(values, list | tuple):
            raise NotPlain
        return [complete(value) for value in values]

    return walk


class PlainFirst(StrawberryGraphQLCoreExecutionContext):
    """The ordinary executor with the walk before it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._walks: dict[int, tuple[object, _Selection | None]] = {}

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """Walk where that is possible, else do as always."""
        walk = self._walk_of(parent_type, grouped_field_set) if path is not None else None
        if walk is not None:
            try:
                return walk(source_value)
            except (NotPlain, AttributeError):
                pass  # the ordinary executor finds the same and says so
        return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)

    def _walk_of(self, parent_type: GraphQLObjectType, grouped: Any) -> _Selection | None:
        """The walk of a selection, made once per request; None where it needs the ordinary executor."""
        known = self._walks.get(id(grouped))
        if known is None:
            try:
                made: _Selection | None = self._selection(parent_type, grouped)
            except NotPlain:
                made = None
            known = self._walks[id(grouped)] = (grouped, made)  # held, so that its id stays its own
        return known[1]

    def _selection(self, parent_type: GraphQLObjectType, grouped: Mapping[str, Sequence[Any]]) -> _Selection:
        return _Selection(tuple((name, *self._field(parent_type, details)) for name, details in grouped.items()))

    def _field(self, parent_type: GraphQLObjectType, details: Sequence[Any]) -> tuple[Step, Step]:
        name = details[0].node.name.value
        if name == "__typename":
            return (lambda source: parent_type.name), _SCALARS["String"]
        field: GraphQLField | None = self.schema.get_field(parent_type, name)
        if field is None or details[0].node.arguments:
            raise NotPlain
        return attrgetter(_attribute(field)), self._completion(field.type, details)

    def _completion(self, type: GraphQLOutputType, details: Sequence[Any]) -> Step:
        if is_non_null_type(type):
            return self._present(type.of_type, details)
        return _or_null(self._present(type, details))

    def _present(self, type: Any, details: Sequence[Any]) -> Step:
        """How a value that is there is completed."""
        if is_list_type(type):
            return _each(self._completion(type.of_type, details))
        if isinstance(type, GraphQLScalarType) and type.name in _SCALARS:
            return _SCALARS[type.name]
        if isinstance(type, GraphQLEnumType):
            return _enum
        if isinstance(type, GraphQLObjectType):
            return self._object(type, details)
        if isinstance(type, GraphQLInterfaceType | GraphQLUnionType):
            return self._one_of(details)
        raise NotPlain

    def _object(self, type: GraphQLObjectType, details: Sequence[Any]) -> Step:
        selection = self._selection(type, self.collect_subfields(type, cast("list[Any]", details))[0])

        def complete(value: Any) -> dict[str, Any]:
            if value is None:
                raise NotPlain
            return selection(value)

        return complete

    def _one_of(self, details: Sequence[Any]) -> Step:
        """For interfaces and unions: each type that turns up gets a walk of its own."""
        made: dict[type, Step] = {}

        def complete(value: Any) -> Any:
            step = made.get(value.__class__)
            if step is None:
                definition = getattr(value, "__strawberry_definition__", None)
                found = self.schema.get_type(definition.name) if definition else None
                if not isinstance(found, GraphQLObjectType):
                    raise NotPlain
                step = made[value.__class__] = self._object(found, details)
            return step(value)

        return complete


def _attribute(field: GraphQLField) -> str:
    """The attribute that holds a field's value."""
    definition = field.extensions.get("strawberry-definition")
    if definition is None:
        raise NotPlain
    ready = definition.metadata.get(READY)
    if isinstance(ready, str):
        return ready
    if not definition.is_basic_field:
        raise NotPlain
    return str(definition.python_name)
