"""Whether a model earns its place: listeners are ranked with it and without it, and the difference must be real."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.metrics import bootstrap

LEAST_LISTENERS = 30
"""With fewer an interval says nothing, and the model stays out."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model adds on validation, stored with every bundle.

    Attributes:
        model: its name.
        kept: whether it is in the default blend.
        metric: what was compared, such as ``ndcg@20``.
        with_it: mean over listeners with the model.
        without_it: the same without.
        low: lower end of the 95 % interval of the difference.
        high: upper end.
        listeners: how many were compared.
        reason: one line for people.
    """

    model: str
    kept: bool
    metric: str
    with_it: float
    without_it: float
    low: float
    high: float
    listeners: int
    reason: str

    def to_json(self) -> dict[str, object]:
        """For the manifest."""
        return asdict(self)


def decide(
    model: str, with_it: NDArray[np.float64], without_it: NDArray[np.float64], *, metric: str = "ndcg@20", seed: int = 0
) -> Verdict:
    """Keep a model if the paired bootstrap says that it adds: the whole 95 % interval lies above zero.

    Args:
        model: its name.
        with_it: the metric of each listener with the model, float64 [n].
        without_it: the same listeners without, float64 [n].
        metric: its name.
        seed: of the draws.
    """
    count = len(with_it)
    if count < LEAST_LISTENERS:
        reason = f"only {count} listeners to compare, {LEAST_LISTENERS} are needed"
        return Verdict(model, False, metric, _mean(with_it), _mean(without_it), 0.0, 0.0, count, reason)
    low, high = bootstrap(with_it, without_it, seed=seed)
    kept = low > 0
    reason = (
        f"{metric} {_mean(without_it):.4f} -> {_mean(with_it):.4f}, 95 % of the difference {low:+.4f} to {high:+.4f}"
    )
    return Verdict(model, kept, metric, _mean(with_it), _mean(without_it), low, high, count, reason)


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else 0.0
