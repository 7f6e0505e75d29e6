"""GraphSAGE in PyTorch Geometric: two linear layers of means over neighbours, without any id of a user or an item.

``gnn.paths`` trains the same parameters without passing messages; this module is the model's definition, its inference
on the whole graph, and what the serving tower is exported from.

Source: Hamilton, Ying and Leskovec, Inductive Representation Learning on Large Graphs, 2017, section 3.1.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn

from gnn.config import SageConfig
from gnn.data import Floats
from gnn.relations import Inputs, Relations

with warnings.catch_warnings():  # the library scripts a few functions at import, which new PyTorch deprecates
    warnings.filterwarnings("ignore", message=r"`torch\.jit", category=Warning)
    from torch_geometric.nn import HeteroConv, SAGEConv

Edge = tuple[str, str, str]

HEARD_BY: Edge = ("user", "plays", "item")
FOLLOWS: Edge = ("user", "followed_by", "user")


def into_items(group: str) -> Edge:
    """The relation from artists or genres to their items."""
    return (group, "holds", "item")


def from_items(group: str) -> Edge:
    """The relation from items to their artists or genres."""
    return ("item", "belongs_to", group)


def plays_edge(number: int) -> Edge:
    """The relation of one way of averaging a user's items."""
    return ("item", f"heard_{number}", "user")


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides the sizes of the parameters.

    Attributes:
        factors: k.
        content: c.
        groups: the kinds of nodes that items belong to, and how many there are of each.
        means: ways of averaging a user's items.
        follows: whether users are averaged into their followers.
    """

    factors: int
    content: int
    groups: tuple[tuple[str, int], ...]
    means: int
    follows: bool

    def first_layer(self) -> list[Edge]:
        """The relations of the first layer."""
        edges = [HEARD_BY, *(plays_edge(number) for number in range(self.means))]
        for group, _ in self.groups:
            edges += [into_items(group), from_items(group)]
        return [*edges, FOLLOWS] if self.follows else edges

    def second_layer(self) -> list[Edge]:
        """The relations of the second layer.

        Followed users enter in the first layer only: the tower then needs their histories, not their friends'.
        """
        return [edge for edge in self.first_layer() if edge != FOLLOWS]


def shape_of(inputs: Inputs, relations: Relations) -> Shape:
    """The shape of the model for this graph."""
    factors = inputs.users.shape[1]
    groups = tuple((name, known.from_items.shape[0]) for name, known in relations.groups.items())
    follows = relations.follows is not None
    return Shape(factors, inputs.items.shape[1] - factors, groups, len(relations.plays), follows)


def _near_identity(weight: Tensor, scale: float, noise: float) -> None:
    """Set a matrix [out, in] to ``scale`` on its diagonal plus noise."""
    with torch.no_grad():
        weight.normal_(0.0, noise)
        weight += scale * torch.eye(*weight.shape)


class Sage(nn.Module):
    """The network. Vectors are ``Σ scale · layer`` over the input and both layers, normalised."""

    def __init__(self, shape: Shape, config: SageConfig) -> None:
        super().__init__()
        torch.manual_seed(config.seed)
        dim = config.dim
        self.shape = shape
        self.item_norms = config.item_norms
        self.edges = (shape.first_layer(), shape.second_layer())
        self.user_input = nn.Linear(shape.factors, dim, bias=False)
        self.item_input = nn.Linear(shape.factors + shape.content, dim, bias=False)
        self.groups = nn.ParameterDict(
            {name: nn.Parameter(torch.randn(count, dim) * config.noise) for name, count in shape.groups}
        )
        self.layers = nn.ModuleList(
            HeteroConv({edge: SAGEConv((dim, dim), dim, aggr="sum", bias=False) for edge in edges}, aggr="sum")
            for edges in self.edges
        )
        self.user_scales = nn.Parameter(torch.tensor(config.user_layers))
        self.item_scales = nn.Parameter(torch.tensor(config.item_layers))
        self._start(config)

    def _start(self, config: SageConfig) -> None:
        _near_identity(self.user_input.weight, 1.0, config.noise)
        _near_identity(self.item_input.weight, 1.0, config.noise)
        for layer, edges in enumerate(self.edges):
            for edge in edges:
                conv, into = self._conv(layer, edge), sum(other[2] == edge[2] for other in edges)
                _near_identity(conv.lin_r.weight, 1.0 / into, config.noise)
                _near_identity(conv.lin_l.weight, self._nearness(edge, config.mean_weight), config.noise)

    def _nearness(self, edge: Edge, mean_weight: float) -> float:
        """How much of a mean a node starts with: much between users and items, little else."""
        if edge == HEARD_BY:
            return 0.5
        return mean_weight / self.shape.means if edge[2] == "user" and edge != FOLLOWS else 0.1

    def root(self, layer: int, kind: str) -> Tensor:
        """What a node's own vector is multiplied by from the right, [dim, dim]: the sum over its relations."""
        weights = [self._conv(layer, edge).lin_r.weight for edge in self.edges[layer] if edge[2] == kind]
        return torch.stack(weights).sum(dim=0).T

    def near(self, layer: int, edge: Edge) -> Tensor:
        """What the mean over a relation is multiplied by from the right, [dim, dim]."""
        weight: Tensor = self._conv(layer, edge).lin_l.weight
        return weight.T

    def _conv(self, layer: int, edge: Edge) -> Any:
        return self.layers[layer].convs[edge]  # type: ignore[index]

    def states(self, users: Tensor, items: Tensor, edges: Mapping[Edge, Tensor]) -> list[dict[str, Tensor]]:
        """The vectors of every kind of node after each layer, from the inputs [n, k] and [n, k + c]."""
        state = {"user": self.user_input(users), "item": self.item_input(items), **self.groups}
        states = [state]
        for layer, used in zip(self.layers, self.edges, strict=True):
            states.append(layer(states[-1], {edge: edges[edge] for edge in used}))
        return states

    def forward(self, users: Tensor, items: Tensor, edges: Mapping[Edge, Tensor]) -> tuple[Tensor, Tensor]:
        """The vectors of all users and items, each [n, dim]; users normalised, zeros where nothing is known."""
        states = self.states(users, items, edges)
        user = sum(scale * state["user"] for scale, state in zip(self.user_scales, states, strict=True))
        item = sum(scale * state["item"] for scale, state in zip(self.item_scales, states, strict=True))
        return nn.functional.normalize(user, dim=1), self.sized(item)

    def sized(self, items: Tensor) -> Tensor:
        """Item vectors [n, dim] as users are compared with them: normalised, unless their lengths count."""
        return items if self.item_norms else nn.functional.normalize(items, dim=1)


def sparse(matrix: csr_array) -> Tensor:
    """A CSR matrix as PyTorch's own."""
    with warnings.catch_warnings():  # said once per process, wherever the first one is made
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta", category=UserWarning)
        return torch.sparse_csr_tensor(
            torch.from_numpy(matrix.indptr.astype(np.int64)),
            torch.from_numpy(matrix.indices.astype(np.int64)),
            torch.from_numpy(matrix.data.astype(np.float32)),
            size=matrix.shape,
            check_invariants=True,
        )


def edges_of(relations: Relations) -> dict[Edge, Tensor]:
    """The message graph as PyTorch Geometric reads it: target rows, source columns."""
    found = {HEARD_BY: sparse(relations.heard_by)}
    found |= {plays_edge(number): sparse(matrix) for number, matrix in enumerate(relations.plays)}
    for name, known in relations.groups.items():
        found |= {into_items(name): sparse(known.into_items), from_items(name): sparse(known.from_items)}
    if relations.follows is not None:
        found[FOLLOWS] = sparse(relations.follows)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Inferred:
    """What the model says of a whole graph, float32.

    Attributes:
        users: [n_users, dim], normalised; one more column of zeros where item lengths count.
        items: [n_items, dim], normalised; one more column where item lengths count, see ``completed``.
        item_states: vectors of the items before and after the first layer, [n_items, dim] each.
    """

    users: Floats
    items: Floats
    item_states: tuple[Floats, Floats]


def infer(model: Sage, inputs: Inputs, relations: Relations) -> Inferred:
    """Pass messages over the whole graph."""
    with torch.inference_mode():
        users, items = torch.from_numpy(inputs.users), torch.from_numpy(inputs.items)
        edges = edges_of(relations)
        states = model.states(users, items, edges)
        user, item = model(users, items, edges)
    state = (states[0]["item"].numpy(), states[1]["item"].numpy())
    if not model.item_norms:
        return Inferred(user.numpy(), item.numpy(), state)
    return Inferred(np.pad(user.numpy(), ((0, 0), (0, 1))), completed(item.numpy()), state)


def completed(items: Floats) -> Floats:
    """Unit vectors, float32 [n, dim + 1], whose products with ``(user, 0)`` order items as those of ``items`` do.

    Source: Bachrach et al., Speeding Up the Xbox Recommender System, 2014, theorem 1.
    """
    longest = np.sqrt(np.einsum("nd,nd->n", items, items).max())
    scaled = items / (longest if longest > 0 else 1.0)
    rest = np.maximum(1.0 - np.einsum("nd,nd->n", scaled, scaled), 0.0)
    return np.column_stack([scaled, np.sqrt(rest)]).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class TowerWeights:
    """The weights of the paths to a user, gathered for the serving tower; float32.

    Attributes:
        own: from the folded-in factors, [k, dim].
        heard: from each mean of both layers' item states, [n_means, 2 · dim, dim].
        followed: from the mean of the followed users' factors, [k, dim]; zeros without that relation.
    """

    own: Floats
    heard: Floats
    followed: Floats


def tower_weights(model: Sage) -> TowerWeights:
    """Multiply the weights along each path to a user, from its inputs and the item states."""
    with torch.inference_mode():
        start, scale = model.user_input.weight.T, model.user_scales
        first, root = model.root(0, "user"), model.root(1, "user")
        own = start @ (scale[0] * torch.eye(len(root)) + scale[1] * first + scale[2] * first @ root)
        heard = []
        for edge in map(plays_edge, range(model.shape.means)):
            near = model.near(0, edge)
            heard.append(torch.cat([scale[1] * near + scale[2] * near @ root, scale[2] * model.near(1, edge)]))
        followed = torch.zeros_like(own)
        if model.shape.follows:
            near = model.near(0, FOLLOWS)
            followed = start @ (scale[1] * near + scale[2] * near @ root)
        more = (0, int(model.item_norms))  # users have the completing coordinate as 0
        own, means, followed = (nn.functional.pad(part, more) for part in (own, torch.stack(heard), followed))
        return TowerWeights(own.numpy(), means.numpy(), followed.numpy())
