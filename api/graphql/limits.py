"""How much one document may ask, decided before anything is validated or run; every fragment is looked at once.

The limiters that come with the framework walk a chain of fragments anew for every spread and take exponential time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

MOST_CHARACTERS = 65_536
MOST_TOKENS = 10_000
MOST_DEPTH = 20
MOST_COST = 200_000
MOST_ROOT_FIELDS = 20
MOST_DIRECTIVES = 100
PAGE = 20
"""The size of a page whose ``first`` is a variable or absent."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection amounts to: levels of nesting, fields that may be resolved, and directives written."""

    depth: int = 0
    cost: int = 0
    directives: int = 0


class _Measure:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, Size] = {}

    def selection(self, selections: SelectionSetNode | None) -> Size:
        if selections is None:
            return Size()
        parts = [self._node(node) for node in selections.selections]
        return Size(
            max((part.depth for part in parts), default=0),
            sum(part.cost for part in parts),
            sum(part.directives for part in parts),
        )

    def _node(self, node: object) -> Size:
        if isinstance(node, FieldNode):
            below = self.selection(node.selection_set)
            return Size(below.depth + 1, 1 + _page(node) * below.cost, below.directives + len(node.directives or ()))
        if isinstance(node, InlineFragmentNode):
            below = self.selection(node.selection_set)
            return Size(below.depth, below.cost, below.directives + len(node.directives or ()))
        if isinstance(node, FragmentSpreadNode):
            below = self._fragment(node.name.value)
            return Size(below.depth, below.cost, below.directives + len(node.directives or ()))
        return Size()

    def _fragment(self, name: str) -> Size:
        if name not in self._known:
            self._known[name] = Size()  # a circle ends here; validation names it
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._known[name] = self.selection(fragment.selection_set)
        return self._known[name]


def _page(node: FieldNode) -> int:
    """How many things a field may bring: its ``first``, a guess for other lists we page, else 1."""
    for argument in node.arguments or ():
        if argument.name.value == "first":
            return int(argument.value.value) if isinstance(argument.value, IntValueNode) else PAGE
    return 1


def refusal(document: DocumentNode) -> GraphQLError | None:
    """Why a document is too much, or None."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    measure = _Measure(fragments)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            size = measure.selection(node.selection_set)
            roots = len(node.selection_set.selections)
            for what, found, most in (
                ("levels deep", size.depth, MOST_DEPTH),
                ("fields to resolve", size.cost, MOST_COST),
                ("directives", size.directives, MOST_DIRECTIVES),
                ("fields at the root", roots, MOST_ROOT_FIELDS),
            ):
                if found > most:
                    shown = str(found) if found < 10**12 else "far too many"
                    return GraphQLError(
                        f"this document has {shown} {what}, at most {most} are allowed: ask for less at once",
                        extensions={"code": "QUERY_REJECTED"},
                    )
    return None
