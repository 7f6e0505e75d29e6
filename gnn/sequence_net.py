"""The sequence model in PyTorch, for training; ``gnn.sequence`` is the same network in NumPy, for serving."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from gnn.data import Floats
from gnn.relations import SECONDS_PER_DAY
from gnn.sequence import BUCKETS, NORM_FLOOR, SequenceConfig, SequenceModel

WIDEN = 2
"""The inner layer of a block is this much wider."""
LEAST_LOG_WEIGHT = -12.0
"""No age starts out as hopeless."""


def _small(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(shape) / shape[0] ** 0.5)


def _normed(state: Tensor) -> Tensor:
    return nn.functional.layer_norm(state, state.shape[-1:], eps=NORM_FLOOR)


def _decay(half_lives_days: tuple[float, ...]) -> Tensor:
    """Log weights by bucket of age, float32 [heads, BUCKETS]: halved with every half-life."""
    age_days = 1.5 * 2.0 ** torch.arange(BUCKETS) / SECONDS_PER_DAY
    return (-age_days / torch.tensor(half_lives_days)[:, None] * float(np.log(2.0))).clamp(min=LEAST_LOG_WEIGHT)


class Attention(nn.Module):
    """How much each play counts for each later one; ages and distances may raise or lower it."""

    def __init__(self, config: SequenceConfig) -> None:
        super().__init__()
        width = config.state_dim
        self.heads = config.heads
        self.query, self.key = _small(width, width), _small(width, width)
        self.age = nn.Parameter(torch.zeros(config.heads, BUCKETS))
        self.step = nn.Parameter(torch.zeros(config.heads, config.length))

    def shares(self, state: Tensor, ages: Tensor, hidden: Tensor) -> Tensor:
        """float32 [batch, heads, n, n], rows sum to 1; ``hidden`` bool [batch, 1, n, n] counts nothing."""
        batch, count, _ = state.shape
        normed = _normed(state)
        queries = (normed @ self.query).view(batch, count, self.heads, -1).transpose(1, 2)
        keys = (normed @ self.key).view(batch, count, self.heads, -1).transpose(1, 2)
        logits = queries @ keys.transpose(2, 3) / keys.shape[3] ** 0.5
        steps = torch.arange(count)[:, None] - torch.arange(count)[None, :]
        logits = logits + self.age[:, ages].transpose(0, 1) + self.step[:, steps.clamp(min=0)]
        found: Tensor = logits.masked_fill(hidden, -torch.inf).softmax(dim=3)
        return found


class Block(Attention):
    """One self-attentive block, normalised before each step.

    Source: Kang and McAuley, Self-attentive sequential recommendation, 2018, section III.
    """

    def __init__(self, config: SequenceConfig) -> None:
        super().__init__(config)
        width = config.state_dim
        self.value, self.out = _small(width, width), _small(width, width)
        self.widen, self.widen_bias = _small(width, WIDEN * width), nn.Parameter(torch.zeros(WIDEN * width))
        self.narrow = nn.Parameter(0.1 * _small(WIDEN * width, width).data)

    def forward(self, state: Tensor, ages: Tensor, hidden: Tensor) -> Tensor:
        """float32 [batch, n, state_dim] from the same."""
        batch, count, width = state.shape
        values = (_normed(state) @ self.value).view(batch, count, self.heads, -1).transpose(1, 2)
        heard = (self.shares(state, ages, hidden) @ values).transpose(1, 2).reshape(batch, count, width)
        state = state + heard @ self.out
        return state + (_normed(state) @ self.widen + self.widen_bias).relu() @ self.narrow


class SequenceNet(nn.Module):
    """From windows of plays to a vector at each of their positions.

    Args:
        n_items: how many tracks there are.
        width: length of what is known of a track.
        dim: length of the vectors, at most ``width``: the first coordinates are they at the start.
        config: sizes.
    """

    def __init__(self, n_items: int, width: int, dim: int, config: SequenceConfig) -> None:
        super().__init__()
        self.config = config
        self.project = nn.Parameter(torch.eye(width, dim), requires_grad=config.items == "projected")
        self.table = nn.Parameter(torch.zeros(n_items, dim)) if config.items == "learned" else None
        self.enter = _small(dim, config.state_dim)
        self.pause = nn.Parameter(0.1 * torch.randn(BUCKETS, config.state_dim))
        self.session = nn.Parameter(0.1 * torch.randn(2, config.state_dim))
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.blocks))
        self.last = Attention(config)
        self.last.age = nn.Parameter(_decay(config.half_lives_days))
        same = torch.eye(dim).repeat(config.heads, 1) * (config.scale / config.heads)
        self.readout = nn.Parameter(same + 0.01 * torch.randn_like(same))

    def items(self, given: Tensor) -> Tensor:
        """The vectors of all items, float32 [n_items, dim], of what is known of them, float32 [n_items, width]."""
        mapped = given @ self.project
        return mapped if self.table is None else mapped + self.table

    def forward(self, values: Tensor, at: Tensor, pause: Tensor, starts: Tensor, dropped: Tensor) -> Tensor:
        """A vector after each play, float32 [batch, n, dim].

        Args:
            values: the plays' vectors, float32 [batch, n, dim].
            at: unix seconds, int64 [batch, n].
            pause: int64 [batch, n].
            starts: int64 [batch, n].
            dropped: plays that later ones must do without, bool [batch, n].
        """
        batch, count, _ = values.shape
        spans = (at[:, :, None] - at[:, None, :]).clamp(min=0)
        ages = (1.0 + spans).double().log2().long().clamp(max=BUCKETS - 1)
        self_only = torch.eye(count, dtype=torch.bool)
        future = torch.ones(count, count, dtype=torch.bool).triu(1)
        hidden = (future | (dropped[:, None, :] & ~self_only))[:, None]
        state = values @ self.enter + self.pause[pause] + self.session[starts]
        for block in self.blocks:
            state = block(state, ages, hidden)
        heard = self.last.shares(state, ages, hidden) @ values[:, None]  # [batch, heads, n, dim]
        return heard.transpose(1, 2).reshape(batch, count, -1) @ self.readout


def export(net: SequenceNet, given: Floats) -> SequenceModel:
    """The trained network as plain arrays, with the vectors of what is known of the items, float32 [n_items, width]."""
    of_items = ("table", "project")
    weights = {name: value.detach().numpy().copy() for name, value in net.state_dict().items() if name not in of_items}
    with torch.no_grad():
        items = net.items(torch.from_numpy(given)).numpy().copy()
    return SequenceModel(net.config, items, weights)
