"""Answers in one walk: where a selection holds nothing but attributes that are at hand, no machinery runs per field.

A page of recommendations has more than a thousand leaves, and the ordinary executor spends about 7 µs on each. The walk
takes only what cannot go wrong; at the first surprise (a null where none may be, a value that a scalar refuses) it
gives up, and the ordinary executor answers and finds the words for the error.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_subfields
from graphql.execution.values import VariableValues
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
        return value._name_  # as ``name``, without its descriptor: a page holds hundreds
    raise NotPlain


def _or_null(complete: Step) -> Step:
    return lambda value: None if value is None else complete(value)


def _each(complete: Step) -> Step:
    def walk(values: Any) -> list[Any]:
        if not isinstance(values, list | tuple):
            raise NotPlain
        return [complete(value) for value in values]

    return walk


class _Walks:
    """The walks of one operation, each made when it is first taken.

    Args:
        schema: of the answers.
        operation: the operation.
        fragments: those of its document.
        variables: what ``@skip`` and ``@include`` look at.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues,
    ) -> None:
        self._schema, self._operation, self._fragments, self._variables = schema, operation, fragments, variables
        self._made: dict[tuple[object, ...], _Selection | None] = {}

    def of(self, parent_type: GraphQLObjectType, grouped: Mapping[str, Sequence[FieldDetails]]) -> _Selection | None:
        """The walk of a selection; None where it needs the ordinary executor."""
        key = (parent_type.name, *(id(one.node) for details in grouped.values() for one in details))
        if key not in self._made:
            try:
                self._made[key] = self._selection(parent_type, grouped)
            except NotPlain:
                self._made[key] = None
        return self._made[key]

    def _subfields(self, type: GraphQLObjectType, details: Sequence[FieldDetails]) -> Mapping[str, list[FieldDetails]]:
        found = collect_subfields(self._schema, self._fragments, self._variables, self._operation, type, list(details))
        return found.grouped_field_set

    def _selection(self, parent_type: GraphQLObjectType, grouped: Mapping[str, Sequence[Any]]) -> _Selection:
        return _Selection(tuple((name, *self._field(parent_type, details)) for name, details in grouped.items()))

    def _field(self, parent_type: GraphQLObjectType, details: Sequence[Any]) -> tuple[Step, Step]:
        name = details[0].node.name.value
        if name == "__typename":
            return (lambda source: parent_type.name), _SCALARS["String"]
        field: GraphQLField | None = self._schema.get_field(parent_type, name)
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
        selection = self._selection(type, self._subfields(type, details))

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
                found = self._schema.get_type(definition.name) if definition else None
                if not isinstance(found, GraphQLObjectType):
                    raise NotPlain
                step = made[value.__class__] = self._object(found, details)
            return step(value)

        return complete


REMEMBERED = 256
"""Operations whose walks are kept."""

_KEPT: OrderedDict[int, tuple[OperationDefinitionNode, _Walks]] = OrderedDict()


def _walks_of(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: dict[str, FragmentDetails],
    variables: VariableValues,
) -> _Walks:
    """The walks of an operation: kept for the next request where no variable decides what is selected."""
    known = _KEPT.get(id(operation))
    if known is not None and known[0] is operation:
        return known[1]
    if _is_conditional(operation.selection_set) or any(
        _is_conditional(fragment.definition.selection_set) for fragment in fragments.values()
    ):
        return _Walks(schema, operation, fragments, variables)
    walks = _Walks(schema, operation, fragments, VariableValues({}, {}))
    _KEPT[id(operation)] = operation, walks  # held, so that its id stays its own
    while len(_KEPT) > REMEMBERED:
        _KEPT.popitem(last=False)
    return walks


def _is_conditional(selections: SelectionSetNode) -> bool:
    """Whether any directive stands in a selection."""
    return any(
        node.directives
        or (
            isinstance(node, FieldNode | InlineFragmentNode)
            and node.selection_set
            and _is_conditional(node.selection_set)
        )
        for node in selections.selections
    )


class PlainFirst(StrawberryGraphQLCoreExecutionContext):
    """The ordinary executor with the walk before it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._walks = _walks_of(self.schema, self.operation, self.fragments, self.variable_values)

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """Walk where that is possible, else do as always."""
        walk = self._walks.of(parent_type, grouped_field_set) if path is not None else None
        if walk is not None:
            try:
                return walk(source_value)
            except (NotPlain, AttributeError):
                pass  # the ordinary executor finds the same and says so
        return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)


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
