"""The version on trial in one process: whom it answers, what it would have answered, and when it is withdrawn."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock

from api.guardrail import Answered, Guardrail, GuardrailConfig, Side
from api.live_model import Loaded, Online, load
from gnn import trials
from gnn.records import Cause
from gnn.registry import Registry
from gnn.trials import Trial
from graph.errors import InvalidRequestError, ModelError, NotFoundError
from graph.reads import Profile
from recommend.engine import Reads
from recommend.types import RecommendationSet, RecommendRequest

_log = logging.getLogger(__name__)
BY = "guardrail"
ASKED = (InvalidRequestError, NotFoundError)
"""Errors that are the request's and not the model's."""


@dataclass(frozen=True, slots=True, eq=False)
class _Running:
    trial: Trial
    loaded: Loaded
    guardrail: Guardrail


class OnTrial:
    """Follows the registry's trial; safe to share between threads.

    Args:
        registry: where the trial is named.
        reads: what the engine asks of the graph.
        now: the wall clock in unix seconds, for the record of a retreat.
        config: what is borne of a version on trial.
        online: what is known beside the model.
    """

    def __init__(
        self,
        registry: Registry,
        reads: Reads,
        *,
        now: Callable[[], int],
        config: GuardrailConfig | None = None,
        online: Online | None = None,
    ) -> None:
        self._registry, self._reads, self._now, self._online = registry, reads, now, online
        self._config = config or GuardrailConfig()
        self._running: _Running | None = None
        self._withdrawn: Trial | None = None  # where the registry cannot be written, this process at least obeys
        self._looking = Lock()
        self._shadow = ThreadPoolExecutor(1, thread_name_prefix="shadow")
        self._asked: Future[None] | None = None

    def close(self) -> None:
        """End the thread of the shadow."""
        self._shadow.shutdown(cancel_futures=True)

    @property
    def told(self) -> str | None:
        """How the trial stands, or None where there is none."""
        running = self._running
        if running is None:
            return None
        trial = running.trial
        return f"{trial.kind} {trial.version} for {trial.share:.0%} of the listeners: {running.guardrail.told()}"

    def look(self) -> None:
        """Follow the registry: load what is on trial now, let go what is not."""
        with self._looking:
            trial, running = trials.running(self._registry), self._running
            if trial is not None and trial.version == self._registry.current():
                trial = None  # it has been promoted
            if trial == (running.trial if running else None) or (trial is not None and trial == self._withdrawn):
                return
            self._running = None
            if trial is None:
                return
            try:
                loaded = load(self._registry, trial.version, self._reads, online=self._online)
            except ModelError as error:
                self._withdraw(trial, str(error))
            else:
                self._running = _Running(trial, loaded, Guardrail(self._config))

    def answers(self, user_id: str) -> Loaded | None:
        """The version that answers this listener instead of the live one, or None."""
        running = self._running
        if running and running.trial.kind == "canary" and running.trial.takes(user_id):
            return running.loaded
        return None

    def recommend(self, chosen: Loaded, live: Loaded, request: RecommendRequest, profile: Profile) -> RecommendationSet:
        """Answer from the chosen model and keep count; from the live one where a model on trial fails."""
        running = self._running
        if running is None and chosen is live:
            return live.engine.recommend(request, profile)
        if chosen is live:
            answer = self._counted("live", running, live, request, profile)
            self._compare(running, request, profile, answer)
            return answer
        try:
            return self._counted("trial", running, chosen, request, profile)
        except ASKED:
            raise
        except Exception:
            _log.exception("model %s on trial failed; the live one answers", chosen.bundle.version)
            return live.engine.recommend(request, profile)

    def _counted(
        self, side: Side, running: _Running | None, loaded: Loaded, request: RecommendRequest, profile: Profile
    ) -> RecommendationSet:
        began = time.perf_counter()
        answered = Answered(0.0, failed=True)
        try:
            answer = loaded.engine.recommend(request, profile)
            answered = Answered(0.0, empty=not answer.items)
            return answer
        except ASKED:
            answered = Answered(0.0)
            raise
        finally:
            self._tell(running, side, replace(answered, ms=(time.perf_counter() - began) * 1e3))

    def _tell(self, running: _Running | None, side: Side, answered: Answered) -> None:
        if running is None or running is not self._running:
            return
        running.guardrail.tell(side, answered)
        if (reason := running.guardrail.breach()) is not None:
            self._withdraw(running.trial, reason)

    def _withdraw(self, trial: Trial, reason: str) -> None:
        """Retreat at once here, and by the registry everywhere."""
        self._running, self._withdrawn = None, trial
        _log.warning("model %s is withdrawn: %s", trial.version, reason)
        with suppress(ModelError):
            if trials.running(self._registry) == trial:
                trials.end(self._registry, Cause(self._now(), BY, reason), retreat=True)

    def _compare(
        self, running: _Running | None, request: RecommendRequest, profile: Profile, answer: RecommendationSet
    ) -> None:
        """Ask the shadow in its own time; while it is busy the next requests go without."""
        if running is None or running.trial.kind != "shadow" or not running.trial.takes(request.user_id):
            return
        if self._asked is None or self._asked.done():
            self._asked = self._shadow.submit(self._ask_shadow, running, request, profile, answer)

    def _ask_shadow(
        self, running: _Running, request: RecommendRequest, profile: Profile, live: RecommendationSet
    ) -> None:
        began = time.perf_counter()
        try:
            answer = running.loaded.engine.recommend(replace(request, explain=False), profile)
        except ASKED:
            return
        except Exception:
            _log.exception("model %s failed in the shadow", running.trial.version)
            answered = Answered(0.0, failed=True)
        else:
            ours, theirs = ({item.track.id for item in one.items} for one in (answer, live))
            overlap = len(ours & theirs) / max(len(theirs), 1)
            answered = Answered(0.0, empty=not ours, overlap=overlap)
        self._tell(running, "trial", replace(answered, ms=(time.perf_counter() - began) * 1e3))
