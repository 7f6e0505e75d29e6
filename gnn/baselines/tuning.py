"""Which values suit a baseline on a protocol: one field after the other, on the validation part, within a budget."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gnn.baselines.baseline import Baseline
from gnn.metrics import evaluate
from gnn.splits import Split
from graph.progress import NoProgress, Progress


@dataclass(frozen=True, slots=True)
class Trial:
    """One config and what it reached on the validation part.

    Attributes:
        config: of the baseline.
        recall: mean Recall@20.
        ndcg: mean NDCG@20, by which the search chooses.
        seconds: of training and ranking.
    """

    config: Any
    recall: float
    ndcg: float
    seconds: float


def varied(config: Any, path: str, value: object) -> Any:
    """The config with one field changed; ``als.factors`` names a field of a field."""
    first, _, rest = path.partition(".")
    return replace(config, **{first: varied(getattr(config, first), rest, value) if rest else value})


def sampled(split: Split, users: int, seed: int) -> Split:
    """The split, tested on at most so many users, chosen at random."""
    tested = np.unique(split.test_user_row)
    if users >= len(tested):
        return split
    kept = np.isin(split.test_user_row, np.random.default_rng(seed).choice(tested, users, replace=False))
    return replace(split, test_user_row=split.test_user_row[kept], test_item_row=split.test_item_row[kept])


def search(
    baseline: Baseline[Any],
    split: Split,
    *,
    seconds: float,
    users: int = 1000,
    seed: int = 0,
    clock: Callable[[], float] = time.monotonic,
    progress: Progress | None = None,
) -> list[Trial]:
    """Try the values of the baseline's grid from its default on, keep what raises NDCG, best trial first.

    Args:
        baseline: with a grid.
        split: a validation part.
        seconds: no trial begins after so many.
        users: how many the trials are measured on.
        seed: of the baseline and the choice of users.
        clock: tells the seconds.
        progress: told of every trial.
    """
    progress = progress or NoProgress()
    part = sampled(split, users, seed)
    progress.stage("Searching", 1 + sum(len(values) for values in baseline.grid.values()))
    until = clock() + seconds
    best = _trial(baseline, baseline.default, part, seed, clock)
    trials = {best.config: best}
    for path, values in baseline.grid.items():
        for value in values:
            progress.advance()
            config = varied(best.config, path, value)
            if config not in trials and clock() < until:
                trials[config] = _trial(baseline, config, part, seed, clock)
        best = max(trials.values(), key=lambda trial: trial.ndcg)
    return sorted(trials.values(), key=lambda trial: -trial.ndcg)


def _trial(baseline: Baseline[Any], config: Any, split: Split, seed: int, clock: Callable[[], float]) -> Trial:
    begun = clock()
    quality = evaluate(baseline.fit(split.train, config, seed), split, depth=20).summary()
    return Trial(config, quality["recall@20"], quality["ndcg@20"], clock() - begun)
