"""Which hyper-parameters of GraphSAGE do best on held-out events: a search within a budget, whose trials are kept.

Every dial is turned relative to the config that the search starts from, so that the first trial is that config.

Source: Bergstra et al., Algorithms for Hyper-Parameter Optimization, 2011, section 4 (the estimator that proposes).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gnn import baselines, metrics, training
from gnn.config import FitConfig
from gnn.fit import finished, fit_als
from gnn.splits import Split
from gnn.training import Lesson, Start
from graph.errors import InvalidRequestError, ModelError
from graph.progress import NoProgress, Progress

if TYPE_CHECKING:
    import optuna

GOAL = "ndcg@20"


@dataclass(frozen=True, slots=True)
class Dial:
    """A number of the config that a search may turn.

    Attributes:
        path: where it is: ``sage.temperature``, ``als.alpha``.
        low: the least factor that the starting value is multiplied by.
        high: the greatest one.
        whole: whether the value is rounded to a whole number, at least 1.
    """

    path: str
    low: float
    high: float
    whole: bool = False


LEARNING = (
    Dial("sage.temperature", 0.5, 2.0),
    Dial("sage.learning_rate", 0.25, 4.0),
    Dial("sage.epochs", 0.5, 2.0, whole=True),
    Dial("sage.batch_users", 0.5, 2.0, whole=True),
    Dial("sage.mean_weight", 0.25, 4.0),
    Dial("sage.noise", 0.25, 4.0),
)
"""What only the training steps depend on: trials share ALS, the folds and their features, and take seconds."""

EVERYTHING = (*LEARNING, Dial("als.regularization", 0.25, 4.0), Dial("als.alpha", 0.5, 2.0))
"""The factors as well: every trial begins anew."""

DIALS: Mapping[str, tuple[Dial, ...]] = {"learning": LEARNING, "everything": EVERYTHING}


@dataclass(frozen=True, slots=True)
class Budget:
    """When a search ends.

    Attributes:
        trials: how many are wanted in all; those kept from earlier runs count.
        minutes: after which no further trial begins.
    """

    trials: int
    minutes: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One config that was tried.

    Attributes:
        number: 0 is the config that the search started from.
        factors: what each dial's starting value was multiplied by, by path.
        value: what it reached.
    """

    number: int
    factors: Mapping[str, float]
    value: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a search knows at its end.

    Attributes:
        trials: all that were ever finished, in order.
        best: the one of the greatest value, the earliest of equals.
        config: how it was trained.
    """

    trials: tuple[Trial, ...]
    best: Trial
    config: FitConfig


class Trainer:
    """Trains one config after another on a split; what the next one can use again is kept."""

    def __init__(self, split: Split, progress: Progress | None = None) -> None:
        self._split = split
        self._progress = progress or NoProgress()
        self._known: tuple[FitConfig, Start, list[Lesson]] | None = None

    def measure(self, config: FitConfig) -> float:
        """What the config reaches on the split's held-out events.

        Raises:
            NotEnoughDataError: too little to train on.
        """
        start, lessons = self._prepared(config)
        model = training.learn(start, lessons, config.sage, self._progress)
        tower, inferred = finished(model, start, self._split.train, config)
        quality = metrics.evaluate(baselines.of_vectors(inferred.users, tower), self._split)
        return quality.summary()[GOAL]

    def _prepared(self, config: FitConfig) -> tuple[Start, list[Lesson]]:
        base = turned(config, LEARNING, dict.fromkeys((dial.path for dial in LEARNING), 0.0))
        if self._known is None or self._known[0] != base:
            data = self._split.train
            start = training.start(data, fit_als(data, config), config.sage)
            self._known = base, start, training.lessons(data, start, config.sage, self._progress)
        return self._known[1], self._known[2]


def turned(config: FitConfig, dials: tuple[Dial, ...], factors: Mapping[str, float]) -> FitConfig:
    """The config with each dial's value multiplied by its factor."""
    for dial in dials:
        part, name = dial.path.split(".")
        old = getattr(config, part)
        value = getattr(old, name) * factors[dial.path]
        changed = replace(old, **{name: max(1, round(value)) if dial.whole else value})
        config = replace(config, **{part: changed})
    return config


def search(
    measure: Callable[[FitConfig], float],
    config: FitConfig,
    dials: tuple[Dial, ...],
    budget: Budget,
    storage: Path,
    *,
    name: str,
    seed: int = 0,
    progress: Progress | None = None,
) -> Found:
    """Try configs until the budget is spent.

    Args:
        measure: what a config reaches; more is better.
        config: where the search starts.
        dials: what it turns.
        budget: when it ends.
        storage: the SQLite file of all trials; a search of the same name goes on where it stopped.
        name: of the search; another starting config needs another name.
        seed: of the proposals.
        progress: told of the trials.

    Raises:
        ModelError: Optuna is not installed.
        InvalidRequestError: no trial fits the budget, and none was kept.
    """
    progress = progress or NoProgress()
    study = _study(storage, name, seed)
    if not study.trials:
        study.enqueue_trial({dial.path: 1.0 for dial in dials})
    left = budget.trials - len(_finished(study))
    if left > 0:
        progress.stage("Trying configs", left)
        study.optimize(
            lambda trial: measure(turned(config, dials, {dial.path: _proposed(trial, dial) for dial in dials})),
            n_trials=left,
            timeout=budget.minutes * 60,
            callbacks=[lambda _study, _trial: progress.advance()],
        )
    trials = _finished(study)
    if not trials:
        raise InvalidRequestError(f"no trial in {budget.trials} trials and {budget.minutes:g} minutes: give it more")
    best = max(trials, key=lambda trial: trial.value)
    return Found(trials, best, turned(config, dials, best.factors))


def _study(storage: Path, name: str, seed: int) -> optuna.Study:
    """The kept search of that name, or a new one; proposals go on differently after each restart."""
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise ModelError("a search needs optuna: pip install 'phonograph[tune]'") from error
    storage.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{storage}", study_name=name, direction="maximize", load_if_exists=True
    )
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials))
    return study


def _proposed(trial: optuna.Trial, dial: Dial) -> float:
    return trial.suggest_float(dial.path, dial.low, dial.high, log=True)


def _finished(study: optuna.Study) -> tuple[Trial, ...]:
    """The trials that reached a value; one that was interrupted did not."""
    done: list[Any] = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    return tuple(Trial(trial.number, dict(trial.params), float(trial.value)) for trial in done)
