"""What a request asks, from words of the command line: seeds, attributes, the moment."""

from __future__ import annotations

import re
from dataclasses import fields

from gnn.context import Moment
from graph.errors import InvalidRequestError
from recommend.types import AttributeRange, Seed

_RANGE = re.compile(r"(?P<low>[-\d.]*?)\.\.(?P<high>[-\d.]*)")


def seeds_of(said: list[str]) -> tuple[Seed, ...]:
    """Seeds as ``ID`` or ``ID=WEIGHT``; a weight below 0 asks for less of it.

    Raises:
        InvalidRequestError: a weight that is no number.
    """
    found = []
    for one in said:
        id, sign, weight = one.rpartition("=")
        try:
            found.append(Seed(id, float(weight)) if sign else Seed(one))
        except ValueError:
            raise InvalidRequestError(f"seed {one!r}: write ID or ID=WEIGHT, such as {id}=-1") from None
    return tuple(found)


def attributes_of(said: list[str]) -> tuple[AttributeRange, ...]:
    """Attributes as ``tempo=100..120`` (either end may be left out) or ``energy=~0.8``.

    Raises:
        InvalidRequestError: it is neither.
    """
    return tuple(_attribute(one) for one in said)


def _attribute(one: str) -> AttributeRange:
    name, _, wish = one.partition("=")
    try:
        if wish.startswith("~"):
            return AttributeRange(name, target=float(wish[1:]))
        if (found := _RANGE.fullmatch(wish)) and wish != "..":
            low, high = (float(end) if end else None for end in (found["low"], found["high"]))
            return AttributeRange(name, low, high)
    except ValueError:
        pass
    raise InvalidRequestError(f"attribute {one!r}: write tempo=100..120, tempo=100.. or energy=~0.8")


def moment_of(said: list[str]) -> Moment | None:
    """A moment as ``hour=8``, ``weekday=0`` (Monday), ``device=phone``, ``activity=commute``; None for no words.

    Raises:
        InvalidRequestError: another word, or an impossible number.
    """
    known: dict[str, int | str] = {}
    for one in said:
        name, _, value = one.partition("=")
        most = {"hour": 23, "weekday": 6}.get(name)
        if name not in {field.name for field in fields(Moment)} or not value:
            raise InvalidRequestError(f"moment {one!r}: write hour=8, weekday=0, device=phone or activity=commute")
        if most is not None and not (value.isdecimal() and int(value) <= most):
            raise InvalidRequestError(f"moment {one!r}: give a number from 0 to {most}")
        known[name] = value if most is None else int(value)
    return Moment(**known) if known else None  # type: ignore[arg-type]
