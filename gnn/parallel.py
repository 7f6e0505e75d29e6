"""Where training runs: a GPU where there is one, and several processes where ``torchrun`` started them.

Every process prepares the same folds and draws the same batches; each computes the loss of its part of a batch, and
the gradients are averaged over the processes. So the result does not depend on their number, but for rounding.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from graph.arrays import Rows


@dataclass(frozen=True, slots=True)
class Workers:
    """The processes that train one model.

    Attributes:
        rank: this one's number, from 0.
        count: how many there are.
        local_rank: this one's number on its machine: that of its GPU.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0

    def part(self, rows: Rows) -> Rows:
        """The rows of a batch that this process answers for."""
        return rows if self.count == 1 else rows[self.rank :: self.count]

    def shared(self, module: nn.Module) -> nn.Module:
        """The module, its gradients averaged over the processes."""
        return module if self.count == 1 else DistributedDataParallel(module, find_unused_parameters=True)


def _started() -> Workers:
    """What ``torchrun`` says of this process; alone without it."""
    number = {name: os.environ.get(name, "") for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    if not all(value.isdecimal() for value in number.values()):
        return Workers()
    return Workers(int(number["RANK"]), int(number["WORLD_SIZE"]), int(number["LOCAL_RANK"]))


def leads() -> bool:
    """Whether this process is the one that writes and prints."""
    return _started().rank == 0


@contextmanager
def joined() -> Iterator[Workers]:
    """The processes that ``torchrun`` started, connected; by NCCL where each has a GPU, else by Gloo."""
    workers = _started()
    if workers.count == 1:
        yield workers
        return
    distributed.init_process_group("nccl" if torch.cuda.device_count() > workers.local_rank else "gloo")
    try:
        yield workers
    finally:
        distributed.destroy_process_group()


def training_device(workers: Workers) -> torch.device:
    """This process's GPU, or the CPU where it has none."""
    if torch.cuda.device_count() > workers.local_rank:
        return torch.device("cuda", workers.local_rank)
    return torch.device("cpu")
