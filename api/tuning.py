"""A search for hyper-parameters on a public data set's validation part, kept under the home: ``phonograph tune``."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path

from api import evaluation
from gnn.config import FitConfig
from gnn.config_file import write_config
from gnn.evaluate import seeded
from gnn.fit import preset
from gnn.search import DIALS, Budget, Found, Trainer, search
from graph.errors import InvalidRequestError
from graph.progress import Progress


def tune(
    name: str,
    folder: Path,
    home: Path,
    budget: Budget,
    *,
    split: str | None = None,
    dials: str = "learning",
    seed: int = 0,
    progress: Progress,
) -> tuple[Found, Path]:
    """Search from the preset of the data, and write the best config to a file, whose path is returned.

    Raises:
        InvalidRequestError: no such data set, split or set of dials; or a budget without room for a trial.
        SourceError: a file of the data set is missing or damaged.
        ModelError: Optuna is not installed.
    """
    chosen = evaluation.data_set(name)
    if dials not in DIALS:
        raise InvalidRequestError(f"no set of dials is called {dials!r}: choose from {', '.join(DIALS)}")
    progress.stage(f"Reading {name}", 1)
    held_out = chosen.split(folder, split or chosen.default, "validation")
    progress.advance()
    config = seeded(preset(held_out.train), seed)
    study = f"{name}-{split or chosen.default}-{dials}-{_digest(config)}"
    tries = Trainer(held_out)
    found = search(
        tries.measure,
        config,
        DIALS[dials],
        budget,
        home / "tune" / "trials.db",
        name=study,
        seed=seed,
        progress=progress,
    )
    path = home / "tune" / f"{study}.json"
    write_config(found.config, path)
    return found, path


def _digest(config: FitConfig) -> str:
    """What tells searches from different starting configs, seeds included, apart."""
    return hashlib.sha256(repr(asdict(config)).encode()).hexdigest()[:8]
