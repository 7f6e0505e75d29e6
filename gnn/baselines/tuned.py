"""The values that each baseline's search chose on the validation part of each protocol.

``phonograph evaluate DATASET --data PATH --split SPLIT --tune MODEL`` repeats a search; ``docs/quality.md`` tells which
were searched otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

from gnn.als import AlsConfig
from gnn.baselines.bpr import BprConfig
from gnn.baselines.ease import EaseConfig
from gnn.baselines.factors import FactorConfig
from gnn.baselines.fame import PopularityConfig
from gnn.baselines.lightgcn import LightGcnConfig
from gnn.baselines.neighbours import KnnConfig
from gnn.baselines.paths import PathConfig
from gnn.baselines.walks import WalkConfig

HETREC, TENTHS, GLOBAL, PER_USER = "hetrec", "hetrec 8:1:1", "lfm1m global", "lfm1m per-user"
"""The protocols, as splits name them."""

_ARTISTS = AlsConfig(factors=128, regularization=60.0, alpha=20.0, iterations=20, weighting="log")
_TRACKS = AlsConfig(factors=256, regularization=30.0, alpha=40.0, iterations=10, weighting="binary")

RECENT_POPULARITY: Mapping[str, PopularityConfig] = {
    GLOBAL: PopularityConfig(365.0),
    PER_USER: PopularityConfig(365.0),
}
ITEM_KNN: Mapping[str, KnnConfig] = {
    HETREC: KnnConfig(neighbours=100, shrink=2.3),
    TENTHS: KnnConfig(neighbours=100, shrink=2.3),
    GLOBAL: KnnConfig(neighbours=1000, shrink=20.0, listener_power=0.8, half_life_days=180.0),
    PER_USER: KnnConfig(neighbours=1000, shrink=20.0, listener_power=0.4, half_life_days=60.0),
}
RP3_BETA: Mapping[str, WalkConfig] = {
    HETREC: WalkConfig(alpha=1.0, beta=0.3, neighbours=1000),
    TENTHS: WalkConfig(alpha=1.0, beta=0.3, neighbours=1000),
    GLOBAL: WalkConfig(alpha=0.5, beta=0.5, neighbours=1000, half_life_days=90.0),
    PER_USER: WalkConfig(alpha=0.5, beta=0.3, neighbours=1000, half_life_days=60.0),
}
EASE: Mapping[str, EaseConfig] = {
    HETREC: EaseConfig(100.0, "log"),
    TENTHS: EaseConfig(100.0, "log"),
    GLOBAL: EaseConfig(500.0, half_life_days=90.0),
    PER_USER: EaseConfig(500.0, half_life_days=60.0),
}
ALS: Mapping[str, FactorConfig] = {
    HETREC: FactorConfig(_ARTISTS),
    TENTHS: FactorConfig(_ARTISTS),
    GLOBAL: FactorConfig(_TRACKS, half_life_days=30.0),
    PER_USER: FactorConfig(_TRACKS, half_life_days=30.0),
}
ALS_SCALED: Mapping[str, FactorConfig] = {
    HETREC: FactorConfig(_ARTISTS, frequency=0.5),
    TENTHS: FactorConfig(_ARTISTS, frequency=0.5),
    GLOBAL: FactorConfig(_TRACKS, frequency=0.5, half_life_days=30.0),
    PER_USER: FactorConfig(_TRACKS, frequency=0.5, half_life_days=30.0),
}
BPR: Mapping[str, BprConfig] = {
    HETREC: BprConfig(learning_rate=0.02, regularization=0.03, iterations=1000),
    TENTHS: BprConfig(learning_rate=0.02, regularization=0.03, iterations=1000),
}
LIGHT_GCN: Mapping[str, LightGcnConfig] = {
    HETREC: LightGcnConfig(temperature=0.15, epochs=40),
    TENTHS: LightGcnConfig(temperature=0.15, epochs=40),
    GLOBAL: LightGcnConfig(temperature=0.15, epochs=20, half_life_days=60.0),
    PER_USER: LightGcnConfig(temperature=0.15, epochs=20, half_life_days=60.0),
}
ARTIST_PATH: Mapping[str, PathConfig] = {
    GLOBAL: PathConfig(fame=2.0, half_life_days=60.0),
    PER_USER: PathConfig(fame=1.0, half_life_days=60.0),
}
GENRE_PROFILE: Mapping[str, PathConfig] = {
    HETREC: PathConfig(fame=1.0),
    TENTHS: PathConfig(fame=1.0),
    GLOBAL: PathConfig(fame=0.6, half_life_days=90.0),
    PER_USER: PathConfig(fame=0.3, half_life_days=15.0),
}
