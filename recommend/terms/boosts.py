"""What a listener's boosts add to a score: the same for each boost that a track falls under, as a part of its own."""

from __future__ import annotations

import numpy as np

from graph.edits import EditKind, boosted_ids
from recommend.filters import Question
from recommend.sources.source import Floats, Rows
from recommend.taste import tracks_under
from recommend.terms.term import Adds

AMOUNT = 3.0
"""Units of one boost: enough to bring in what would have been passed over, less than what is loved most weighs."""


class BoostsTerm:
    """Says nothing of a listener without boosts."""

    name = "edit:boost"

    def of(self, question: Question) -> Adds | None:
        """What the boosts add; None for a listener without."""
        edits = question.profile.edits
        if not boosted_ids(edits):
            return None
        added = np.zeros(len(question.bundle.catalogue), np.float32)
        for edit in edits:
            if edit.kind is EditKind.BOOST:
                added[tracks_under(edit.ids, question.bundle)] += AMOUNT

        def adds(rows: Rows) -> Floats:
            return added[rows]

        return adds
