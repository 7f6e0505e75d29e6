"""One training run: export, learn the rankers behind a cut in time, fit on everything, publish, derive edges."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from api.validation import LEAST_PLAYS, Metrics, Validated, listened, validate
from gnn import bundle as bundles
from gnn import provenance
from gnn.alignment import aligned
from gnn.build import build, derived_edges
from gnn.bundle import Bundle
from gnn.config import SERVED_TRACK_CONFIG, FitConfig
from gnn.data import of_tracks
from gnn.fit import fit
from gnn.index import IndexKind
from gnn.memory import peak_gb
from gnn.optional import fit_optional
from gnn.parallel import leads
from gnn.quantise import in_int8
from gnn.records import Cause
from gnn.registry import Registry
from gnn.stand_in import with_stand_ins
from graph import derived
from graph.arrays import GraphArrays, Links
from graph.errors import NotEnoughDataError
from graph.export import export
from graph.progress import NoProgress, Progress
from graph.store import GraphStore
from recommend.learn import LearnConfig
from recommend.rankers import stored
from recommend.wire import iso

Moments = Callable[[GraphArrays], Links]
"""What is known of the moments of single plays, as ``GraphArrays.heard``; the graph does not say."""


def no_moments(arrays: GraphArrays) -> Links:
    """Nothing."""
    return Links.none()


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What a run made.

    Attributes:
        version: the model that is live now.
        seconds: step -> wall time.
        metrics: model -> metric -> value on the plays after the validation cut; the models were fitted before it.
            ``lambdarank``, ``linear`` and ``fusion`` are measured within the candidates, on listeners that none of them
            learned from.
        ranker: the kind that serves, and why.
        sizes: kind -> how many.
        peak_gb: most memory that the process has held.
    """

    version: str
    seconds: Mapping[str, float]
    metrics: Mapping[str, Mapping[str, float]]
    ranker: str
    sizes: Mapping[str, int]
    peak_gb: float


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How a model is made.

    Attributes:
        fit: the models.
        learning: the rankers.
        index: the kind of index that is built.
        quantise: whether vectors get one byte per number.
    """

    fit: FitConfig = SERVED_TRACK_CONFIG
    learning: LearnConfig = field(default_factory=LearnConfig)
    index: IndexKind = "auto"
    quantise: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A model that is not published yet, what validation measured, and which ranker serves and why."""

    bundle: Bundle
    metrics: Metrics
    ranker: str


class Clock:
    """Seconds per step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, step: str) -> None:
        """Book the time since the last lap on ``step``."""
        now = time.perf_counter()
        self.seconds[step] = round(now - self._last, 2)
        self._last = now


def new_version(now: int, digest: str) -> str:
    """A version's name: the instant, so that names sort by age, and what the data were."""
    stamp = iso(now).replace("-", "").replace(":", "")
    return f"{stamp}-{digest[:6]}"


def train(
    store: GraphStore,
    registry: Registry,
    *,
    now: int,
    moments: Moments = no_moments,
    config: FitConfig | None = None,
    learning: LearnConfig | None = None,
    progress: Progress | None = None,
    index: IndexKind = "auto",
    quantise: bool = False,
) -> TrainReport:
    """Train on everything in the graph, publish the bundle and make it live.

    Args:
        store: the graph.
        registry: where the bundle goes.
        now: unix seconds, for the version's name.
        moments: what is known of single plays.
        config: of the models.
        learning: of the ranker.
        progress: told of every step.
        index: the kind of index that is built.
        quantise: whether vectors get one byte per number.

    Raises:
        NotEnoughDataError: the graph holds too few plays.
        ModelError: the bundle cannot be written, or its vectors lose too much when quantised.
    """
    config, learning, progress = config or SERVED_TRACK_CONFIG, learning or LearnConfig(), progress or NoProgress()
    clock = Clock()
    arrays = snapshot(store, progress, moments)
    clock.lap("export")
    chosen = TrainConfig(config, learning, index, quantise)
    made = make(arrays, registry.current(), chosen, now, clock, progress)
    if leads():  # of the processes that torchrun started, one publishes
        _publish(store, registry, made.bundle, index, Cause(now, "train"), progress)
    clock.lap("publish")
    sizes = made.bundle.manifest["sizes"]
    return TrainReport(made.bundle.version, clock.seconds, made.metrics, made.ranker, sizes, peak_gb())


def snapshot(store: GraphStore, progress: Progress, moments: Moments = no_moments) -> GraphArrays:
    """What was really played, with everything around it, as it is now.

    Raises:
        NotEnoughDataError: the graph holds too few plays.
    """
    arrays = listened(export(store, progress=progress))
    if len(arrays.played) < LEAST_PLAYS:
        raise NotEnoughDataError(
            f"the graph holds {len(arrays.played)} played tracks, training needs {LEAST_PLAYS}: import plays first, "
            "for example `phonograph import demo`"
        )
    return replace(arrays, heard=moments(arrays))


def make(
    arrays: GraphArrays,
    parent: str | None,
    config: TrainConfig,
    now: int,
    clock: Clock,
    progress: Progress,
    before: Bundle | None = None,
) -> Made:
    """Learn the rankers behind the cut and fit on everything; nothing is published.

    Args:
        arrays: what is known.
        parent: the version that is live.
        config: how.
        now: unix seconds, for the version's name.
        clock: told of each step.
        progress: told of each stage.
        before: the model into whose space the new one is turned.

    Raises:
        ModelError: the vectors lose too much when quantised.
    """
    found = validate(arrays, config.fit, config.learning, progress)
    learned = found.learned
    clock.lap("validation")
    known = with_stand_ins(arrays)
    data = of_tracks(known)
    fitted = fit(data, config.fit, progress=progress)
    kept = [name for name, verdict in found.verdicts.items() if verdict.kept]
    optional = fit_optional(known, data, fitted.als, names=kept, progress=progress)
    clock.lap("models")
    manifest = _manifest(arrays, found, config, parent, now)
    version = new_version(now, manifest["digests"]["tracks"])
    rankers = stored(learned.rankers, learned.serve, learned.why)
    bundle = build(known, fitted, version=version, manifest=manifest, ranker=rankers, optional=optional)
    if before is not None:
        bundle = aligned(bundle, before)
    if config.quantise:  # turned bytes would have to be rounded once more: so the turn comes first
        bundle = in_int8(bundle, data)
    clock.lap("bundle")
    return Made(bundle, found.metrics, f"{learned.serve}: {learned.why}")


def _manifest(
    arrays: GraphArrays, found: Validated, config: TrainConfig, parent: str | None, now: int
) -> dict[str, Any]:
    """What a bundle says of itself."""
    return {
        "createdAt": iso(now),
        "watermark": arrays.watermark,
        "parent": parent,
        "code": provenance.code_version(),
        "config": asdict(config.fit),  # with the seeds of ALS, folds, weights and batches
        "learning": asdict(config.learning),  # and that of the rankers
        "index": config.index,
        "quantise": config.quantise,
        "metrics": found.metrics,
        "verdicts": {name: verdict.to_json() for name, verdict in found.verdicts.items()},
        "ranker": {
            "serve": found.learned.serve,
            "why": found.learned.why,
            "candidates": dict(found.learned.candidates),
        },
        "digests": {"users": arrays.users.digest(), "tracks": arrays.tracks.digest()},
        "sizes": {
            "users": len(arrays.users),
            "tracks": len(arrays.tracks),
            "artists": len(arrays.artists),
            "genres": len(arrays.genres),
            "playlists": len(arrays.playlists),
            "played": len(arrays.played),
        },
        "libraries": provenance.libraries(),
    }


def _publish(
    store: GraphStore, registry: Registry, bundle: Bundle, index: IndexKind, cause: Cause, progress: Progress
) -> None:
    progress.stage("publishing", 1)
    registry.publish(bundle.version, lambda folder: bundles.write(bundle, folder, index=index), cause)
    progress.advance()
    go_live(store, registry, bundle, cause, progress)


def go_live(store: GraphStore, registry: Registry, bundle: Bundle, cause: Cause, progress: Progress) -> None:
    """The edges that the reasons claim first, then the pointer; last what only older models claimed."""
    for edges in derived_edges(bundle):
        derived.write_derived(store, edges, bundle.version, progress=progress)
    registry.promote(bundle.version, cause)
    progress.stage("removing stale edges", len(derived.KINDS))
    for kind in derived.KINDS:
        derived.remove_stale(store, kind, bundle.version)
        progress.advance()
