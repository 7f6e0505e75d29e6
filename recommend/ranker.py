"""How features become one score: the protocol of the rankers, and the linear ones, exact in their contributions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from graph.errors import ModelError
from recommend.features import NAMES, RAISES, STANDINGS

Matrix = NDArray[np.float32]
Doubles = NDArray[np.float64]


class Ranker(Protocol):
    """Scores the union of the candidates; safe to share between threads.

    Attributes:
        kind: its name in reports and in the bundle.
    """

    @property
    def kind(self) -> str:
        """See above."""

    def score(self, features: Matrix) -> Matrix:
        """float32 [m] of features float32 [m, len(FEATURES)]; each track's own, whichever others are scored."""

    def contributions(self, features: Matrix) -> Doubles:
        """float64 [m, len(FEATURES)]; over the features they sum to the score."""

    def to_json(self) -> dict[str, Any]:
        """What the bundle stores."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearRanker:
    """One weight per feature, the scale of the feature included; the same for every request.

    Attributes:
        weights: float32 [len(FEATURES)].
        kind: ``linear``, or ``fusion`` where nothing was learned.
    """

    weights: Matrix
    kind: str = "linear"

    def score(self, features: Matrix) -> Matrix:
        """See ``Ranker``."""
        return np.asarray(self.contributions(features).sum(axis=1), np.float32)

    def contributions(self, features: Matrix) -> Doubles:
        """See ``Ranker``."""
        return np.asarray(features.astype(np.float64) * self.weights)

    def scaled(self, share: float) -> LinearRanker:
        """The ranker that gives each track ``share`` of this one's score."""
        return LinearRanker((share * self.weights).astype(np.float32), self.kind)

    def to_json(self) -> dict[str, Any]:
        """See ``Ranker``."""
        return {"kind": self.kind, "weights": dict(zip(NAMES, map(float, self.weights), strict=True))}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> LinearRanker:
        """Read what ``to_json`` wrote.

        Raises:
            ModelError: the bundle's ranker knows other features than this program.
        """
        weights = stored.get("weights")
        if not isinstance(weights, dict) or set(weights) != set(NAMES):
            raise ModelError("the model's ranker was made for other features: run `phonograph train` again")
        return cls(np.array([weights[name] for name in NAMES], np.float32), str(stored.get("kind", "linear")))


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

    bounds = [(0.0, None) if raises else (None, None) for raises in RAISES] + [(None, None)]
    start = np.append(np.where(used, 0.1, 0.0), -2.0)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 300}).x
    return LinearRanker(np.divide(best[:-1], scale, out=np.zeros(len(scale)), where=used).astype(np.float32))


def _weighted(weights: Mapping[str, float], kind: str = "linear") -> LinearRanker:
    return LinearRanker(np.array([weights.get(name, 0.0) for name in NAMES], np.float32), kind)


def default_ranker() -> LinearRanker:
    """A ranker for data too small to learn one: the GraphSAGE cosine leads, the rest breaks ties."""
    weights = {"gnn_cosine": 4.0, "als_score": 1.0, "knn_90_days": 1.0, "artist_30_days": 0.3, "audio_similarity": 0.5}
    return _weighted(weights | {"playlist_cosine": 0.5, "popular_all": 0.05})


def popularity_ranker() -> LinearRanker:
    """For a listener without plays: what is played of late leads, what was always played breaks ties."""
    return _weighted({"popular_recent": 1.0, "popular_all": 0.1})


def fusion_ranker() -> LinearRanker:
    """What two stages reach without learning: the mean of the logarithmic places that each source gives a track.

    Source: Cormack, Clarke and Buettcher, Reciprocal Rank Fusion, 2009; logarithmic places instead of reciprocal ones.
    """
    return _weighted(dict.fromkeys(STANDINGS, 1.0 / len(STANDINGS)), "fusion")
