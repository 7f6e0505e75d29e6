"""What happened to a model version since it was published: a small file beside the version, which never changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, cast, get_args

State = Literal["candidate", "live", "retired", "rejected", "removed"]
"""``candidate`` was never live, ``retired`` was, ``removed`` is gone from the disk."""


@dataclass(frozen=True, slots=True)
class Cause:
    """When something was done to a version, by whom and why.

    Attributes:
        at: unix seconds.
    """

    at: int = 0
    by: str = ""
    why: str = ""


NOBODY = Cause()


@dataclass(frozen=True, slots=True)
class Pointer:
    """What is live, what was before, and how that came about."""

    version: str
    previous: str | None = None
    cause: Cause = NOBODY

    def to_text(self) -> str:
        """The content of its file."""
        return json.dumps({"version": self.version, "previous": self.previous, **asdict(self.cause)}) + "\n"


@dataclass(frozen=True, slots=True)
class Transition:
    """A state that a version came into, and the cause."""

    to: State
    cause: Cause


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a version besides its files.

    Attributes:
        history: its states, oldest first.
        pinned: whether it is kept however old it gets.
        gate: what the gate said of it, as ``gnn.gate.Verdict.to_json`` wrote it; empty where no gate was asked.
    """

    version: str
    history: tuple[Transition, ...] = ()
    pinned: bool = False
    gate: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """The last state of the history; which version is live, the pointer alone decides."""
        return self.history[-1].to if self.history else "candidate"

    def to(self, state: State, cause: Cause) -> Record:
        """The record with one more transition."""
        return replace(self, history=(*self.history, Transition(state, cause)))

    def to_json(self) -> dict[str, Any]:
        """The record as its file holds it."""
        history = [
            {"to": step.to, "at": step.cause.at, "by": step.cause.by, "why": step.cause.why} for step in self.history
        ]
        return {"version": self.version, "pinned": self.pinned, "history": history, "gate": dict(self.gate)}

    def to_text(self) -> str:
        """The content of its file."""
        return json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n"


def parse(text: str, version: str) -> Record:
    """Read what ``to_text`` wrote.

    Raises:
        ValueError: it is something else.
    """
    try:
        said = json.loads(text)
        history = tuple(
            Transition(_state(step["to"]), Cause(int(step["at"]), str(step["by"]), str(step["why"])))
            for step in said["history"]
        )
        return Record(version, history, bool(said["pinned"]), dict(said["gate"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no record of a model: {error}") from error


def _state(said: str) -> State:
    if said not in get_args(State):
        raise ValueError(f"no state of a model: {said!r}")
    return cast("State", said)


def parse_pointer(text: str) -> Pointer:
    """Read what ``Pointer.to_text`` wrote, also before it named a cause.

    Raises:
        ValueError: it is something else.
    """
    said = json.loads(text)
    if not isinstance(said, dict) or not isinstance(said.get("version"), str):
        raise ValueError("it names no version")
    cause = Cause(int(said.get("at", 0)), str(said.get("by", "")), str(said.get("why", "")))
    return Pointer(said["version"], said.get("previous"), cause)
