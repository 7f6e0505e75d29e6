"""How old what answers are made of is: the events in the graph, those that still wait, and the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from api.service import Service
from graph.errors import PhonographError


@dataclass(frozen=True, slots=True)
class Freshness:
    """Ages in seconds at the moment that answers are made for; None where a part cannot be asked.

    Attributes:
        as_of: that moment, unix seconds.
        profile_age_s: since the newest event that was applied to the graph: what a profile read now can know last,
            but for the events that wait.
        events_waiting: recorded and not applied; a profile shows them all the same.
        model_age_s: since the model's watermark: what catalogue and models know last.
        problem: why a part cannot be asked, "" where every one answered.
    """

    as_of: int
    profile_age_s: int | None
    events_waiting: int | None
    model_age_s: int | None
    problem: str = ""

    def metrics(self) -> dict[str, int]:
        """Name of a gauge -> value, for a collector; what is unknown is left out."""
        found = {
            "phonograph_profile_age_seconds": self.profile_age_s,
            "phonograph_events_waiting": self.events_waiting,
            "phonograph_model_age_seconds": self.model_age_s,
        }
        return {name: value for name, value in found.items() if value is not None}


def freshness(service: Service) -> Freshness:
    """Ask every part; one that does not answer leaves the others their say."""
    as_of, problems = service.as_of(), list[str]()

    def asked(ask: Callable[[], int]) -> int | None:
        try:
            return ask()
        except PhonographError as error:
            problems.append(str(error))
            return None

    newest = asked(service.reads.newest_event)
    waiting = asked(service.lag)
    watermark = asked(lambda: int(service.model.get().bundle.manifest.get("watermark", 0)))
    return Freshness(as_of, _age(newest, as_of), waiting, _age(watermark, as_of), "; ".join(dict.fromkeys(problems)))


def _age(newest: int | None, as_of: int) -> int | None:
    """Seconds since ``newest``; None where nothing has happened yet."""
    return max(as_of - newest, 0) if newest else None
