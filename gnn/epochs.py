"""Where the training of the network stands after an epoch, so that a killed run goes on with the next one.

Weights, the optimiser's moments, the schedule's step and the generator of the batches: with all four the steps that
follow are those of a run that was never interrupted.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gnn import checkpoints
from gnn.als import AlsModel
from gnn.config import SageConfig
from gnn.data import TrainingData

if TYPE_CHECKING:
    from gnn.sage import Sage


def key(data: TrainingData, als: AlsModel, config: SageConfig) -> str:
    """What the training depends on: the events, the factors fitted to them, and how; all else follows from these."""
    events = (data.user_row, data.item_row, data.count, data.at)
    side = (data.performed_by.source_row, data.performed_by.target_row, data.terms.term_row, data.audio)
    return checkpoints.key(config, als.config, als.item_factors, *events, *side)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Everything that changes from step to step.

    Attributes:
        key: of the run that it belongs to; without one nothing is kept.
    """

    model: Sage
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    generator: np.random.Generator
    key: str | None

    def resume(self) -> int:
        """Take up what an earlier run kept; how many epochs it had finished, 0 without one."""
        found = None if self.key is None else checkpoints.load(f"epoch-{self.key}.pt")
        if found is None:
            return 0
        said: dict[str, Any] = torch.load(io.BytesIO(found), weights_only=True)
        self.model.load_state_dict(said["model"])
        self.optimiser.load_state_dict(said["optimiser"])
        self.schedule.load_state_dict(said["schedule"])
        self.generator.bit_generator.state = json.loads(said["generator"])
        return int(said["epochs"])

    def keep(self, epochs: int) -> None:
        """Keep the state after so many epochs."""
        if self.key is None:
            return
        schedule = {name: value for name, value in self.schedule.state_dict().items() if name != "lr_lambdas"}
        content = io.BytesIO()
        torch.save(
            {
                "epochs": epochs,
                "model": self.model.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "schedule": schedule | {"lr_lambdas": [None]},
                "generator": json.dumps(self.generator.bit_generator.state),
            },
            content,
        )
        checkpoints.save(f"epoch-{self.key}.pt", content.getvalue())
