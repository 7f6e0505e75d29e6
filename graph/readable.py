"""What code needs that only asks the graph; and a graph without anything, for a load before the first start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol


class Readable(Protocol):
    """Whatever answers reading statements: ``GraphStore`` does."""

    def read(self, name: str, /, *, timeout_s: float = 5.0, **params: Any) -> list[dict[str, Any]]:
        """See ``GraphStore.read``."""
        ...

    def stream(self, name: str, /, *, timeout_s: float = 600, **params: Any) -> Iterator[tuple[Any, ...]]:
        """See ``GraphStore.stream``."""
        ...


class EmptyGraph:
    """Answers every statement with no row."""

    def read(self, name: str, /, *, timeout_s: float = 5.0, **params: Any) -> list[dict[str, Any]]:
        """Nothing."""
        return []

    def stream(self, name: str, /, *, timeout_s: float = 600, **params: Any) -> Iterator[tuple[Any, ...]]:
        """Nothing."""
        return iter(())
