"""The values that each baseline's search chose on the validation part of each protocol.

``phonograph evaluate DATASET --data PATH --split SPLIT --tune MODEL`` repeats the search.
"""

from gnn.baselines.bpr import BprConfig
from gnn.baselines.ease import EaseConfig
from gnn.baselines.factors import FactorConfig
from gnn.baselines.fame import PopularityConfig
from gnn.baselines.lightgcn import LightGcnConfig
from gnn.baselines.neighbours import KnnConfig
from gnn.baselines.paths import PathConfig
from gnn.baselines.walks import WalkConfig

RECENT_POPULARITY: dict[str, PopularityConfig] = {}
ITEM_KNN: dict[str, KnnConfig] = {}
RP3_BETA: dict[str, WalkConfig] = {}
EASE: dict[str, EaseConfig] = {}
ALS: dict[str, FactorConfig] = {}
ALS_SCALED: dict[str, FactorConfig] = {}
BPR: dict[str, BprConfig] = {}
LIGHT_GCN: dict[str, LightGcnConfig] = {}
ARTIST_PATH: dict[str, PathConfig] = {}
GENRE_PROFILE: dict[str, PathConfig] = {}
