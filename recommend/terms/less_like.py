"""Seeds with a negative weight: what is like them is lowered, as a listener asks for less of it."""

from __future__ import annotations

import numpy as np

from recommend.filters import Question
from recommend.seeds import seed_rows
from recommend.sources.source import Floats, Rows
from recommend.terms.term import Adds

WEIGHT = 3.0
"""Units that a track loses which is exactly like a seed of weight -1."""


class LessLikeTerm:
    """By the cosine to the middle of each such seed's tracks; what is unlike it loses nothing."""

    name = "less_like"

    def of(self, question: Question) -> Adds | None:
        """See ``Term``."""
        seeds = [seed for seed in question.request.seeds if seed.weight < 0]
        if not seeds:
            return None
        bundle = question.bundle
        middles = np.stack([bundle.track_vectors[seed_rows(bundle, seed.id)].mean(axis=0) for seed in seeds])
        lengths = np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-12)
        directions = np.asarray(middles / lengths, np.float32)
        weights = np.array([seed.weight for seed in seeds], np.float32)

        def adds(rows: Rows) -> Floats:
            cosines = np.vecdot(bundle.track_vectors[rows][:, None, :], directions[None])
            return np.asarray(WEIGHT * (np.maximum(cosines, 0.0) * weights).sum(axis=1), np.float32)

        return adds
