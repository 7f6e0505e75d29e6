"""Where models tell how well they learn while they do; nothing is kept unless somebody records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement: ``name`` had ``value`` after ``step``, an epoch or iteration."""

    name: str
    step: int
    value: float


_open: ContextVar[list[Point] | None] = ContextVar("curves", default=None)


def record(name: str, step: int, value: float) -> None:
    """Add a point to the recording that is running, if any."""
    points = _open.get()
    if points is not None:
        points.append(Point(name, step, value))


@contextmanager
def recording() -> Iterator[list[Point]]:
    """Keep the points that are recorded inside the block; a recording within another has its points for itself."""
    points: list[Point] = []
    token = _open.set(points)
    try:
        yield points
    finally:
        _open.reset(token)
