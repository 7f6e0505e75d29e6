"""What a source is that only brings tracks in: the ranker scores them as it does all others.

It has no column of the ranker's matrix, so a model that was trained without it stays as it is, and a request that asks
nothing of it pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.source import Feature, Floats, Rows
from recommend.taste import Taste

T = TypeVar("T")


class Nominator:
    """The half of ``Source`` that such a source does not need."""

    features: tuple[Feature, ...] = ()

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """No column: float32 [m, 0]."""
        return np.zeros((len(rows), 0), np.float32)

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """No column: float32 [h, m, 0]."""
        return np.zeros((len(taste), len(rows), 0), np.float32)


def per_bundle(compute: Callable[[Bundle], T]) -> Callable[[Bundle], T]:
    """What ``compute`` gives, computed once for each bundle and kept as long as that: what no listener changes."""
    known: WeakKeyDictionary[Bundle, T] = WeakKeyDictionary()

    @wraps(compute)
    def once(bundle: Bundle) -> T:
        found = known.get(bundle)
        if found is None:
            found = known[bundle] = compute(bundle)
        return found

    return once


@per_bundle
def popularity(bundle: Bundle) -> Floats:
    """The share of played tracks that are played less, float32 [n_tracks], 0 to 1; NaN for those without a play."""
    plays = bundle.catalogue.play_count
    found = np.full(len(plays), np.nan, np.float32)
    played = np.flatnonzero(plays > 0)
    if len(played):
        values = np.sort(plays[played])
        below = np.searchsorted(values, plays[played], "left")
        found[played] = below / len(played)
    return found
