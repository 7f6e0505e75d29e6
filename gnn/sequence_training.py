"""Training of the sequence model: at every play, tell what followed from a sample of the catalogue.

With ``cuts`` what is asked after a point in time is answered from factors that were fitted before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn

from gnn import curves
from gnn.als import AlsModel
from gnn.data import Floats, Mask, TrainingData
from gnn.folds import refit
from gnn.metrics import matrix
from gnn.relations import Basis, aligned, fold_in, whiten
from gnn.sequence import SequenceConfig, SequenceModel
from gnn.sequence_net import SequenceNet, export
from gnn.sequence_windows import Sequences, Windows, batches, sequences
from graph.errors import NotEnoughDataError
from graph.progress import NoProgress, Progress

WARM_UP = 0.1
"""Share of the steps in which the learning rate rises."""
CONTENT_SCALE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """A stretch of time that is asked about, and what was known of the items before it.

    Attributes:
        given: float32 [n_items, width].
        asked: the positions, bool [n_events].
        prior: what training takes as given of each item, float32 [n_items]; -inf for items unknown before.
    """

    given: Floats
    asked: Mask
    prior: Floats


def fit(
    data: TrainingData, als: AlsModel, config: SequenceConfig | None = None, *, progress: Progress | None = None
) -> SequenceModel:
    """Train on the histories of ``data``.

    Args:
        data: the events that may be seen.
        als: fitted on the same events; the items are served from its factors, and from their content.
        config: how.
        progress: told of the steps.

    Raises:
        NotEnoughDataError: the events have no times, or no user has two.
    """
    config, progress = config or SequenceConfig(), progress or NoProgress()
    found = sequences(data)
    if not data.has_times or not found.left.any():
        raise NotEnoughDataError("a sequence model needs play times and a user with two plays: import a history")
    basis, content = whiten(als, fold_in(data, als)), data.content() * np.float32(CONTENT_SCALE)
    progress.stage("Fitting factors before each cut", len(config.cuts))
    made = []
    for lesson in lessons(data, found, als, basis, content, config):
        made.append(lesson)
        progress.advance()
    return train(data, found, made, np.hstack([basis.items, content]), als.config.factors, config, progress)


def lessons(
    data: TrainingData, found: Sequences, als: AlsModel, basis: Basis, content: Floats, config: SequenceConfig
) -> Iterator[Lesson]:
    """One lesson for each stretch between two cuts, the last without an end; without cuts one of everything."""
    if not config.cuts:
        given = np.hstack([basis.items, content])
        yield Lesson(given, np.ones(len(data), np.bool_), _prior(data, config))
        return
    cuts = [int(np.quantile(data.at, share)) for share in config.cuts]
    for start, end in zip(cuts, [*cuts[1:], np.iinfo(np.int64).max], strict=True):
        part = data.before(start)
        asked = (found.at >= start) & (found.at < end)
        if len(part) and (asked & (found.left > 0)).any():
            model = refit(part, als.config)
            items = aligned(whiten(model, fold_in(part, model)), basis).items
            yield Lesson(np.hstack([items, content]), asked, _prior(part, config))


def _prior(part: TrainingData, config: SequenceConfig) -> Floats:
    known = part.popularity
    return np.where(known > 0, config.prior * np.log(np.maximum(known, 1)), -np.inf).astype(np.float32)


def train(
    data: TrainingData,
    found: Sequences,
    made: list[Lesson],
    given: Floats,
    dim: int,
    config: SequenceConfig,
    progress: Progress,
) -> SequenceModel:
    """Train on the lessons; the items are served from ``given``, float32 [n_items, width]."""
    torch.manual_seed(config.seed)
    generator = np.random.default_rng(config.seed)
    net = SequenceNet(len(data.items), given.shape[1], dim, config)
    known = matrix(data.user_row, data.item_row, (len(data.users), len(data.items)))
    counted = np.random.default_rng(config.seed)
    steps = config.epochs * sum(1 for lesson in made for _ in batches(found, lesson.asked, config, counted))
    progress.stage("Training the sequence model", steps)
    optimiser = torch.optim.AdamW(_groups(net, config), weight_decay=config.decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    with _one_thread():
        for epoch in range(config.epochs):
            told = []
            for lesson, windows in _shuffled(found, made, config, generator):
                loss = _loss(net, lesson, windows, known, generator)
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                schedule.step()
                told.append(float(loss.detach()))
                progress.advance()
            if told:
                curves.record("loss of the sequence model", epoch + 1, float(np.mean(told)))
    return export(net, given)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Several threads add up gradients in an order of chance: no two trainings would give the same model."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _shuffled(
    found: Sequences, made: list[Lesson], config: SequenceConfig, generator: np.random.Generator
) -> Iterator[tuple[Lesson, Windows]]:
    """The batches of all lessons in random order; one batch is of one lesson."""
    parts = [(lesson, windows) for lesson in made for windows in batches(found, lesson.asked, config, generator)]
    for number in generator.permutation(len(parts)).tolist():
        yield parts[number]


def _groups(net: SequenceNet, config: SequenceConfig) -> list[dict[str, object]]:
    tables = [value for name, value in net.named_parameters() if name in ("table", "project")]
    others = [value for name, value in net.named_parameters() if name not in ("table", "project")]
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
    net: SequenceNet, lesson: Lesson, windows: Windows, known: csr_array, generator: np.random.Generator
) -> Tensor:
    """Mean over all positions of -log softmax of what followed; the user's other known items are left out.

    Sources: Jean et al., On using very large target vocabulary for neural machine translation, 2015 (sampled softmax);
    Menon et al., Long-tail learning via logit adjustment, 2021 (the prior).
    """
    items, prior = net.items(torch.from_numpy(lesson.given)), torch.from_numpy(lesson.prior)
    dropped = torch.from_numpy(generator.random(windows.item_row.shape) < net.config.dropout)
    at, pause, starts = (torch.from_numpy(part) for part in (windows.at, windows.pause, windows.starts))
    vectors = net(items[torch.from_numpy(windows.item_row)], at, pause, starts, dropped)
    window, place = np.nonzero((windows.target >= 0) & np.isfinite(lesson.prior)[windows.target])
    vectors = vectors[torch.from_numpy(window), torch.from_numpy(place)]  # [positions, dim]
    target = torch.from_numpy(windows.target[window, place])
    choice = np.flatnonzero(np.isfinite(lesson.prior))
    sample = np.sort(generator.choice(choice, min(net.config.negatives, len(choice)), replace=False))
    hidden = torch.from_numpy(known[windows.user_row][:, sample].toarray() > 0)[torch.from_numpy(window)]
    drawn = torch.from_numpy(sample)
    others = vectors @ items[drawn].T + prior[drawn] + float(np.log(len(choice) / len(sample)))
    rest = torch.logsumexp(others.masked_fill(hidden, -torch.inf), dim=1)
    weight = torch.from_numpy(windows.weight[window, place])
    missed = nn.functional.softplus(rest - (vectors * items[target]).sum(dim=1) - prior[target])
    return (weight * missed).sum() / weight.sum().clamp(min=1e-9)
