"""How the tracks of one request are scored: the ranker over the features of the tastes, and what the terms add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np

from recommend.blend import Blend
from recommend.features import by_source
from recommend.ranker import Doubles, Ranker
from recommend.sources.source import Floats, Rows
from recommend.terms.term import Adds


@dataclass(frozen=True, eq=False)
class Scored:
    """Tracks with their scores.

    Attributes:
        rows: int64 [m].
        features: float32 [m, len(FEATURES)].
        scores: float32 [m].
        added: name of a term -> float32 [m], its part of the scores; those that speak alone.
    """

    rows: Rows
    features: Floats
    scores: Floats
    added: Mapping[str, Floats]

    def at(self, places: Rows) -> Scored:
        """Some of the tracks."""
        added = {name: values[places] for name, values in self.added.items()}
        return Scored(self.rows[places], self.features[places], self.scores[places], added)


@dataclass(frozen=True, eq=False)
class Scorer:
    """Scores any tracks for one request, each the same whichever others are scored.

    Attributes:
        blend: the tastes.
        ranker: makes scores of their features.
        terms: name -> what is added, in units.
        unit: what a term of 1 adds to a score.
    """

    blend: Blend
    ranker: Ranker
    terms: Mapping[str, Adds]
    unit: float = 1.0

    def score(self, rows: Rows) -> Scored:
        """The scores of tracks int64 [m]."""
        features = self.blend.features(rows)
        scores = self.ranker.score(features)
        added = {name: np.asarray(np.float32(self.unit) * adds(rows), np.float32) for name, adds in self.terms.items()}
        return Scored(rows, features, reduce(np.add, added.values(), scores), added)

    def contributions(self, found: Scored, places: Rows) -> tuple[Doubles, list[dict[str, float]]]:
        """What made the scores of the tracks in ``places`` [p].

        Returns:
            float64 [p, len(FEATURES)] of the features, and for each track source or term -> its part of the score;
            a term that adds nothing to a track is left out there.
        """
        of_features = self.ranker.contributions(found.features[places])
        parts = by_source(of_features)
        for name, values in found.added.items():
            for part, value in zip(parts, values[places].tolist(), strict=True):
                if value:
                    part[name] = value
        return of_features, parts
