"""How the sources' scores become one score: a linear ranker, exact in its contributions, learned on later plays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from graph.errors import ModelError
from recommend.sources import FAMILIES, FEATURES, SOURCES

Matrix = NDArray[np.float32]

FREE = frozenset({"popular_all", "popular_recent", "artist_known_share"})
"""Features that may lower a score. Evidence for a track never may: a reason must raise what it explains."""


class Ranker(Protocol):
    """Scores the union of the candidates."""

    def score(self, features: Matrix) -> Matrix:
        """float32 [m] of features float32 [m, len(FEATURES)]."""

    def contributions(self, features: Matrix) -> Mapping[str, Matrix]:
        """Source name -> float32 [m]; over the sources they sum to the score."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearRanker:
    """One weight per feature, the scale of the feature included; the same for every request.

    Attributes:
        weights: float32 [len(FEATURES)].
    """

    weights: Matrix

    def score(self, features: Matrix) -> Matrix:
        """See ``Ranker``."""
        return (features.astype(np.float64) @ self.weights.astype(np.float64)).astype(np.float32)

    def contributions(self, features: Matrix) -> Mapping[str, Matrix]:
        """See ``Ranker``."""
        parts = features.astype(np.float64) * self.weights
        families = np.array(FAMILIES)
        return {source.name: parts[:, families == source.name].sum(axis=1).astype(np.float32) for source in SOURCES}

    def split(self, parts: Matrix) -> Matrix:
        """Scores split over plays: float32 [h, m] of feature parts float32 [h, m, len(FEATURES)]."""
        return parts @ self.weights

    def to_json(self) -> dict[str, object]:
        """What the bundle stores."""
        return {"kind": "linear", "weights": dict(zip(FEATURES, map(float, self.weights), strict=True))}

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> LinearRanker:
        """Read what ``to_json`` wrote.

        Raises:
            ModelError: the bundle's ranker knows other features than this program.
        """
        weights = stored.get("weights")
        if not isinstance(weights, dict) or set(weights) != set(FEATURES):
            raise ModelError("the model's ranker was made for other features: run `phonograph train` again")
        return cls(np.array([weights[name] for name in FEATURES], np.float32))


def fit_linear(features: Matrix, wanted: NDArray[np.bool_], *, penalty: float = 1.0) -> LinearRanker:
    """Learn the weights by penalised logistic regression; evidence features stay at or above zero.

    Args:
        features: float32 [m, len(FEATURES)] of candidates.
        wanted: bool [m]: the listener did play it later.
        penalty: L2 penalty on the weights of standardised features, as a number of examples.

    The intercept is learned and dropped: it moves every score alike, and without it a score is the sum of its reasons.
    """
    scale = features.std(axis=0).astype(np.float64)
    used = scale > 1e-9
    scaled = np.divide(features, scale, out=np.zeros(features.shape), where=used)
    signs = np.where(wanted, 1.0, -1.0)

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = signs * (scaled @ theta[:-1] + theta[-1])
        wrong = -signs / (1.0 + np.exp(np.clip(margin, -60, 60)))
        gradient = np.append(scaled.T @ wrong + penalty * theta[:-1], wrong.sum())
        return float(np.logaddexp(0, -margin).sum() + penalty / 2 * theta[:-1] @ theta[:-1]), gradient

    bounds = [(None, None) if name in FREE else (0.0, None) for name in FEATURES] + [(None, None)]
    start = np.append(np.where(used, 0.1, 0.0), -2.0)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 300}).x
    return LinearRanker(np.divide(best[:-1], scale, out=np.zeros(len(scale)), where=used).astype(np.float32))


def default_ranker() -> LinearRanker:
    """A ranker for data too small to learn one: the GraphSAGE cosine leads, the rest breaks ties."""
    weights = {"gnn_cosine": 4.0, "als_score": 1.0, "knn_90_days": 1.0, "artist_30_days": 0.3, "audio_similarity": 0.5}
    weights |= {"playlist_cosine": 0.5, "popular_all": 0.05}
    return LinearRanker(np.array([weights.get(name, 0.0) for name in FEATURES], np.float32))


def popularity_ranker() -> LinearRanker:
    """For a listener without plays: what is played of late leads, what was always played breaks ties."""
    weights = {"popular_recent": 1.0, "popular_all": 0.1}
    return LinearRanker(np.array([weights.get(name, 0.0) for name in FEATURES], np.float32))
