"""What a client selected below a field, so that work is done once for a page and not at all when nobody asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    value_from_ast_untyped,
)

from api.graphql.context import Info


def selected(info: Info) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field below the current one, at any depth: its name and its arguments. A fragment is visited once."""
    raw = info._raw_info
    walk = _Walk(raw.fragments, raw.variable_values)
    for node in raw.field_nodes:
        yield from walk.fields(node.selection_set)


class _Walk:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], variables: Any) -> None:
        self._fragments = fragments
        self._variables: Any = dict(variables)
        self._seen: set[str] = set()

    def fields(self, selections: SelectionSetNode | None) -> Iterator[tuple[str, dict[str, Any]]]:
        for node in selections.selections if selections else ():
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                yield node.name.value, self._arguments(node)
                yield from self.fields(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments.get(node.name.value)
                if fragment is not None and node.name.value not in self._seen:
                    self._seen.add(node.name.value)
                    yield from self.fields(fragment.selection_set)
            elif isinstance(node, InlineFragmentNode):
                yield from self.fields(node.selection_set)

    def _arguments(self, node: FieldNode) -> dict[str, Any]:
        return {
            argument.name.value: value_from_ast_untyped(argument.value, self._variables)
            for argument in node.arguments or ()
        }

    def _is_included(self, node: Any) -> bool:
        """What ``@skip`` and ``@include`` say, once validation has seen that each has its ``if``."""
        conditions = {
            directive.name.value: value_from_ast_untyped(directive.arguments[0].value, self._variables)
            for directive in node.directives or ()
            if directive.name.value in ("skip", "include")
        }
        return not conditions.get("skip", False) and bool(conditions.get("include", True))
