"""Tracks that the listener loves already stand higher, on surfaces where they may come again."""

from __future__ import annotations

import numpy as np

from recommend.filters import Question
from recommend.sources.favourites import fondness
from recommend.sources.source import Floats, Rows
from recommend.surfaces import surface_named
from recommend.terms.term import Adds

WEIGHT = 4.0
"""Units for the track that is loved most."""


class FavouritesTerm:
    """By decayed plays, less for what is often skipped."""

    name = "favourites"

    def of(self, question: Question) -> Adds | None:
        """See ``Term``."""
        surface = surface_named(question.request.surface)
        if surface.rest_days is None or "favourites" not in surface.quotas or not len(question.profile.counts):
            return None
        fond = fondness(question.profile, question.bundle)
        if not fond.any():
            return None

        def adds(rows: Rows) -> Floats:
            return np.asarray(np.float32(WEIGHT) * fond[rows], np.float32)

        return adds
