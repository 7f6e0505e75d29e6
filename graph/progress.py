"""How long work tells that it goes on. Library code reports here; only the command line draws."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives the stages of a long piece of work."""

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin the named stage; ``total`` is its amount of work where that is known."""

    def advance(self, amount: float = 1) -> None:
        """Count ``amount`` of the current stage as done."""


class NoProgress:
    """The default: says nothing."""

    def stage(self, name: str, total: float | None = None) -> None:
        """Ignore the stage."""

    def advance(self, amount: float = 1) -> None:
        """Ignore the amount."""
