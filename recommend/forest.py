"""Grown trees as arrays: which leaf a track falls into, and what each feature has to do with it.

There is no loop over trees or tracks. A score follows QuickScorer: every node that a track does not pass closes the
leaves to its left, and the first leaf left open is the track's. Contributions are TreeSHAP values: what a leaf gives to
the features on its way depends only on which of them the track passes, so that they are tabulated for each leaf.

Source: Lucchese et al., QuickScorer: a fast algorithm to rank documents with additive ensembles of regression trees,
2015; Yang, Fast TreeSHAP: accelerating SHAP value computation for trees, 2021.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graph.errors import ModelError

Matrix = NDArray[np.float32]
Doubles = NDArray[np.float64]
Node = Mapping[str, Any]

MOST_LEAVES = 64
"""Of one tree: a bit for each."""
MOST_FEATURES = 8
"""Different ones on the way to a leaf: the tables double with each."""
_FEW_LEAVES = 16
_FIRST_OPEN = np.array([(~closed & (closed + 1)).bit_length() - 1 for closed in range(1 << _FEW_LEAVES)], np.int64)
"""Closed leaves as bits -> the first that is open."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf and the way to it.

    Attributes:
        value: what the tree says there.
        bounds: column -> what passes: above the first, up to the second.
        shares: column -> the share of the examples that pass where they meet this column's nodes.
    """

    value: float
    bounds: Mapping[int, tuple[float, float]]
    shares: Mapping[int, float]


@dataclass(frozen=True, slots=True, eq=False)
class Leaves:
    """The tables of contributions, of every leaf of every tree.

    Attributes:
        columns: int64 [slots, leaves], the features on the way to each leaf; 0 fills up.
        above: float32 [slots, leaves], what passes is above this,
        up_to: float32 [slots, leaves], and at most this.
        tables: float64 [slots, leaves · 2^slots]: what a leaf gives to the feature in each slot, by which slots pass.
        members: float64 [n_features, slots · leaves], 1 where a slot holds the feature.
    """

    columns: NDArray[np.int64]
    above: Matrix
    up_to: Matrix
    tables: Doubles
    members: csr_array

    def contributions(self, features: Matrix) -> Doubles:
        """float64 [m, n_features] of features float32 [m, n_features]."""
        slots, leaves = self.columns.shape
        seen = np.ascontiguousarray(features.T)[self.columns]  # [slots, leaves, m]
        passes = (seen > self.above[:, :, None]) & (seen <= self.up_to[:, :, None])
        at = np.repeat(np.arange(leaves)[:, None] << slots, len(features), axis=1)
        for slot in range(slots):
            at += passes[slot].astype(np.int64) << slot
        given = self.tables.take(at, axis=1).reshape(slots * leaves, len(features))
        return np.ascontiguousarray((self.members @ given).T)


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees of at most ``MOST_LEAVES`` leaves; missing nodes close nothing.

    Attributes:
        columns: int64 [trees, nodes], the feature that a node looks at.
        thresholds: float32 [trees, nodes]: whoever is above goes right.
        left: unsigned [trees, nodes], the leaves to the left of a node as bits.
        values: float64 [trees, most leaves].
        leaves: for the contributions.
        expected: the mean of all examples: what contributions leave out.
    """

    columns: NDArray[np.int64]
    thresholds: Matrix
    left: NDArray[Any]
    values: Doubles
    leaves: Leaves
    expected: float

    @classmethod
    def of(cls, dumped: Sequence[Node], n_features: int) -> Forest:
        """Arrange trees as LightGBM's ``dump_model`` tells them.

        Raises:
            ModelError: trees that are too large, or that ask other questions than whether a number is above another.
        """
        leaves = [list(_leaves(tree, {}, {})) for tree in dumped]
        most = max((len(tree) for tree in leaves), default=1)
        if most > MOST_LEAVES:
            raise ModelError(f"a tree of {most} leaves cannot be served: grow at most {MOST_LEAVES}")
        columns = np.zeros((len(dumped), max(most - 1, 1)), np.int64)
        thresholds = np.full(columns.shape, np.inf, np.float32)
        left = np.zeros(columns.shape, np.uint16 if most <= _FEW_LEAVES else np.uint64)
        for tree, root in enumerate(dumped):
            for node, (column, threshold, bits) in enumerate(_nodes(root, 0)):
                columns[tree, node], thresholds[tree, node], left[tree, node] = column, threshold, bits
        values = np.zeros((len(dumped), most))
        for tree, several in enumerate(leaves):
            values[tree, : len(several)] = [leaf.value for leaf in several]
        ways = [leaf for several in leaves for leaf in several]
        expected = sum(leaf.value * float(np.prod(list(leaf.shares.values()))) for leaf in ways)
        return cls(columns, thresholds, left, values, _tabulated(ways, n_features), expected)

    def raw(self, features: Matrix) -> Doubles:
        """The sum of all trees, float64 [m] of features float32 [m, n_features]; each row's own, to the bit."""
        by_column = np.ascontiguousarray(features.T)
        closed = np.zeros((len(self.columns), len(features)), self.left.dtype)
        for node in range(self.columns.shape[1]):
            fails = by_column[self.columns[:, node]] > self.thresholds[:, node, None]
            closed |= fails * self.left[:, node, None]
        leaf = _first_open(closed) + np.arange(len(closed))[:, None] * self.values.shape[1]
        return np.asarray(self.values.ravel().take(leaf.T).sum(axis=1))


def _first_open(closed: NDArray[Any]) -> NDArray[np.int64]:
    if closed.dtype == np.uint16:
        return _FIRST_OPEN.take(closed)
    first = ~closed & (closed + np.uint64(1))  # one bit
    return np.log2(first.astype(np.float64)).astype(np.int64)


def _threshold(node: Node) -> float:
    """The largest number in single precision that still goes left."""
    if node["decision_type"] != "<=" or node["missing_type"] != "None":
        raise ModelError(f"a tree asks {node['decision_type']!r} with missing {node['missing_type']!r}: train again")
    wide = float(node["threshold"])
    narrow = np.float32(wide)
    return float(narrow if float(narrow) <= wide else np.nextafter(narrow, np.float32(-np.inf)))


def _size(node: Node) -> int:
    return 1 if "leaf_value" in node else _size(node["left_child"]) + _size(node["right_child"])


def _nodes(node: Node, first: int) -> Iterator[tuple[int, float, int]]:
    """Column, threshold and the bits of the leaves to the left, of every inner node; leaves count from ``first``."""
    if "leaf_value" in node:
        return
    left = _size(node["left_child"])
    yield int(node["split_feature"]), _threshold(node), ((1 << left) - 1) << first
    yield from _nodes(node["left_child"], first)
    yield from _nodes(node["right_child"], first + left)


def _leaves(node: Node, bounds: dict[int, tuple[float, float]], shares: dict[int, float]) -> Iterator[Leaf]:
    """Every leaf from left to right."""
    if "leaf_value" in node:
        yield Leaf(float(node["leaf_value"]), bounds, shares)
        return
    column, threshold = int(node["split_feature"]), _threshold(node)
    low, high = bounds.get(column, (-np.inf, np.inf))
    for side, passes in (("left_child", (low, min(high, threshold))), ("right_child", (max(low, threshold), high))):
        share = shares.get(column, 1.0) * _count(node[side]) / _count(node)
        yield from _leaves(node[side], bounds | {column: passes}, shares | {column: share})


def _count(node: Node) -> int:
    """Examples that came by."""
    return int(node["leaf_count"] if "leaf_value" in node else node["internal_count"])


def _tabulated(ways: Sequence[Leaf], n_features: int) -> Leaves:
    """The tables of some leaves; a slot without a feature always passes, and so gets nothing."""
    slots = max([1, *(len(leaf.bounds) for leaf in ways)])
    if slots > MOST_FEATURES:
        raise ModelError(f"{slots} features on the way to a leaf cannot be served: grow trees of depth {MOST_FEATURES}")
    columns = np.zeros((slots, len(ways)), np.int64)
    above, up_to = np.full(columns.shape, -np.inf, np.float32), np.full(columns.shape, np.inf, np.float32)
    shares = np.ones(columns.shape)
    for at, leaf in enumerate(ways):
        for slot, (column, (low, high)) in enumerate(leaf.bounds.items()):
            columns[slot, at], above[slot, at], up_to[slot, at] = column, low, high
            shares[slot, at] = leaf.shares[column]
    values = np.array([leaf.value for leaf in ways])
    ones = (np.ones(columns.size), (columns.ravel(), np.arange(columns.size)))
    members = csr_array(ones, shape=(n_features, columns.size))
    return Leaves(columns, above, up_to, _shapley(values, shares), members)


def _shapley(values: Doubles, shares: Doubles) -> Doubles:
    """What each slot gets, float64 [slots, leaves · 2^slots], by which slots pass as bits.

    A leaf's value counts in full for a slot that passes, and for its share where the slot is not known. The mean over
    all orders of knowing is a sum over how many are known: the coefficients of a product of polynomials.

    Args:
        values: float64 [leaves].
        shares: float64 [slots, leaves].
    """
    slots, leaves = shares.shape
    passes = (np.arange(1 << slots) >> np.arange(slots)[:, None] & 1).astype(np.float64)  # [slots, patterns]
    found = np.empty((slots, leaves, 1 << slots))
    for slot in range(slots):
        known = np.zeros((slots, leaves, 1 << slots))  # by how many others are known
        known[0] = 1.0
        for other in range(slots):
            if other != slot:
                known[1:] = known[1:] * shares[other][:, None] + known[:-1] * passes[other]
                known[0] *= shares[other][:, None]
        weights = [factorial(n) * factorial(slots - 1 - n) / factorial(slots) for n in range(slots)]
        gain = passes[slot] - shares[slot][:, None]
        found[slot] = values[:, None] * gain * np.tensordot(weights, known, axes=1)
    return found.reshape(slots, -1)
