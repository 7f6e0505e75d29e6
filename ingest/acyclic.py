"""Which edges of a directed graph can stay so that it has no cycle, the strongest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Edge = tuple[str, str]


def acyclic(edges: Mapping[Edge, Any], given: Iterable[Edge] = ()) -> tuple[list[Edge], list[Edge]]:
    """Take edges from the strongest to the weakest, and leave out each that closes a cycle with those taken before.

    Only edges inside a strongly connected component can do that, so only they are searched.

    Args:
        edges: edge -> strength, anything that can be compared; equal ones are taken in the order of their ends.
        given: edges that are there already and stay.

    Returns:
        The edges that stay and those left out, each in the order of their ends. Self loops are left out.
    """
    present = set(given)
    component = _components({*edges, *present})
    above: dict[str, set[str]] = {}
    for source, target in present:
        above.setdefault(source, set()).add(target)
    dropped = []
    for edge in sorted(sorted(edges), key=lambda edge: edges[edge], reverse=True):
        source, target = edge
        if edge in present:
            continue
        if component[source] == component[target] and _reaches(above, target, source, component):
            dropped.append(edge)
        else:
            above.setdefault(source, set()).add(target)
    return sorted(set(edges) - set(dropped)), sorted(dropped)


def _components(edges: set[Edge]) -> dict[str, int]:
    """The strongly connected component of every node."""
    nodes = sorted({node for edge in edges for node in edge})
    row = {node: at for at, node in enumerate(nodes)}
    ends = np.array([[row[source], row[target]] for source, target in edges], np.int64).reshape(-1, 2)
    matrix = csr_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(len(nodes), len(nodes)))
    _, labels = connected_components(matrix, connection="strong")
    return dict(zip(nodes, np.asarray(labels).tolist(), strict=True))


def _reaches(above: Mapping[str, set[str]], start: str, goal: str, component: Mapping[str, int]) -> bool:
    """Whether a way leads from ``start`` to ``goal``; it cannot leave their component."""
    seen, waiting = {start}, [start]
    while waiting:
        node = waiting.pop()
        if node == goal:
            return True
        fresh = {next for next in above.get(node, ()) if component[next] == component[goal]} - seen
        seen |= fresh
        waiting += fresh
    return False
