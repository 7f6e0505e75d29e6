"""What the content vector of a track is that nobody knew when the model was trained: the same map, applied again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn import content
from graph.arrays import Rows

if TYPE_CHECKING:
    from gnn.data import TrainingData

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ContentEncoder:
    """Terms and sound to the vectors that ``TrainingData.content`` gave.

    Attributes:
        rarity: of each term, float64 [n_terms].
        components: from weighed terms to tag coordinates, float64 [n_terms, c_tags].
        audio_names: the features of the sound coordinates.
        mean, spread: of these features, float64 [c_sound].
        scale: of the sound coordinates.
    """

    rarity: Doubles
    components: Doubles
    audio_names: tuple[str, ...]
    mean: Doubles
    spread: Doubles
    scale: float

    @classmethod
    def of(cls, data: TrainingData, vectors: Floats) -> ContentEncoder:
        """The map behind ``vectors``, which ``data.content()`` gave, without factoring the terms again.

        The tag coordinates are ``U S r`` of the weighed terms ``U S Vᵀ``: their product with the terms gives ``V`` up
        to lengths, and the lengths are known.
        """
        useful = np.isfinite(data.audio).any(axis=0)
        tags = vectors[:, : vectors.shape[1] - int(useful.sum())].astype(np.float64)
        terms = data.terms
        weighed = content.tf_idf(terms.item_row, terms.term_row, terms.weight, (len(tags), terms.count))
        frequency = np.bincount(weighed.indices, minlength=terms.count)
        mean, spread = content.moments(data.audio[:, useful])
        scaled = content.standardised(data.audio[:, useful], mean, spread)
        names = data.audio_names or ("",) * int(data.audio.shape[1])
        return cls(
            content.rarity(frequency, len(tags)),
            _components(weighed, tags),
            tuple(name for name, kept in zip(names, np.atleast_1d(useful), strict=True) if kept),
            mean,
            spread,
            content.unit_rms(scaled),
        )

    def encode(self, item_row: Rows, term_row: Rows, weight: Doubles, sound: Doubles) -> Floats:
        """The content vectors of some tracks, float32 [m, c].

        Args:
            item_row: which track has the term, int64 [n], from 0 to m - 1.
            term_row: int64 [n].
            weight: float64 [n].
            sound: float64 [m, c_sound] in the order of ``audio_names``, NaN where unknown.
        """
        weighed = content.weighed(item_row, term_row, weight, self.rarity, len(sound))
        heard = content.standardised(sound, self.mean, self.spread) * np.float32(self.scale)
        return np.hstack([(weighed @ self.components).astype(np.float32), heard])

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as plain arrays, by name; for ``np.savez``."""
        return {
            "rarity": self.rarity,
            "components": self.components,
            "audio_names": np.array(self.audio_names, np.str_),
            "mean": self.mean,
            "spread": self.spread,
            "scale": np.array(self.scale),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> ContentEncoder:
        """The encoder that ``to_arrays`` wrote."""
        return cls(
            arrays["rarity"],
            arrays["components"],
            tuple(arrays["audio_names"].tolist()),
            arrays["mean"],
            arrays["spread"],
            float(arrays["scale"]),
        )


def _components(weighed: csr_array, tags: Doubles) -> Doubles:
    """``V r``, float64 [n_terms, c_tags]."""
    found = np.asarray(weighed.T @ tags)
    length = np.linalg.norm(found, axis=0)
    directions = found / np.where(length > 0, length, 1.0)
    reached = float(np.linalg.norm(weighed @ directions))
    return np.asarray(directions * (np.linalg.norm(tags) / reached if reached > 0 else 0.0))
