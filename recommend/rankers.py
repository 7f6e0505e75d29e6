"""Which rankers there are, how a bundle keeps them, and which of them serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graph.errors import ExtraMissingError, ModelError
from recommend.ranker import LinearRanker, Ranker
from recommend.trees import TreeRanker
from recommend.types import Degradation

READERS: Mapping[str, Callable[[Mapping[str, Any]], Ranker]] = {
    "lambdarank": TreeRanker.from_json,
    "linear": LinearRanker.from_json,
    "fusion": LinearRanker.from_json,
}
"""Kind -> what reads it."""

FALLBACK = "linear"
"""Serves where the chosen one needs a library that is not installed."""


def stored(rankers: Sequence[Ranker], serve: str, why: str) -> dict[str, Any]:
    """What the bundle stores: every ranker, which of them serves, and why."""
    return {"serve": serve, "why": why, "rankers": {ranker.kind: ranker.to_json() for ranker in rankers}}


def serving(kept: Mapping[str, Any]) -> tuple[Ranker, tuple[Degradation, ...]]:
    """The ranker that serves, and what is to be said where it is not the chosen one.

    Args:
        kept: as ``stored`` gave it.

    Raises:
        ModelError: the bundle's rankers are unknown or made for other features.
    """
    try:
        return _read(kept, str(kept.get("serve"))), ()
    except ExtraMissingError as error:
        return _read(kept, FALLBACK), (Degradation("ranker", f"{error}; the linear ranker serves"),)


def _read(kept: Mapping[str, Any], kind: str) -> Ranker:
    one = kept.get("rankers", {}).get(kind)
    if one is None or kind not in READERS:
        raise ModelError(f"the model holds no ranker that this program knows as {kind!r}: run `phonograph train` again")
    return READERS[kind](one)
