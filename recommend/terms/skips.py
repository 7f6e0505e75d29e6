"""Tracks like those just skipped are lowered: a skip says what does not fit now, long before any training."""

from __future__ import annotations

import numpy as np

from recommend.filters import Question
from recommend.sources.source import Floats, Rows
from recommend.terms.term import Adds
from recommend.types import Profile

FRESH_S = 1800
"""How long before the newest thing that the listener did a skip is fresh."""
MOST = 5
"""Skips that count, the newest."""
WEIGHT = 6.0
"""Units that a track loses which is exactly like every fresh skip."""
ALIKE = 0.2
"""The cosine from which on a track is like another."""


class SkipsTerm:
    """By the cosine to the fresh skips; one skip lowers a little, several of one kind a lot."""

    name = "session"

    def of(self, question: Question) -> Adds | None:
        """See ``Term``."""
        bundle = question.bundle
        rows = bundle.catalogue.tracks.rows(fresh_skips(question.profile))
        rows = rows[rows >= 0]
        if not len(rows):
            return None
        skipped = np.asarray(bundle.track_vectors[rows], np.float32)

        def adds(tracks: Rows) -> Floats:
            cosines = np.vecdot(bundle.track_vectors[tracks][:, None, :], skipped[None])
            like = np.maximum(cosines - ALIKE, 0.0) / (1.0 - ALIKE)
            return np.asarray(-WEIGHT / MOST * like.sum(axis=1), np.float32)

        return adds


def fresh_skips(profile: Profile) -> list[str]:
    """The tracks that the listener skipped last, the newest first, and never heard out since; at most ``MOST``."""
    if not len(profile.last_at):
        return []
    is_fresh = (profile.skips > 0) & (profile.last_at >= profile.last_at.max() - FRESH_S)
    # Of a track that was also played it is not known which came last: only what was skipped more is a refusal.
    places = np.flatnonzero(is_fresh & (profile.skips > profile.counts))[::-1][:MOST]
    return [str(id) for id in profile.track_ids[places]]
