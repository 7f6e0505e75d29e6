"""The attributes of tracks that a request may bound or aim at: fourteen, as the old Spotify endpoint had them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gnn.catalogue import Catalogue
from graph.kinds import AUDIO

Values = NDArray[np.float32]


def _audio(name: str) -> Callable[[Catalogue], Values]:
    column = AUDIO.index(name)
    return lambda catalogue: catalogue.audio[:, column]


def _number(name: str) -> Callable[[Catalogue], Values]:
    return lambda catalogue: catalogue.numbers[name]


ATTRIBUTES: dict[str, Callable[[Catalogue], Values]] = {
    **{
        name: _audio(name)
        for name in (
            "acousticness",
            "danceability",
            "energy",
            "instrumentalness",
            "liveness",
            "loudness",
            "speechiness",
            "tempo",
            "valence",
        )
    },
    "duration_ms": _number("durationMs"),
    "key": _number("key"),
    "mode": _number("mode"),
    "popularity": lambda catalogue: popularity_of(catalogue),
    "time_signature": _number("timeSignature"),
}
"""Name -> float32 [n_tracks], NaN where unknown."""


def values_of(catalogue: Catalogue, name: str) -> Values:
    """One attribute of every track, float32 [n_tracks], NaN where unknown."""
    return ATTRIBUTES[name](catalogue)


def popularity_of(catalogue: Catalogue) -> Values:
    """0 to 100: what the source says, else the place by plays among all that are played; NaN without either."""
    said = catalogue.numbers["popularity"]
    return np.where(np.isnan(said), np.float32(100.0) * catalogue.popularity, said)
