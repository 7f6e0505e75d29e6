"""A search tries the preset first, keeps its trials, goes on where it stopped, and finds a planted optimum."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gnn.config import FitConfig
from gnn.config_file import config_of, read_config, write_config
from gnn.data import TrainingData
from gnn.evaluate import evaluate
from gnn.search import EVERYTHING, LEARNING, Budget, Found, Trainer, search, turned
from gnn.splits import global_cut
from graph.errors import InvalidRequestError, ModelError

TWO = (LEARNING[0], LEARNING[1])
PATHS = tuple(dial.path for dial in TWO)
SMALL = replace(
    FitConfig(),
    als=replace(FitConfig().als, factors=8, iterations=4),
    sage=replace(FitConfig().sage, dim=8, epochs=2, folds=replace(FitConfig().sage.folds, kind="cut", count=2)),
)


def hill(config: FitConfig) -> float:
    """Highest, 0, at one and a half times the starting temperature and the starting learning rate."""
    start = FitConfig().sage
    away = (
        math.log(config.sage.temperature / start.temperature / 1.5),
        math.log(config.sage.learning_rate / start.learning_rate),
    )
    return -sum(part**2 for part in away)


def searched(storage: Path, trials: int, *, minutes: float = 5.0, name: str = "hill") -> Found:
    return search(hill, FitConfig(), TWO, Budget(trials, minutes), storage, name=name, seed=1)


def test_the_first_trial_is_the_preset_and_the_hill_is_climbed(tmp_path: Path) -> None:
    found = searched(tmp_path / "trials.db", 25)
    assert found.trials[0].factors == dict.fromkeys(PATHS, 1.0)
    assert len(found.trials) == 25
    assert found.best.value > found.trials[0].value / 4
    assert hill(found.config) == pytest.approx(found.best.value)


def test_a_search_goes_on_where_it_stopped(tmp_path: Path) -> None:
    storage = tmp_path / "kept" / "trials.db"
    first = searched(storage, 4)
    again = searched(storage, 9)
    assert again.trials[:4] == first.trials
    assert len(again.trials) == 9
    assert len({tuple(trial.factors.values()) for trial in again.trials}) == 9
    assert searched(storage, 9) == again
    assert len(searched(storage, 2, name="another").trials) == 2


def test_the_same_seed_gives_the_same_trials(tmp_path: Path) -> None:
    assert searched(tmp_path / "one.db", 6) == searched(tmp_path / "two.db", 6)


def test_a_failed_trial_ends_the_search_and_the_next_goes_on(tmp_path: Path) -> None:
    def broken(config: FitConfig) -> float:
        raise ModelError("no")

    with pytest.raises(ModelError, match="no"):
        search(broken, FitConfig(), TWO, Budget(3, 5.0), tmp_path / "trials.db", name="hill")
    assert len(searched(tmp_path / "trials.db", 3).trials) == 3


def test_a_budget_without_room_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="no trial in 0 trials and 5 minutes"):
        searched(tmp_path / "trials.db", 0)


def test_without_optuna_one_line_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ModelError, match=r"pip install 'phonograph\[tune\]'"):
        searched(tmp_path / "trials.db", 1)


def test_dials_turn_what_they_name() -> None:
    paths = {dial.path: 2.0 for dial in EVERYTHING}
    config = turned(FitConfig(), EVERYTHING, paths)
    assert (config.sage.temperature, config.sage.epochs, config.als.alpha) == (0.24, 32, 40.0)
    assert turned(config, EVERYTHING, dict.fromkeys(paths, 0.5)) == FitConfig()


def test_a_trainer_measures_what_evaluation_measures(listening: TrainingData) -> None:
    split = global_cut(listening)
    trainer = Trainer(split)
    cold = replace(SMALL, cold_plays=int(np.median(split.train.popularity)))  # half of the items get content's vectors
    hot = turned(cold, TWO, dict.fromkeys(PATHS, 2.0))
    apart = [evaluate(split, ["sage"], config=config)["sage"].summary()["ndcg@20"] for config in (cold, hot)]
    shared = [trainer.measure(config) for config in (cold, hot)]
    assert shared == pytest.approx(apart)


def test_a_config_survives_its_file(tmp_path: Path) -> None:
    write_config(SMALL, tmp_path / "new" / "config.json")
    assert read_config(tmp_path / "new" / "config.json") == SMALL


def test_fields_that_nobody_reads_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match=r"SageConfig has no 'tempreature': choose from dim, "):
        config_of({"sage": {"tempreature": 1}})
    with pytest.raises(InvalidRequestError, match="als is no object of names and values: 3"):
        config_of({"als": 3})
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(InvalidRequestError, match=r"config\.json cannot be read"):
        read_config(tmp_path / "config.json")
