"""Whether what a request asks is possible: said before anything is worked out."""

from __future__ import annotations

from collections.abc import Iterator

from graph.errors import InvalidRequestError
from recommend.attributes import ATTRIBUTES
from recommend.sources import SOURCES
from recommend.surfaces import Surface, surface_named
from recommend.types import AttributeRange, RecommendRequest

MOST = 100
"""Tracks in one list."""
_SOURCES = tuple(source.name for source in SOURCES)


def checked(request: RecommendRequest) -> Surface:
    """The surface of a request that can be met.

    Raises:
        InvalidRequestError: an unknown surface, source or attribute, or an impossible number.
    """
    for problem in _problems(request):
        raise InvalidRequestError(problem)
    return surface_named(request.surface)


def _problems(request: RecommendRequest) -> Iterator[str]:
    if not 1 <= request.n <= MOST:
        yield f"{request.n} tracks asked: give a number from 1 to {MOST}"
    if request.mmr_lambda is not None and not 0 <= request.mmr_lambda <= 1:
        yield f"mmr lambda {request.mmr_lambda}: give a number from 0 to 1"
    if request.max_per_artist is not None and request.max_per_artist < 1:
        yield f"at most {request.max_per_artist} tracks per artist: give 1 or more"
    if request.exploration is not None and not 0 <= request.exploration <= 1:
        yield f"exploration {request.exploration}: give a share from 0 to 1"
    if request.rest_days is not None and request.rest_days < 0:
        yield f"{request.rest_days} days of rest: give 0 or more"
    if unknown := sorted(request.switched_off - set(_SOURCES)):
        yield f"unknown source {unknown[0]!r}: choose from {', '.join(_SOURCES)}"
    for one in request.attributes:
        yield from _of_attribute(one)


def _of_attribute(one: AttributeRange) -> Iterator[str]:
    if one.name not in ATTRIBUTES:
        yield f"unknown attribute {one.name!r}: choose from {', '.join(ATTRIBUTES)}"
    if one.low is not None and one.high is not None and one.low > one.high:
        yield f"{one.name} from {one.low} to {one.high}: give the lower bound first"
    if not 0 < one.weight < float("inf"):
        yield f"{one.name} has weight {one.weight}: give one above 0"
