"""Tracks that fit the moment are raised: what is heard more than usual at such an hour, on such a device."""

from __future__ import annotations

import numpy as np

from recommend.filters import Question
from recommend.sources.source import Floats, Rows
from recommend.terms.term import Adds

WEIGHT = 2.0
"""Units for a fit of 1: a group that is heard e times as much as usual at such moments."""


class ContextTerm:
    """The fit of the moment; nothing where nothing of it is known, or was ever logged."""

    name = "context"

    def of(self, question: Question) -> Adds | None:
        """See ``Term``."""
        model, moment = question.bundle.context, question.request.context
        if model is None or moment is None or not model.knows(moment):
            return None

        def adds(rows: Rows) -> Floats:
            return np.asarray(np.float32(WEIGHT) * model.scores(moment, rows), np.float32)

        return adds
