"""What a retraining will need before it begins: minutes, memory and disk, from the last run or from figures of ours."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from gnn.config import FitConfig
from graph.arrays import GraphArrays
from graph.errors import OverBudgetError

SECONDS, SECONDS_PER_PLAY = 20.0, 1.2e-3
"""Measured on LFM-1M: 221,180 plays on two cores of a shared machine."""
BYTES = 700e6
"""PyTorch, SciPy and the interpreter themselves."""
MATRICES = 14
"""Dense matrices of all listeners and tracks that a fold of the training holds."""
DISK_PER_TRACK = 30_000.0
MARGIN = 1.5


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be used.

    Attributes:
        minutes: of wall time; None for any.
        memory: bytes; what is free by default.
        disk: bytes; what is free by default.
    """

    minutes: float | None = None
    memory: int | None = None
    disk: int | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run needs, and what there is.

    Attributes:
        source: what the estimate rests on.
    """

    seconds: float
    memory: int
    disk: int
    free_memory: int
    free_disk: int
    source: str

    def to_json(self) -> dict[str, Any]:
        """The estimate for programs."""
        return {
            "seconds": round(self.seconds),
            "memoryMb": self.memory // 1_000_000,
            "diskMb": self.disk // 1_000_000,
            "freeMemoryMb": self.free_memory // 1_000_000,
            "freeDiskMb": self.free_disk // 1_000_000,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the last whole run took."""

    plays: int
    seconds: float
    memory: int

    def keep(self, path: Path) -> None:
        """Write it for the next run."""
        path.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")


def last_run(path: Path) -> LastRun | None:
    """What the last run took; None without one."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return LastRun(int(said["plays"]), float(said["seconds"]), int(said["memory"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def estimate(arrays: GraphArrays, config: FitConfig, folder: Path, last: LastRun | None) -> Estimate:
    """What a run on these arrays needs."""
    nodes, plays = len(arrays.users) + len(arrays.tracks), max(len(arrays.played), 1)
    memory = BYTES + nodes * config.sage.dim * 4 * MATRICES * config.sage.folds.count
    seconds, source = SECONDS + SECONDS_PER_PLAY * plays, "figures of another machine"
    if last is not None and last.plays:
        grown = plays / last.plays
        seconds, memory, source = last.seconds * grown, last.memory * max(grown, 1.0), "the last run"
    return Estimate(
        seconds,
        int(memory),
        int(len(arrays.tracks) * DISK_PER_TRACK + 50e6),
        psutil.virtual_memory().available,
        shutil.disk_usage(folder).free,
        source,
    )


def check(needs: Estimate, budget: Budget) -> None:
    """Say no before the long part, and not in the middle of it.

    Raises:
        OverBudgetError: something is short, by name.
    """
    most = None if budget.minutes is None else budget.minutes * 60
    if most is not None and needs.seconds > most:
        raise OverBudgetError(
            f"training will take about {needs.seconds / 60:.1f} minutes (by {needs.source}), "
            f"{budget.minutes:g} are allowed: raise --minutes"
        )
    for name, needed, free, least in (
        ("memory", needs.memory, needs.free_memory, budget.memory),
        ("disk", needs.disk, needs.free_disk, budget.disk),
    ):
        allowed = free if least is None else min(free, least)
        if needed > allowed:
            raise OverBudgetError(
                f"training needs about {needed / 1e6:,.0f} MB of {name}, {allowed / 1e6:,.0f} MB may be used: "
                f"free some, or train on a larger machine"
            )
