"""Training of the sequence model: at every play, tell what followed from a sample of the catalogue."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn

from gnn.als import AlsModel
from gnn.data import Floats, TrainingData
from gnn.metrics import matrix
from gnn.relations import fold_in, whiten
from gnn.sequence import SequenceConfig, SequenceModel
from gnn.sequence_net import SequenceNet, export
from gnn.sequence_windows import Windows, batches, sequences
from graph.errors import NotEnoughDataError
from graph.progress import NoProgress, Progress

WARM_UP = 0.1
"""Share of the steps in which the learning rate rises."""


def fit(
    data: TrainingData, als: AlsModel, config: SequenceConfig | None = None, *, progress: Progress | None = None
) -> SequenceModel:
    """Train on the histories of ``data``.

    Args:
        data: the events that may be seen.
        als: fitted on the same events; the items start from its factors, and from their content.
        config: how.
        progress: told of the steps.

    Raises:
        NotEnoughDataError: the events have no times, or no user has two.
    """
    config, progress = config or SequenceConfig(), progress or NoProgress()
    found = sequences(data)
    if not data.has_times or not found.left.any():
        raise NotEnoughDataError("a sequence model needs play times and a user with two plays: import a history")
    torch.manual_seed(config.seed)
    generator = np.random.default_rng(config.seed)
    net = SequenceNet(starting_vectors(data, als, config), als.config.factors, config)
    prior = torch.from_numpy((config.prior * np.log(np.maximum(data.popularity, 1))).astype(np.float32))
    known = matrix(data.user_row, data.item_row, (len(data.users), len(data.items)))
    steps = config.epochs * sum(1 for _ in batches(found, config, np.random.default_rng(config.seed)))
    progress.stage("Training the sequence model", steps)
    optimiser = torch.optim.AdamW(_groups(net, config), weight_decay=config.decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    for _ in range(config.epochs):
        for windows in batches(found, config, generator):
            loss = _loss(net, windows, known, prior, generator)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            progress.advance()
    return export(net)


def starting_vectors(data: TrainingData, als: AlsModel, config: SequenceConfig) -> Floats:
    """The whitened factors, with the content behind them where items are a map of both; float32 [n_items, k]."""
    factors = whiten(als, fold_in(data, als)).items
    return factors if config.items == "learned" else np.hstack([factors, data.content() * np.float32(0.5)])


def _groups(net: SequenceNet, config: SequenceConfig) -> list[dict[str, object]]:
    tables = [value for name, value in net.named_parameters() if name == "table"]
    others = [value for name, value in net.named_parameters() if name != "table"]
    return [
        {"params": tables, "lr": config.learning_rate * config.item_rate},
        {"params": others, "lr": config.learning_rate},
    ]


def _rate(step: int, steps: int) -> float:
    """The share of the learning rate at a step: a linear warm-up, then a cosine to 5 %."""
    warm = max(1, int(WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return float(0.05 + 0.95 * 0.5 * (1 + np.cos(np.pi * min(1.0, (step - warm) / max(1, steps - warm)))))


def _loss(
    net: SequenceNet, windows: Windows, known: csr_array, prior: Tensor, generator: np.random.Generator
) -> Tensor:
    """Mean over all positions of -log softmax of what followed; the user's other known items are left out.

    Sources: Jean et al., On using very large target vocabulary for neural machine translation, 2015 (sampled softmax);
    Menon et al., Long-tail learning via logit adjustment, 2021 (the prior).
    """
    items = net.items()
    n_items, count = items.shape[0], net.config.negatives
    dropped = torch.from_numpy(generator.random(windows.item_row.shape) < net.config.dropout)
    at, pause, starts = (torch.from_numpy(part) for part in (windows.at, windows.pause, windows.starts))
    vectors = net(items[torch.from_numpy(windows.item_row)], at, pause, starts, dropped)
    window, place = np.nonzero(windows.target >= 0)
    vectors = vectors[torch.from_numpy(window), torch.from_numpy(place)]  # [positions, dim]
    target = torch.from_numpy(windows.target[window, place])
    sample = np.sort(generator.choice(n_items, min(count, n_items), replace=False))
    hidden = torch.from_numpy(known[windows.user_row][:, sample].toarray() > 0)[torch.from_numpy(window)]
    drawn = torch.from_numpy(sample)
    others = vectors @ items[drawn].T + prior[drawn] + float(np.log(n_items / len(sample)))
    rest = torch.logsumexp(others.masked_fill(hidden, -torch.inf), dim=1)
    weight = torch.from_numpy(windows.weight[window, place])
    missed = nn.functional.softplus(rest - (vectors * items[target]).sum(dim=1) - prior[target])
    return (weight * missed).sum() / weight.sum()
