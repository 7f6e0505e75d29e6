"""Estimates on the scale of a catalogue: mapped monotonically onto the quantiles of features that came with tracks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.audio.features import AudioFeatures

ESTIMATED: Final = (
    "energy",
    "danceability",
    "valence",
    "acousticness",
    "instrumentalness",
    "speechiness",
    "liveness",
)
"""The features that are estimates."""

LEAST: Final = 50
"""Tracks with a feature below which a catalogue has no quantiles worth mapping onto."""

_OWN_SCALE = 50  # the estimate's own value counts as much for its rank as this many other files


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Where a value comes to lie.

    Attributes:
        heard: estimates of the files at hand, ascending, float64 [n]: they give a value its rank.
        told: the catalogue's values, ascending, float64 [m]: the value at that rank is the answer.
    """

    heard: NDArray[np.float64]
    told: NDArray[np.float64]

    def __call__(self, value: float) -> float:
        """The value on the catalogue's scale; never falls as ``value`` rises.

        The rank is that among the files at hand, shrunk towards the value itself while they are few, so that one
        file alone does not become the median.
        """
        n = len(self.heard)
        below = np.searchsorted(self.heard, value, "left") + np.searchsorted(self.heard, value, "right")
        rank = (below / 2 + _OWN_SCALE * value) / (n + _OWN_SCALE)
        return float(np.quantile(self.told, min(max(rank, 0.0), 1.0)))


def scales(heard: Sequence[AudioFeatures], told: Mapping[str, Sequence[float]]) -> dict[str, Scale]:
    """The scale of each feature that a catalogue tells of at least ``LEAST`` tracks; the others stay as they are.

    Args:
        heard: the features of the files at hand.
        told: feature -> values of the catalogue's tracks.
    """
    return {
        name: Scale(
            np.sort([float(getattr(one, name)) for one in heard]),
            np.sort(np.array(told[name], np.float64)),
        )
        for name in ESTIMATED
        if len(told.get(name, ())) >= LEAST
    }


def calibrated(features: AudioFeatures, onto: Mapping[str, Scale]) -> AudioFeatures:
    """The features with their estimates mapped; what was measured stays."""
    mapped = {name: round(scale(getattr(features, name)), 4) for name, scale in onto.items()}
    return replace(features, **mapped)  # type: ignore[arg-type]
