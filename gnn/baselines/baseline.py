"""What a baseline is: a function from events to scores, with a config per protocol that its own search chose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gnn.config import FitConfig
from gnn.data import TrainingData
from gnn.metrics import Scores
from gnn.splits import Split
from graph.progress import Progress

Config = TypeVar("Config")


@dataclass(frozen=True, slots=True)
class Baseline(Generic[Config]):
    """A model to compare with; call it like every other model of an evaluation.

    Attributes:
        fit: trains on events with a config and a seed.
        default: the config of data that no protocol names.
        tuned: protocol -> the config chosen on its validation part; ``docs/quality.md`` tells how.
        grid: field of the config -> values that a search may try.
    """

    fit: Callable[[TrainingData, Config, int], Scores]
    default: Config
    tuned: Mapping[str, Config] = field(default_factory=dict)
    grid: Mapping[str, Sequence[object]] = field(default_factory=dict)

    def config(self, protocol: str) -> Config:
        """The config for a protocol, by name."""
        return self.tuned.get(protocol, self.default)

    def __call__(self, split: Split, config: FitConfig, progress: Progress) -> Scores:
        """Train on the split's training part; of ``config`` only the seed counts."""
        return self.fit(split.train, self.config(split.protocol), config.sage.seed)
