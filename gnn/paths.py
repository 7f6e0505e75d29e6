"""The same network without message passing, which trains in seconds.

It is linear, so that everything a node receives along one path of relations can be averaged once.

A vector is ``Σ over paths of (features along the path) · (product of the weights on the path)``, and equals what
``gnn.sage`` computes on the whole graph.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn

from gnn.data import Floats
from gnn.relations import Inputs, Relations
from gnn.sage import FOLLOWS, HEARD_BY, Sage, from_items, into_items, plays_edge
from graph.arrays import Rows

DENSE_BYTES = 1 << 28
"""Features of one kind of node in one fold that are kept; larger ones are put together batch by batch."""


@dataclass(frozen=True, slots=True, eq=False)
class PathFeatures:
    """What reaches the nodes of one kind, before any weight.

    Attributes:
        dense: the paths from users and items side by side, float32 [n, width].
        groups: the paths from artists or genres: how much of each arrives, one CSR [n, n_of_them] per path.
    """

    dense: Floats
    groups: tuple[csr_array, ...]

    def __len__(self) -> int:
        return len(self.dense)

    def rows(self, chosen: Rows) -> PathFeatures:
        """The features of some nodes."""
        return PathFeatures(self.dense[chosen], tuple(csr_array(matrix[chosen]) for matrix in self.groups))


@dataclass(frozen=True, slots=True, eq=False)
class Along:
    """The last step of a path, not taken yet: ``mean @ arriving``, which has a row for each node at its end.

    Attributes:
        mean: CSR [n, m], or None where nothing is averaged: the features are the nodes' own.
        arriving: float32 [m, k].
    """

    mean: csr_array | None
    arriving: Floats

    def rows(self, chosen: Rows) -> Floats:
        """The step for some nodes, float32 [len(chosen), k]."""
        return self.arriving[chosen] if self.mean is None else np.asarray(csr_array(self.mean[chosen]) @ self.arriving)


@dataclass(frozen=True, slots=True, eq=False)
class LazyFeatures:
    """Path features that are put together for the nodes of a batch when they are asked for.

    On large graphs the same vectors arrive at many nodes: what arrives takes a tenth of the memory of the features.
    """

    parts: tuple[Along, ...]
    groups: tuple[csr_array, ...]
    count: int

    def __len__(self) -> int:
        return self.count

    def rows(self, chosen: Rows) -> PathFeatures:
        """The features of some nodes: to the bit those of ``PathFeatures``."""
        dense = np.hstack([part.rows(chosen) for part in self.parts])
        return PathFeatures(dense, tuple(csr_array(matrix[chosen]) for matrix in self.groups))


Features = PathFeatures | LazyFeatures


def _features(parts: list[Along], groups: tuple[csr_array, ...], count: int) -> Features:
    """All features at once, where they fit into ``DENSE_BYTES``."""
    lazy = LazyFeatures(tuple(parts), groups, count)
    width = sum(part.arriving.shape[1] for part in parts)
    return lazy if 4 * width * count > DENSE_BYTES else lazy.rows(np.arange(count))


def of_users(inputs: Inputs, relations: Relations, rows: Rows) -> Features:
    """The features of the users in the given rows, in the order of ``user_weights``."""
    means = [csr_array(matrix[rows]) for matrix in relations.plays]
    listeners = relations.heard_by @ inputs.users  # [n_items, k]
    parts = [Along(None, inputs.users[rows])]
    parts += [Along(mean, arriving) for arriving in (inputs.items, listeners) for mean in means]
    if relations.follows is not None:
        parts.append(Along(csr_array(relations.follows[rows]), inputs.users))
    through = tuple(csr_array(mean @ known.into_items) for known in relations.groups.values() for mean in means)
    return _features(parts, through, len(rows))


def user_weights(model: Sage) -> tuple[Tensor, list[Tensor]]:
    """The weights of every path to a user: [width, dim], and a table [n, dim] per path from artists or genres."""
    start, scale = model.user_input.weight.T, model.user_scales
    item_start, root = model.item_input.weight.T, model.root(1, "user")
    own = model.root(0, "user")
    parts = [start @ (scale[0] * torch.eye(root.shape[0], device=root.device) + scale[1] * own + scale[2] * own @ root)]
    edges = [plays_edge(number) for number in range(model.shape.means)]
    for edge in edges:
        first, second = model.near(0, edge), model.near(1, edge)
        parts.append(item_start @ (scale[1] * first + scale[2] * (first @ root + model.root(0, "item") @ second)))
    parts += [scale[2] * start @ model.near(0, HEARD_BY) @ model.near(1, edge) for edge in edges]
    if model.shape.follows:
        followed = model.near(0, FOLLOWS)
        parts.append(start @ (scale[1] * followed + scale[2] * followed @ root))
    tables = [
        table @ (scale[2] * model.near(0, into_items(group)) @ model.near(1, edge))
        for group, table in model.groups.items()
        for edge in edges
    ]
    return torch.cat(parts), tables


def of_items(inputs: Inputs, relations: Relations) -> Features:
    """The features of all items, in the order of ``item_weights``."""
    heard = relations.heard_by
    parts = [Along(None, inputs.items), Along(heard, inputs.users)]
    parts += [Along(heard, mean @ inputs.items) for mean in relations.plays]
    if relations.follows is not None:
        parts.append(Along(heard, relations.follows @ inputs.users))
    groups = relations.groups.values()
    parts += [Along(known.into_items, known.from_items @ inputs.items) for known in groups]
    return _features(parts, tuple(known.into_items for known in groups), len(inputs.items))


def item_weights(model: Sage) -> tuple[Tensor, list[Tensor]]:
    """The weights of every path to an item: [width, dim], and a table [n, dim] per path from artists or genres."""
    start, scale = model.item_input.weight.T, model.item_scales
    user_start, root = model.user_input.weight.T, model.root(1, "item")
    own, heard, heard_then = model.root(0, "item"), model.near(0, HEARD_BY), model.near(1, HEARD_BY)
    parts = [start @ (scale[0] * torch.eye(root.shape[0], device=root.device) + scale[1] * own + scale[2] * own @ root)]
    parts.append(user_start @ (scale[1] * heard + scale[2] * (heard @ root + model.root(0, "user") @ heard_then)))
    for number in range(model.shape.means):
        parts.append(scale[2] * start @ model.near(0, plays_edge(number)) @ heard_then)
    if model.shape.follows:
        parts.append(scale[2] * user_start @ model.near(0, FOLLOWS) @ heard_then)
    tables = []
    for group, table in model.groups.items():
        near, near_then = model.near(0, into_items(group)), model.near(1, into_items(group))
        parts.append(scale[2] * start @ model.near(0, from_items(group)) @ near_then)
        tables.append(table @ (scale[1] * near + scale[2] * (near @ root + model.root(0, group) @ near_then)))
    return torch.cat(parts), tables


def vectors(features: PathFeatures, weights: tuple[Tensor, list[Tensor]]) -> Tensor:
    """The vectors of nodes before any normalisation, [n, dim]."""
    dense, tables = weights
    found = torch.from_numpy(features.dense).to(dense.device) @ dense
    for matrix, table in zip(features.groups, tables, strict=True):
        found = found + _bag(matrix, table)
    return found


def _bag(matrix: csr_array, table: Tensor) -> Tensor:
    """``matrix @ table``, [n, dim], with a gradient for the table."""
    return nn.functional.embedding_bag(
        torch.from_numpy(matrix.indices.astype(np.int64)).to(table.device),
        table,
        torch.from_numpy(matrix.indptr.astype(np.int64)).to(table.device),
        mode="sum",
        per_sample_weights=torch.from_numpy(matrix.data.astype(np.float32)).to(table.device),
        include_last_offset=True,
    )
