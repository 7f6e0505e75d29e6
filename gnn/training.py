"""How the network learns: a softmax over the catalogue for each supervised edge, on features averaged once per fold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn

from gnn import curves, epochs, folds, paths, relations
from gnn.als import AlsModel
from gnn.config import SageConfig
from gnn.data import Floats, TrainingData
from gnn.folds import Fold
from gnn.metrics import matrix
from gnn.parallel import Workers, joined, training_device
from gnn.paths import Features, PathFeatures
from gnn.relations import Basis, Inputs, Relations, aligned, whiten
from gnn.sage import Sage, shape_of
from graph.arrays import Rows
from graph.progress import Progress


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """One fold, ready to learn from.

    Attributes:
        user_row: users with supervised edges, int64 [n].
        users: their features.
        items: the features of all items.
        supervised: what is predicted, CSR [n, n_items], 1 where supervised.
        known: everything these users heard, CSR [n, n_items].
    """

    user_row: Rows
    users: Features
    items: Features
    supervised: csr_array
    known: csr_array


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """What training starts from, on all events.

    Attributes:
        als: the factors.
        basis: how the network reads them.
        content: float32 [n_items, c].
        inputs: the starting vectors.
        graph: the message graph.
    """

    als: AlsModel
    basis: Basis
    content: Floats
    inputs: Inputs
    graph: Relations


def start(data: TrainingData, als: AlsModel, config: SageConfig) -> Start:
    """Fold in all users and build the whole graph."""
    users, content = relations.fold_in(data, als), data.content(config.content)
    basis = whiten(als, users)
    inputs = relations.inputs(data, users, basis, content, config.trend_days)
    return Start(als, basis, content, inputs, relations.build(data, config))


def prepare(data: TrainingData, full: Start, fold: Fold, config: SageConfig) -> Lesson:
    """Average everything along the paths of the graph without the fold's hidden edges."""
    part = data.select(fold.visible)
    als = folds.refit(part, full.als.config) if config.folds.refit_als else full.als
    users = relations.fold_in(part, als)
    basis = aligned(whiten(als, users), full.basis) if config.folds.refit_als else full.basis
    inputs = relations.inputs(part, users, basis, full.content, config.trend_days)
    graph = relations.build(part, config)
    shape = (len(data.users), len(data.items))
    user_row = np.unique(data.user_row[fold.supervised])
    return Lesson(
        user_row,
        paths.of_users(inputs, graph, user_row),
        paths.of_items(inputs, graph),
        csr_array(matrix(data.user_row[fold.supervised], data.item_row[fold.supervised], shape)[user_row]),
        csr_array(matrix(data.user_row, data.item_row, shape)[user_row]),
    )


def train(data: TrainingData, full: Start, config: SageConfig, progress: Progress) -> Sage:
    """Train the network on the events of ``data``.

    Args:
        data: the events; supervised edges are taken from them, fold by fold.
        full: what it starts from.
        config: how.
        progress: told of the folds and the steps.
    """
    key = epochs.key(data, full.als, config)
    return learn(full, lessons(data, full, config, progress), config, progress, key=key)


def lessons(data: TrainingData, full: Start, config: SageConfig, progress: Progress) -> list[Lesson]:
    """All folds with anything to predict, ready to learn from."""
    made = folds.make(data, config.folds)
    progress.stage("Averaging along the paths of the graph", len(made))
    found = []
    for fold in made:
        lesson = prepare(data, full, fold, config)
        if len(lesson.user_row):
            found.append(lesson)
        progress.advance()
    return found


def learn(
    full: Start, lessons: list[Lesson], config: SageConfig, progress: Progress, *, key: str | None = None
) -> Sage:
    """A new network, trained on the lessons; with a key a run that was killed after an epoch goes on with the next."""
    model = Sage(shape_of(full.inputs, full.graph), config)
    with joined() as workers:
        _learn(model.to(training_device(workers)), lessons, config, workers, key, progress)
    return model.cpu()


def _learn(
    model: Sage, lessons: list[Lesson], config: SageConfig, workers: Workers, key: str | None, progress: Progress
) -> None:
    generator = np.random.default_rng(config.seed)
    steps = config.epochs * sum(-(-len(lesson.user_row) // config.batch_users) for lesson in lessons)
    loss_of = workers.shared(_Loss(model, config, workers))
    optimiser = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps, config))
    progress.stage("Training GraphSAGE", steps)
    state = epochs.State(model, optimiser, schedule, generator, key)
    done = state.resume()
    progress.advance(done * steps // max(config.epochs, 1))
    for epoch in range(done, config.epochs):
        told = []
        for lesson, rows in _batches(lessons, config.batch_users, generator):
            items = _candidates(lesson, rows, config.candidates, generator)
            loss = loss_of(lesson, rows, items)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            told.append(loss.detach())
            progress.advance()
        if told:
            curves.record("loss of GraphSAGE", epoch + 1, float(torch.stack(told).mean()))
        state.keep(epoch + 1)


def _rate(step: int, steps: int, config: SageConfig) -> float:
    """The share of the learning rate at a step: a linear warm-up, then a cosine."""
    if step < config.warm_up_steps:
        return (step + 1) / config.warm_up_steps
    done = min(1.0, (step - config.warm_up_steps) / max(1, steps - config.warm_up_steps))
    return float(config.final_share + (1 - config.final_share) * 0.5 * (1 + np.cos(np.pi * done)))


def _batches(lessons: list[Lesson], size: int, generator: np.random.Generator) -> Iterator[tuple[Lesson, Rows]]:
    """Every user of every lesson once, in random batches of one lesson each."""
    parts = []
    for lesson in lessons:
        order = generator.permutation(len(lesson.user_row))
        parts += [(lesson, order[start : start + size]) for start in range(0, len(order), size)]
    for number in generator.permutation(len(parts)).tolist():
        yield parts[number]


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """The items a step ranks, int64 [m], ascending, and the log of each one's chance to be among them."""

    rows: Rows
    log_chance: Floats


def _candidates(lesson: Lesson, rows: Rows, most: int, generator: np.random.Generator) -> _Candidates | None:
    """The supervised items of the batch and a random sample of the others; None where the catalogue is small enough."""
    n_items = len(lesson.items)
    if n_items <= most:
        return None
    positive = np.unique(lesson.supervised[rows].indices)
    rate = min(1.0, max(most - len(positive), 1) / n_items)
    chosen = np.union1d(positive, np.flatnonzero(generator.random(n_items) < rate))
    share = np.bincount(lesson.supervised.indices, minlength=n_items) / max(len(lesson.user_row), 1)
    absent = (1.0 - np.minimum(share, 1.0)) ** len(rows) * (1.0 - rate)
    return _Candidates(chosen, np.log(np.maximum(1.0 - absent, 1e-6))[chosen].astype(np.float32))


class _Loss(nn.Module):
    """What a step lowers: the mean over the batch's supervised edges of -log softmax.

    Each process answers for its part of the batch; the mean over the processes is that of the whole batch.
    """

    def __init__(self, model: Sage, config: SageConfig, workers: Workers) -> None:
        super().__init__()
        self.model, self.config, self.workers = model, config, workers

    def forward(self, lesson: Lesson, rows: Rows, chosen: _Candidates | None) -> Tensor:
        """The part of this process in the loss of a batch, a scalar."""
        total = _weights(lesson.supervised[rows], self.config.evenness).sum()
        mine = self.workers.part(rows)
        return _summed_loss(self.model, lesson, mine, chosen, self.config) * self.workers.count / total


def _weights(supervised: csr_array, evenness: float) -> Tensor:
    """The weight of each supervised edge, [n_edges] in the order of the rows."""
    user_at = torch.from_numpy(supervised.nonzero()[0].astype(np.int64))
    return torch.bincount(user_at, minlength=supervised.shape[0])[user_at] ** -evenness


def _summed_loss(model: Sage, lesson: Lesson, rows: Rows, chosen: _Candidates | None, config: SageConfig) -> Tensor:
    """Sum over the supervised edges of some users of weight times -log softmax; the other known items are left out.

    Source: Bengio and Senécal, Adaptive importance sampling to accelerate training, 2008 (the correction of samples).
    """
    users = nn.functional.normalize(paths.vectors(lesson.users.rows(rows), paths.user_weights(model)), dim=1)
    items = model.sized(paths.vectors(_ranked(lesson, chosen), paths.item_weights(model)))
    logits = users @ items.T / config.temperature  # [batch, n_items]
    supervised, known = lesson.supervised[rows], lesson.known[rows]
    if chosen is not None:
        supervised, known = supervised[:, chosen.rows], known[:, chosen.rows]
    hidden = torch.zeros(known.shape, dtype=torch.bool)
    hidden[tuple(torch.from_numpy(at.astype(np.int64)) for at in known.nonzero())] = True
    others = logits if chosen is None else logits - torch.from_numpy(chosen.log_chance).to(logits.device)
    rest = torch.logsumexp(others.masked_fill(hidden.to(logits.device), -torch.inf), dim=1)  # [batch]
    user_at, item_at = (torch.from_numpy(at.astype(np.int64)).to(logits.device) for at in supervised.nonzero())
    weight = _weights(supervised, config.evenness).to(logits.device)
    return (weight * nn.functional.softplus(rest[user_at] - logits[user_at, item_at])).sum()


def _ranked(lesson: Lesson, chosen: _Candidates | None) -> PathFeatures:
    """The features of the items that a step ranks."""
    if chosen is not None:
        return lesson.items.rows(chosen.rows)
    return lesson.items if isinstance(lesson.items, PathFeatures) else lesson.items.rows(np.arange(len(lesson.items)))
