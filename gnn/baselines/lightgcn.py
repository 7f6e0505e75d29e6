"""LightGCN: one embedding per user and item, averaged with those of its neighbours in the graph of plays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array, hstack, vstack

from gnn import curves
from gnn.baselines.history import recent
from gnn.data import Floats, TrainingData
from gnn.metrics import Scores, matrix

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class LightGcnConfig:
    """The shape of the network and its training.

    Attributes:
        dim: length of the embeddings.
        layers: hops.
        temperature: of the softmax over the cosines with the whole catalogue.
        learning_rate: of Adam.
        decay: weight of the mean squared length of the embeddings in the loss.
        epochs: passes over the users.
        batch_users: users per step, with all that they heard.
        half_life_days: of the edges that users are averaged over when they are scored; infinite weighs all the same.
    """

    dim: int = 64
    layers: int = 2
    temperature: float = 0.15
    learning_rate: float = 5e-3
    decay: float = 1e-3
    epochs: int = 40
    batch_users: int = 256
    half_life_days: float = np.inf


def fit(data: TrainingData, config: LightGcnConfig, seed: int) -> Scores:
    """Train the embeddings by a softmax over the catalogue, which beats the published pairwise loss and is faster.

    Source: He, Deng, Wang, Li, Zhang and Wang, LightGCN, 2020, section 3.1; the loss: Wu et al., On the effectiveness
    of sampled softmax loss for item recommendation, 2022.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    heard = matrix(data.user_row, data.item_row, (len(data.users), len(data.items)))
    graph = _normalised(heard)
    weights = torch.nn.Parameter(torch.randn(graph.shape[0], config.dim, generator=generator) * 0.1)
    optimiser = torch.optim.Adam([weights], lr=config.learning_rate)
    users = torch.from_numpy(np.flatnonzero(np.diff(heard.indptr)))
    for epoch in range(config.epochs):
        losses = []
        order = users[torch.randperm(len(users), generator=generator)]
        for chosen in torch.split(order, config.batch_users):
            loss = _loss(weights, graph, csr_array(heard[chosen.numpy()]), chosen, config)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            losses.append(float(loss.detach()))
        curves.record("loss", epoch + 1, float(np.mean(losses)))
    return _scores(weights.detach(), graph, data, config)


def _normalised(heard: csr_array) -> csr_array:
    """The symmetric graph of users and items, float32 [n, n], each edge divided by the roots of its ends' degrees."""
    nothing = csr_array((heard.shape[0], heard.shape[0])), csr_array((heard.shape[1], heard.shape[1]))
    graph = csr_array(vstack([hstack([nothing[0], heard]), hstack([heard.T, nothing[1]])]))
    degree = np.asarray(graph.sum(axis=1), np.float64)
    scale = 1.0 / np.sqrt(np.where(degree > 0, degree, 1.0))
    rows = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    values = graph.data * scale[rows] * scale[graph.indices]
    return csr_array((values.astype(np.float32), graph.indices, graph.indptr), shape=graph.shape)


def propagate(weights: Tensor, graph: csr_array, layers: int) -> Tensor:
    """The mean over the layers of what reaches each node of a symmetric graph, [n, dim], with a gradient."""
    total = layer = weights
    for _ in range(layers):
        layer = _times(graph, layer)
        total = total + layer
    return total / (layers + 1)


def _times(graph: csr_array, vectors: Tensor) -> Tensor:
    """``graph @ vectors`` with SciPy: faster here than PyTorch's sparse products, which are in beta."""
    import torch

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, given: Tensor) -> Tensor:
            return torch.from_numpy(graph @ given.detach().numpy())

        @staticmethod
        def backward(context: Any, *gradients: Tensor) -> Tensor:
            return torch.from_numpy(graph @ gradients[0].numpy())  # the graph is its own transpose

    found: Tensor = Product.apply(vectors)
    return found


def _loss(weights: Tensor, graph: csr_array, heard: csr_array, users: Tensor, config: LightGcnConfig) -> Tensor:
    """Mean cross entropy of what each user heard, CSR [batch, n_items], against the whole catalogue."""
    import torch
    from torch.nn.functional import normalize

    unit = normalize(propagate(weights, graph, config.layers), dim=1)
    logits = unit[users] @ unit[-heard.shape[1] :].T / config.temperature  # [batch, n_items]
    row = torch.from_numpy(np.repeat(np.arange(heard.shape[0]), np.diff(heard.indptr)))
    chosen = torch.log_softmax(logits, dim=1)[row, torch.from_numpy(heard.indices.astype(np.int64))]
    return -chosen.mean() + config.decay * (weights**2).sum(dim=1).mean()


def _scores(weights: Tensor, graph: csr_array, data: TrainingData, config: LightGcnConfig) -> Scores:
    """Cosines after propagation; users are the mean of what they heard lately where times are known."""
    vectors = propagate(weights, graph, config.layers).numpy()
    users, items = vectors[: len(data.users)], _unit(vectors[len(data.users) :])
    if data.has_times and np.isfinite(config.half_life_days):
        users = np.asarray(recent(data, config.half_life_days) @ items, np.float32)
    return lambda rows: users[rows] @ items.T


def _unit(vectors: Floats) -> Floats:
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norm > 0, norm, 1.0), np.float32)
