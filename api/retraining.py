"""One retraining: snapshot, train, judge, publish, and live only where the gate says yes.

Killed at any moment, the same call goes on with what it began with: the arrays, the instant that names the version, the
fits that were finished.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api import budget as budgets
from api import judging, training
from api.budget import Budget, Estimate, LastRun
from api.run_folder import Begun, RunFolder
from api.validation import cut_in_time
from gnn import bundle as bundles
from gnn import checkpoints, manifest, provenance
from gnn.bundle import Bundle
from gnn.config import SERVED_TRACK_CONFIG, FitConfig
from gnn.gate import GateConfig, Verdict
from gnn.index import IndexKind
from gnn.memory import peak_gb
from gnn.records import Cause
from gnn.registry import KEPT, Registry
from graph.arrays import GraphArrays
from graph.errors import ModelError
from graph.progress import NoProgress, Progress
from graph.store import GraphStore
from recommend.learn import LearnConfig

BY = "retrain"


@dataclass(frozen=True, slots=True)
class RetrainConfig:
    """Everything that a run is told.

    Attributes:
        keep: newest versions that stay on the disk afterwards.
        promote: whether a model that passes goes live.
    """

    fit: FitConfig = SERVED_TRACK_CONFIG
    learning: LearnConfig = field(default_factory=LearnConfig)
    index: IndexKind = "auto"
    quantise: bool = False
    gate: GateConfig = field(default_factory=GateConfig)
    budget: Budget = field(default_factory=Budget)
    keep: int = KEPT
    promote: bool = True

    def digest(self) -> str:
        """What the result depends on besides the graph."""
        return checkpoints.key(self.fit, self.learning, self.index, self.quantise, self.gate, provenance.code_version())


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        version: what was published.
        live: whether it is live now.
        verdict: of the gate; None where too few listeners could judge, which keeps a model back unless it is the first.
        seconds: step -> wall time of this call.
        memory: most bytes held at once.
        resumed: whether an earlier call had begun it.
    """

    version: str
    live: bool
    reason: str
    verdict: Verdict | None
    metrics: Mapping[str, Mapping[str, float]]
    sizes: Mapping[str, int]
    seconds: Mapping[str, float]
    memory: int
    resumed: bool

    def to_json(self) -> dict[str, Any]:
        """The outcome for programs and webhooks."""
        return {
            "version": self.version,
            "live": self.live,
            "reason": self.reason,
            "gate": self.verdict.to_json() if self.verdict else None,
            "metrics": {name: dict(values) for name, values in self.metrics.items()},
            "sizes": dict(self.sizes),
            "seconds": dict(self.seconds),
            "memoryMb": self.memory // 1_000_000,
            "resumed": self.resumed,
        }


def plan(store: GraphStore, runs: RunFolder, config: RetrainConfig, progress: Progress) -> Estimate:
    """What a run would need now; nothing is written.

    Raises:
        NotEnoughDataError: the graph holds too few plays.
    """
    arrays = training.snapshot(store, progress)
    return budgets.estimate(arrays, config.fit, _existing(runs), budgets.last_run(runs.last))


def retrain(
    store: GraphStore,
    registry: Registry,
    runs: RunFolder,
    *,
    now: int,
    moments: training.Moments = training.no_moments,
    config: RetrainConfig | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Train, judge and publish; promote what passes.

    Args:
        store: the graph.
        registry: where the version goes.
        runs: where a killed run left what it had; hold its lock.
        now: unix seconds; a resumed run keeps the moment of its beginning.
        moments: what is known of single plays.
        config: how.
        progress: told of every step.

    Raises:
        NotEnoughDataError: the graph holds too few plays.
        OverBudgetError: it would take more time, memory or disk than there is.
        ModelError: the version cannot be written.
    """
    config, progress, clock = config or RetrainConfig(), progress or NoProgress(), training.Clock()
    found = runs.resume(config.digest(), now)
    arrays = found[1] if found else training.snapshot(store, progress, moments)
    needs = budgets.estimate(arrays, config.fit, _existing(runs), budgets.last_run(runs.last))
    budgets.check(needs, config.budget)
    progress.stage(f"about {needs.seconds / 60:.0f} minutes, by {needs.source}", 1)
    begun = found[0] if found else Begun(now, config.digest(), registry.current())
    if not found:
        runs.begin(begun, arrays)
    clock.lap("export")
    with checkpoints.kept_in(runs.kept):
        bundle, verdict = _judged(arrays, registry, begun, config, clock, progress)
    live, reason = _decide(verdict, begun.parent, config)
    cause = Cause(begun.at, BY, reason)
    _publish(registry, bundle, config.index, verdict, cause)
    clock.lap("publish")
    if live:
        training.go_live(store, registry, bundle, cause, progress)
        clock.lap("promote")
    registry.collect(config.keep, cause)
    memory = int(peak_gb() * 2**30)
    if not found:  # a resumed run says nothing of how long a whole one takes
        LastRun(len(arrays.played), sum(clock.seconds.values()), memory).keep(runs.last)
    runs.clear()
    metrics, sizes = bundle.manifest["metrics"], bundle.manifest["sizes"]
    return Outcome(bundle.version, live, reason, verdict, metrics, sizes, clock.seconds, memory, bool(found))


def _judged(
    arrays: GraphArrays,
    registry: Registry,
    begun: Begun,
    config: RetrainConfig,
    clock: training.Clock,
    progress: Progress,
) -> tuple[Bundle, Verdict | None]:
    """The model, in the space of the live one, and what the gate says of it."""
    before = _readable(registry, begun.parent)
    how = training.TrainConfig(config.fit, config.learning, config.index, config.quantise)
    bundle = training.make(arrays, begun.parent, how, begun.at, clock, progress, before).bundle
    known = before.manifest.get("metrics", {}).get("served") if before else None
    earlier, later, cut = cut_in_time(arrays)
    found = judging.judged(earlier, later, cut, bundle, config.fit, config.gate, known, config.index, progress)
    clock.lap("gate")
    return (bundle, None) if found is None else (judging.told(bundle, found), found.verdict)


def _readable(registry: Registry, version: str | None) -> Bundle | None:
    """The model that is replaced, where it can be read: a damaged one is no reason not to make a better one."""
    if version is None:
        return None
    try:
        return bundles.load(registry, version, index="exact")
    except ModelError:
        return None


def _decide(verdict: Verdict | None, parent: str | None, config: RetrainConfig) -> tuple[bool, str]:
    """Whether the model goes live, and why."""
    if verdict is None:
        first = parent is None
        reason = f"too few listeners could judge{': live as there was no model' if first else ', kept as a candidate'}"
        return first and config.promote, reason
    return verdict.passed and config.promote, verdict.reason


def _publish(registry: Registry, bundle: Bundle, index: IndexKind, verdict: Verdict | None, cause: Cause) -> None:
    """Write the version; one that a killed call had published already stays."""
    if bundle.version in registry.versions():
        manifest.verify(registry.path(bundle.version))
        return
    gate = verdict.to_json() if verdict else {}
    registry.publish(bundle.version, lambda folder: bundles.write(bundle, folder, index=index), cause, gate=gate)


def _existing(runs: RunFolder) -> Any:
    """The nearest folder that exists, to ask how much room there is."""
    return next(path for path in (runs.folder, *runs.folder.parents) if path.exists())
