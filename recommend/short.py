"""How tracks are ranked for a listener of whom little is known: few plays, or the picks of a first visit.

Item neighbours lead, the tower, the artists and ALS follow, each counted in deviations of its own. Chosen on users of
LFM-1M that training never saw, known by three plays (docs/quality/cold.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from gnn.bundle import Bundle
from gnn.tower import History
from recommend.blend import Blend, Part
from recommend.features import NAMES
from recommend.ranker import LinearRanker, Ranker, popularity_ranker
from recommend.sources.source import Floats, Rows
from recommend.taste import SHORT_HISTORY, Taste

MIX = {"knn_90_days": 1.0, "gnn_cosine": 1.0, "artist_all": 1.0, "als_score": 0.5}
"""Feature -> weight in deviations over the catalogue."""
TIE = {"popular_all": 0.01}
"""What tells tracks apart of which the others say nothing."""
SAMPLED_HISTORIES, SAMPLED_TRACKS = 32, 4000


def ranker_for(blend: Blend, learned: Ranker, short: Ranker) -> Ranker:
    """Popularity where nothing is known, ``short`` for friends or few plays, else the learned ranker."""
    if blend.empty:
        return popularity_ranker()
    return short if len(blend.play_rows) < SHORT_HISTORY else learned


def short_ranker(bundle: Bundle) -> LinearRanker:
    """The weights of ``MIX`` for one bundle: each divided by the deviation of its feature.

    The deviations are those over tracks drawn at random, for made-up histories of three tracks.
    """
    spread = _spread(made_up_features(bundle))
    weights = {name: weight / spread[NAMES.index(name)] for name, weight in MIX.items()} | TIE
    return LinearRanker(np.array([weights.get(name, 0.0) for name in NAMES], np.float32))


def made_up_features(bundle: Bundle, seed: int = 0) -> list[Floats]:
    """The features of tracks drawn at random for made-up histories of three tracks: float32 [m, len(NAMES)] of each.

    Empty where nothing was ever played.
    """
    generator = np.random.default_rng(seed)
    heard = bundle.catalogue.by_popularity
    if not len(heard):
        return []
    tracks = np.sort(generator.permutation(len(bundle.catalogue))[:SAMPLED_TRACKS])
    return [_features(bundle, generator.choice(heard, 3), tracks) for _ in range(SAMPLED_HISTORIES)]


def _spread(features: Sequence[Floats]) -> Floats:
    """The deviation of each feature, float32 [len(NAMES)]; infinite where it is always the same."""
    if not features:
        return np.full(len(NAMES), np.inf, np.float32)
    mean = np.sqrt(reduce(np.add, [one.var(axis=0) for one in features]) / len(features))
    return np.where(mean > 0, mean, np.inf).astype(np.float32)


def _features(bundle: Bundle, played: Rows, rows: Rows) -> Floats:
    """The features of tracks for a history of these tracks, all played at once."""
    played = np.unique(played)
    history = History(played, np.ones(len(played), np.float32), np.zeros(len(played), np.int64))
    return Blend((Part(1.0, Taste(bundle, history, 0), True),), bundle).features(rows)
