"""Attributes that a request aims at: the nearer a track's tempo, energy or loudness, the higher it stands."""

from __future__ import annotations

import numpy as np

from recommend.attributes import values_of
from recommend.filters import Question
from recommend.sources.source import Floats, Rows
from recommend.terms.term import Adds

WEIGHT = 3.0
"""Units that a track loses for being one deviation of the catalogue away from every target."""


class AttributesTerm:
    """By the distance from the targets, in deviations of the catalogue; an unknown value counts as one away."""

    name = "attributes"

    def of(self, question: Question) -> Adds | None:
        """See ``Term``."""
        aims = [(one, one.target) for one in question.request.attributes if one.target is not None]
        if not aims:
            return None
        catalogue = question.bundle.catalogue
        columns = []
        for one, target in aims:
            values = values_of(catalogue, one.name)
            known = ~np.isnan(values)
            spread = max(float(values[known].std()), 1e-9) if known.any() else 1.0
            away = np.where(known, np.abs(values - target) / spread, 1.0)
            columns.append(away * one.weight)
        distance = np.asarray(np.mean(columns, axis=0), np.float32)

        def adds(rows: Rows) -> Floats:
            return np.asarray(-WEIGHT * np.minimum(distance[rows], 3.0), np.float32)

        return adds
