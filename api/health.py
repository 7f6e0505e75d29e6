"""Whether the parts of a service work, and what there is to say of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.errors import EventLogError, GraphError, ModelError

if TYPE_CHECKING:
    from api.service import Service


@dataclass(frozen=True, slots=True)
class Component:
    """One part of the system: whether it works, and what there is to say of it."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Health:
    """Whether requests can be answered, and by what.

    Attributes:
        ready: something can be answered, if only by what is popular.
        as_of: unix seconds: the moment that answers are made for.
    """

    ready: bool
    model_version: str | None
    as_of: int
    components: tuple[Component, ...]


def health_of(service: Service) -> Health:
    """Ask every part."""
    model_version, model = _model_health(service)
    parts = (_graph_health(service), model, _index_health(service), _log_health(service))
    return Health(model_version is not None, model_version, service.as_of(), parts)


def _graph_health(service: Service) -> Component:
    began = service.monotonic()
    try:
        service.reads.breaker.call(service.store.ping)
    except GraphError as error:
        return Component("graph", False, str(error))
    return Component("graph", True, f"Neo4j answers in {(service.monotonic() - began) * 1e3:.1f} ms")


def _log_health(service: Service) -> Component:
    try:
        waiting, dead = service.lag(), service.letters.count()
    except (GraphError, EventLogError) as error:
        return Component("events", False, str(error))
    return Component("events", True, f"{waiting} wait to be applied, {dead} dead letters")


def _index_health(service: Service) -> Component:
    recall = service.upkeep.recall
    if recall is None:
        return Component("index", True, "not probed yet")
    shares = f"{recall.tracks:.3f} for tracks, {recall.listeners:.3f} for listeners, {recall.als:.3f} for ALS"
    detail = f"finds of the true {recall.count}: {shares}; {service.upkeep.later} tracks came after the training"
    return Component("index", recall.is_enough, detail)


def _model_health(service: Service) -> tuple[str | None, Component]:
    try:
        bundle = service.model.get().bundle
    except ModelError as error:
        return None, Component("model", False, str(error))
    problem = service.model.problem
    detail = f"{bundle.version}: {len(bundle.catalogue)} tracks"
    detail += f"; on trial: {service.trial.told}" if service.trial.told else ""
    return bundle.version, Component("model", problem is None, detail if problem is None else str(problem))
