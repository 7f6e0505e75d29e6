"""Which model answers now: one reference, swapped when the pointer moves, kept when the new one is damaged."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from api.try_out import try_out
from gnn import bundle as bundles
from gnn.bundle import Bundle
from gnn.index import IndexKind
from gnn.registry import Registry
from graph.errors import ModelError, NoModelError
from recommend.engine import Engine, Reads
from recommend.exploration.bandit import Bandit
from recommend.rules import RuleBook

LOOK_S = 1.0
"""The pointer is looked at no more often than this."""


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A model version in memory with the engine that answers from it."""

    bundle: Bundle
    engine: Engine


@dataclass(frozen=True, slots=True)
class Online:
    """What an engine knows beside its model, and changes while it answers.

    Attributes:
        bandit: what trials have taught; without one nothing is tried out.
        rules: the curators' rules.
        hurries: whether somebody waits for every answer.
    """

    bandit: Bandit | None = None
    rules: RuleBook | None = None
    hurries: bool = False


def engine_of(bundle: Bundle, reads: Reads, online: Online | None) -> Engine:
    """An engine that answers from a bundle."""
    known = online or Online()
    return Engine(bundle, reads, known.bandit, known.rules, hurries=known.hurries)


def load(
    registry: Registry, version: str, reads: Reads, index: IndexKind = "auto", online: Online | None = None
) -> Loaded:
    """Verify and map a version and ask it a few questions, beside whatever answers meanwhile.

    Raises:
        ModelError: it is not there, damaged, or gives a wrong answer.
    """
    bundle = bundles.load(registry, version, index=index)
    loaded = Loaded(bundle, engine_of(bundle, reads, online))
    try_out(bundle, loaded.engine)
    return loaded


class LiveModel:
    """The model that the registry calls live; safe to share between threads.

    One thread loads a new version while the others go on answering from the old one.

    Args:
        registry: where the models are.
        reads: what the engine asks of the graph.
        clock: seconds that never go back.
        index: which kind of index answers.
        online: what is known beside the model.
    """

    def __init__(
        self,
        registry: Registry,
        reads: Reads,
        *,
        clock: Callable[[], float] = time.monotonic,
        index: IndexKind = "auto",
        online: Online | None = None,
    ) -> None:
        self._online = online
        self._registry = registry
        self._reads = reads
        self._clock = clock
        self._index = index
        self._loaded: Loaded | None = None
        self._refused: str | None = None  # the version that could not be loaded
        self._problem: ModelError | None = None
        self._looked_at = -LOOK_S
        self._loading = Lock()

    @property
    def problem(self) -> ModelError | None:
        """Why the registry's live model is not the one that answers, or None."""
        return self._problem

    @property
    def held(self) -> Loaded | None:
        """What answers now, without looking whether the registry has another."""
        return self._loaded

    def get(self) -> Loaded:
        """The live model.

        Raises:
            NoModelError: none was published yet.
            BundleDamagedError: the only one there is cannot be loaded.
        """
        if self._clock() - self._looked_at >= LOOK_S:
            self._look()
        loaded = self._loaded
        if loaded is None:
            raise self._problem or NoModelError("no model has been published: run `phonograph train`")
        return loaded

    def renew(self, held: Bundle, larger: Bundle) -> bool:
        """Answer from ``larger``, where ``held`` is still what answers; whether it was."""
        with self._loading:
            if self._loaded is None or self._loaded.bundle is not held:
                return False
            self._loaded = Loaded(larger, engine_of(larger, self._reads, self._online))
            return True

    def look(self) -> None:
        """Follow the pointer, where nobody does so at the moment; for a thread of its own."""
        if self._clock() - self._looked_at >= LOOK_S / 2:
            self._look()

    def _look(self) -> None:
        """Load what the pointer names, where that is news; only the first load is waited for by everybody."""
        if not self._loading.acquire(blocking=self._loaded is None):
            return
        try:
            if self._clock() - self._looked_at < LOOK_S / 2:
                return  # another thread has just looked while this one waited
            self._swap()
            self._looked_at = self._clock()
        finally:
            self._loading.release()

    def _swap(self) -> None:
        try:
            version = self._registry.current()
            held = self._loaded.bundle.version if self._loaded else None
            if version == held:
                self._problem = None
                return
            if version is None or version == self._refused:
                return
            self._refused = version
            self._loaded = load(self._registry, version, self._reads, self._index, self._online)
            self._problem = self._refused = None
        except ModelError as error:
            self._problem = error
