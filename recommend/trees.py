"""The ranker by gradient-boosted trees: LambdaRank over later plays, with a part of the linear ranker beside them.

Trees alone step; the linear part orders what they leave equal, and together they rank better than either. Both are
monotone in evidence and exact in their contributions.

LightGBM is imported only when a model is learned or read; see ``recommend.forest`` for how its trees are evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gnn import curves
from graph.errors import ExtraMissingError, ModelError
from recommend.features import NAMES, RAISES
from recommend.forest import Forest
from recommend.ranker import Doubles, LinearRanker, Matrix

if TYPE_CHECKING:
    import lightgbm

MISSING = "trees need lightgbm: pip install 'phonograph[rank]'"


@dataclass(frozen=True, slots=True)
class TreeConfig:
    """How the trees are grown.

    Attributes:
        leaves: of a tree, at most.
        depth: of a tree, at most; the tables of contributions double with each, see ``recommend.forest``.
        learning_rate: of each tree.
        trees: at most.
        patience: trees without a better NDCG on the listeners held out, before growing ends.
        least_in_leaf: examples in a leaf.
        keep: share of the features that each tree may use.
        monotone: whether evidence may never lower a score; see ``Feature.raises``.
        beside: how much of the linear ranker's score is added to theirs.
        at: growing ends by the NDCG cut here.
        pairs: places of a list from which pairs are learned.
        seed: of the features' choice.
    """

    leaves: int = 15
    depth: int = 5
    learning_rate: float = 0.08
    trees: int = 200
    patience: int = 20
    least_in_leaf: int = 100
    keep: float = 0.7
    monotone: bool = True
    beside: float = 0.6
    at: int = 20
    pairs: int = 200
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Examples of some listeners, those of each listener together.

    Attributes:
        features: float32 [n, len(FEATURES)].
        wanted: bool [n].
        sizes: int64 [listeners], examples of each.
    """

    features: Matrix
    wanted: NDArray[np.bool_]
    sizes: NDArray[np.int64]


def _lightgbm() -> Any:
    try:
        import lightgbm
    except (ImportError, OSError) as error:  # its library needs the system's libgomp
        raise ExtraMissingError(f"{MISSING} ({error})") from error
    return lightgbm


class TreeRanker:
    """LightGBM's trees and a linear ranker beside them.

    A score is the sum of TreeSHAP values, without the constant that every track has, and of the linear summands.

    Source: Burges, From RankNet to LambdaRank to LambdaMART, 2010; Lundberg et al., From local explanations to global
    understanding with explainable AI for trees, 2020 (the contributions).
    """

    kind = "lambdarank"

    def __init__(self, booster: lightgbm.Booster, beside: LinearRanker) -> None:
        self._booster = booster
        self._beside = beside
        self._forest = Forest.of([tree["tree_structure"] for tree in booster.dump_model()["tree_info"]], len(NAMES))

    def score(self, features: Matrix) -> Matrix:
        """See ``Ranker``."""
        if not len(features):
            return np.zeros(0, np.float32)
        trees = self._forest.raw(features) - self._forest.expected
        return np.asarray(trees + self._beside.contributions(features).sum(axis=1), np.float32)

    def contributions(self, features: Matrix) -> Doubles:
        """See ``Ranker``."""
        if not len(features):
            return np.zeros((0, len(NAMES)))
        return np.asarray(self._forest.leaves.contributions(features) + self._beside.contributions(features))

    def to_json(self) -> dict[str, Any]:
        """See ``Ranker``; with the scores of fixed rows, so that whoever reads it can tell that it reads the same."""
        text = self._booster.model_to_string()
        return {
            "kind": self.kind,
            "features": list(NAMES),
            "trees": text,
            "beside": self._beside.to_json(),
            "probe": self.score(_probe()).tolist(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> TreeRanker:
        """Read what ``to_json`` wrote.

        Raises:
            ExtraMissingError: LightGBM is not installed.
            ModelError: the trees were made for other features, cannot be read, or do not score as they did.
        """
        lightgbm = _lightgbm()
        if stored.get("features") != list(NAMES):
            raise ModelError("the model's trees were made for other features: run `phonograph train` again")
        try:
            ranker = cls(lightgbm.Booster(model_str=stored["trees"]), LinearRanker.from_json(stored["beside"]))
            same = np.allclose(ranker.score(_probe()), stored["probe"], atol=1e-6)
        except (KeyError, TypeError, ValueError, lightgbm.basic.LightGBMError) as error:
            raise ModelError(f"the model's trees cannot be read ({error}): run `phonograph train` again") from error
        if not same:
            raise ModelError("the model's trees do not score as when they were stored: run `phonograph train` again")
        return ranker


def _probe() -> Matrix:
    """Eight fixed rows, float32 [8, len(FEATURES)]."""
    return np.random.default_rng(0).uniform(-1.0, 5.0, (8, len(NAMES))).astype(np.float32)


def _settings(config: TreeConfig) -> dict[str, Any]:
    """What LightGBM calls them; one thread and one order of sums, so that the same examples give the same trees."""
    settings: dict[str, Any] = {
        "objective": "lambdarank",
        "metric": "ndcg",
        "eval_at": [config.at],
        "lambdarank_truncation_level": config.pairs,
        "num_leaves": config.leaves,
        "max_depth": config.depth,
        "learning_rate": config.learning_rate,
        "min_data_in_leaf": config.least_in_leaf,
        "feature_fraction": config.keep,
        "seed": config.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
    if config.monotone:
        settings |= {"monotone_constraints": RAISES.astype(int).tolist(), "monotone_constraints_method": "basic"}
    return settings


def fit_trees(fitted: Ranked, held_out: Ranked, linear: LinearRanker, config: TreeConfig | None = None) -> TreeRanker:
    """Learn the trees; growing ends when NDCG on the listeners held out no longer rises.

    Args:
        fitted: examples to learn from.
        held_out: examples of other listeners.
        linear: learned from the same examples.
        config: how.

    Raises:
        ExtraMissingError: LightGBM is not installed.
    """
    lightgbm, config = _lightgbm(), config or TreeConfig()
    train, check = (
        lightgbm.Dataset(part.features, part.wanted.astype(np.float32), group=part.sizes, feature_name=list(NAMES))
        for part in (fitted, held_out)
    )
    stop = lightgbm.early_stopping(config.patience, verbose=False)
    reached: dict[str, dict[str, list[float]]] = {}
    callbacks = [stop, lightgbm.record_evaluation(reached)]
    booster = lightgbm.train(_settings(config), train, config.trees, valid_sets=[check], callbacks=callbacks)
    for metric, values in next(iter(reached.values()), {}).items():
        for number, value in enumerate(values, start=1):
            curves.record(f"{metric} of the trees, listeners held out", number, value)
    # Read back as serving will read it: only the trees up to the best one, and no training data held.
    return TreeRanker(lightgbm.Booster(model_str=booster.model_to_string()), linear.scaled(config.beside))
