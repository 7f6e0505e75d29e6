"""What GraphSAGE and the ranker must beat: one file per family of models, one line per model.

Each has its hyper-parameters from the validation part of the protocol (``tuned``), found again by ``tuning``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gnn.baselines import bpr, ease, factors, fame, lightgcn, neighbours, paths, tuned, walks
from gnn.baselines.baseline import Baseline
from gnn.baselines.factors import of_als
from gnn.baselines.fame import popularity
from gnn.baselines.history import recent
from gnn.data import Floats
from gnn.metrics import Scores
from gnn.tower import UserTower

__all__ = ["BASELINES", "Baseline", "of_als", "of_vectors", "popularity", "recent"]

BASELINES: Mapping[str, Baseline[Any]] = {
    "popularity": Baseline(fame.fit, fame.PopularityConfig()),
    "recent_popularity": Baseline(fame.fit, fame.PopularityConfig(30.0), tuned.RECENT_POPULARITY),
    "itemknn": Baseline(neighbours.fit, neighbours.KnnConfig(), tuned.ITEM_KNN),
    "rp3beta": Baseline(walks.fit, walks.WalkConfig(), tuned.RP3_BETA),
    "ease": Baseline(ease.fit, ease.EaseConfig(), tuned.EASE),
    "als": Baseline(factors.fit, factors.FactorConfig(), tuned.ALS),
    "als_scaled": Baseline(factors.fit, factors.FactorConfig(frequency=1.0), tuned.ALS_SCALED),
    "bpr": Baseline(bpr.fit, bpr.BprConfig(), tuned.BPR),
    "lightgcn": Baseline(lightgcn.fit, lightgcn.LightGcnConfig(), tuned.LIGHT_GCN),
    "artist_path": Baseline(paths.fit_artists, paths.PathConfig(), tuned.ARTIST_PATH),
    "genre_profile": Baseline(paths.fit_genres, paths.PathConfig(), tuned.GENRE_PROFILE),
}
"""Name -> baseline."""


def of_vectors(users: Floats, tower: UserTower) -> Scores:
    """Cosines of user vectors, float32 [n_users, dim], and the tower's item vectors."""
    return lambda rows: users[rows] @ tower.item_vectors.T
