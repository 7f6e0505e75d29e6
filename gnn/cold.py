"""Vectors for items that hardly anybody heard: what the vectors of the others would make of their content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn.content import COMPONENTS, reduced, sound, tf_idf
from gnn.encoder import ContentEncoder
from graph.arrays import Rows

if TYPE_CHECKING:
    from gnn.data import TrainingData

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

WIDE_COMPONENTS = 256
"""Dimensions of the tags that the regression reads: more than the network, whose other inputs say much of the same."""
WIDE_ITEMS = 1 << 17
"""In larger catalogues the regression reads as much of the tags as the network."""


def content(data: TrainingData) -> Floats:
    """What the regression knows of each item, float32 [n_items, c]: tags, then sound."""
    terms, shape = data.terms, (len(data.items), data.terms.count)
    components = WIDE_COMPONENTS if len(data.items) <= WIDE_ITEMS else COMPONENTS
    tags = reduced(tf_idf(terms.item_row, terms.term_row, terms.weight, shape), components)
    return np.hstack([tags, sound(data.audio)])


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """From content to vectors: ``content · slope + mean``.

    Attributes:
        slope: float64 [c, dim].
        mean: float64 [dim].
    """

    slope: Doubles
    mean: Doubles

    @classmethod
    def of(cls, content: Floats, vectors: Floats, popularity: Rows, penalty: float) -> Regression:
        """Fit by ridge regression; items count by the logarithm of their listeners, vectors are centred.

        Args:
            content: float32 [n, c] of the items that are learned from.
            vectors: float32 [n, dim].
            popularity: listeners, int64 [n].
            penalty: of the regression.
        """
        weight = np.log1p(popularity.astype(np.float64))
        known, target = content.astype(np.float64), vectors.astype(np.float64)
        mean = weight @ target / weight.sum()
        gram = (known.T * weight) @ known + penalty * np.eye(known.shape[1])
        return cls(np.linalg.solve(gram, (known.T * weight) @ (target - mean)), mean)

    def guess(self, content: Floats) -> Doubles:
        """float64 [m, dim] of content float32 [m, c]."""
        return np.asarray(content.astype(np.float64) @ self.slope + self.mean)

    def directions(self, content: Floats) -> Floats:
        """The guesses, float32 [m, dim], rows normalised."""
        found = self.guess(content)
        length = np.linalg.norm(found, axis=1, keepdims=True)
        return (found / np.where(length > 0, length, 1.0)).astype(np.float32)


def with_artists(content: Floats, vectors: Floats, data: TrainingData, cold: NDArray[np.bool_]) -> Floats:
    """The content, and the mean vector of the artists' other items that are not cold: float32 [n_items, c + dim + 1].

    Items count by the logarithm of their listeners. The last column tells whether there are such items; an item's own
    vector is never in its mean, so that the regression cannot read off the answer.
    """
    if not len(data.performed_by):
        return content
    shape = (len(data.items), len(data.artists))
    each = np.ones(len(data.performed_by), np.float32)
    performed = csr_array((each, (data.performed_by.source_row, data.performed_by.target_row)), shape=shape)
    weight = np.where(cold, 0.0, np.log1p(data.popularity)).astype(np.float32)
    credits = np.diff(performed.indptr).astype(np.float32)
    own = vectors * weight[:, None]
    others = performed @ (performed.T @ own) - own * credits[:, None]
    total = performed @ (performed.T @ weight) - weight * credits
    there = (total > 1e-3).astype(np.float32)[:, None]
    mean = there * others / np.maximum(total, 1e-3)[:, None]
    return np.hstack([content, mean, there]).astype(np.float32)


def ridge(content: Floats, vectors: Floats, popularity: Rows, cold: NDArray[np.bool_], penalty: float) -> Floats:
    """Replace the vectors of cold items by a regression from content, float32 [n_items, dim], rows normalised.

    Args:
        content: float32 [n_items, c].
        vectors: float32 [n_items, dim].
        popularity: listeners, int64 [n_items].
        cold: which items are replaced, bool [n_items].
        penalty: of the regression.
    """
    if not cold.any() or cold.all() or not content.shape[1]:
        return vectors
    found = vectors.copy()
    found[cold] = Regression.of(content[~cold], vectors[~cold], popularity[~cold], penalty).directions(content[cold])
    return found


@dataclass(frozen=True, slots=True, eq=False)
class ContentTower:
    """A track's side of the model from its content alone, for tracks that come after the training.

    Attributes:
        encoder: genres and sound to content.
        vectors: content to what users are compared with.
        states: content to both layers' vectors side by side, which users are made of.
    """

    encoder: ContentEncoder
    vectors: Regression
    states: Regression

    @classmethod
    def of(
        cls,
        data: TrainingData,
        known: Floats,
        vectors: Floats,
        states: Floats,
        warm: NDArray[np.bool_],
        penalty: float,
    ) -> ContentTower | None:
        """Learn from the warm items; None where none is warm or nothing is known of any.

        Args:
            data: what was trained on.
            known: its content, float32 [n_items, c], as ``content`` gives it.
            vectors: float32 [n_items, dim].
            states: float32 [n_items, 2 · dim].
            warm: bool [n_items].
            penalty: of the regressions.
        """
        if not warm.any() or not known.shape[1]:
            return None
        popularity = data.popularity[warm]
        return cls(
            ContentEncoder.of(data, known),
            Regression.of(known[warm], vectors[warm], popularity, penalty),
            Regression.of(known[warm], states[warm], popularity, penalty),
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as plain arrays, by name; for ``np.savez``."""
        parts = {"vectors": self.vectors, "states": self.states}
        arrays = {f"{name}.slope": part.slope for name, part in parts.items()}
        arrays |= {f"{name}.mean": part.mean for name, part in parts.items()}
        return arrays | {f"encoder.{name}": values for name, values in self.encoder.to_arrays().items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> ContentTower:
        """The tower that ``to_arrays`` wrote."""
        encoder = {name.removeprefix("encoder."): v for name, v in arrays.items() if name.startswith("encoder.")}
        vectors, states = (
            Regression(arrays[f"{name}.slope"], arrays[f"{name}.mean"]) for name in ("vectors", "states")
        )
        return cls(ContentEncoder.from_arrays(encoder), vectors, states)
