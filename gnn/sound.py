"""Which tracks sound alike: by what was learned from listeners where a network heard both, else by plain features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn.neighbours import NeighbourConfig, ordered, top_of_rows
from gnn.points import nearest
from graph.arrays import Rows

Floats = NDArray[np.float32]

BLOCK = 1024


def standardised(audio: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Audio features with mean 0 and deviation 1 per column, and which tracks know at least half of them.

    Args:
        audio: float32 [n, k], NaN where unknown.

    Returns:
        float32 [n, k], 0 where unknown; bool [n].
    """
    known = np.isfinite(audio)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, audio, 0.0).astype(np.float64)
    mean = filled.sum(axis=0) / count
    spread = np.sqrt(np.where(known, (filled - mean) ** 2, 0.0).sum(axis=0) / count)
    scaled = np.where(known, (filled - mean) / np.where(spread > 0, spread, 1.0), 0.0)
    return scaled.astype(np.float32), known.sum(axis=1) >= max(known.shape[1] / 2, 1)


def centred(vectors: Floats) -> Floats:
    """Unit vectors without their common part: two random tracks are at right angles, unknown ones stay zeros.

    Args:
        vectors: float32 [n, d], NaN in rows that are unknown.
    """
    heard = np.isfinite(vectors).all(axis=1) if vectors.shape[1] else np.zeros(len(vectors), np.bool_)
    found = np.zeros(vectors.shape, np.float64)
    if heard.any():
        found[heard] = vectors[heard] - vectors[heard].mean(axis=0, dtype=np.float64)
    norm = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.where(norm > 0, norm, 1.0), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class SoundSpace:
    """All tracks by their sound.

    Attributes:
        features: float32 [n_tracks, k], standardised, 0 where unknown.
        has_features: bool [n_tracks].
        vectors: the learned embedding, float32 [n_tracks, d], L2-normalised; zeros where unknown, d may be 0.
        has_vector: bool [n_tracks].
    """

    features: Floats
    has_features: NDArray[np.bool_]
    vectors: Floats
    has_vector: NDArray[np.bool_]

    @classmethod
    def of(cls, audio: Floats, vectors: Floats) -> SoundSpace:
        """Prepare features (float32 [n, k]) and learned vectors (float32 [n, d]), NaN where unknown."""
        features, known = standardised(audio)
        unit = centred(vectors)
        return cls(features, known, unit, np.asarray(unit.any(axis=1), np.bool_))

    @property
    def known(self) -> NDArray[np.bool_]:
        """Tracks of which some sound is known, bool [n_tracks]."""
        return np.asarray(self.has_features | self.has_vector, np.bool_)

    def similarity(self, one: Rows, other: Rows) -> Floats:
        """Similarity by sound of the tracks in ``one`` [m] and ``other`` [n], float32 [m, n], 0 to 1.

        ``exp(-d²)`` of the learned vectors where both tracks have one, ``exp(-d² / k)`` of the k features where both
        have those, else 0: 1 for equal sound and about e^-2 for two random tracks, whichever it is. Computed in double
        precision, so that a pair has the same value to the bit in any company.
        """
        plain = _kernel(self.features, one, other, max(self.features.shape[1], 1))
        plain *= self.has_features[one][:, None] & self.has_features[other][None, :]
        if not self.has_vector.any():
            return plain.astype(np.float32)
        both = self.has_vector[one][:, None] & self.has_vector[other][None, :]
        return np.where(both, _kernel(self.vectors, one, other, 1), plain).astype(np.float32)


def _kernel(places: Floats, one: Rows, other: Rows, width: int) -> NDArray[np.float64]:
    left, right = places[one].astype(np.float64), places[other].astype(np.float64)
    squared: NDArray[Any] = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None, :] - 2.0 * left @ right.T
    return np.asarray(np.exp(-np.maximum(squared, 0.0) / width))


def sounds_like(space: SoundSpace, config: NeighbourConfig | None = None) -> csr_array:
    """The tracks nearest by sound, float32 [n, n]; rows of tracks whose sound is unknown are empty.

    Args:
        space: all tracks.
        config: how many, and the least similarity.
    """
    config = config or NeighbourConfig()
    heard = np.flatnonzero(space.known)
    find = _by_blocks if space.has_vector.any() else _by_tree
    rows, columns, values = find(space, heard, config) if len(heard) else (heard, heard, np.empty(0, np.float32))
    return ordered(rows, columns, values, len(space.known))


def _by_blocks(space: SoundSpace, heard: Rows, config: NeighbourConfig) -> tuple[Rows, Rows, Floats]:
    """Row, neighbour and similarity, all tracks compared with all: two kinds of similarity have no common tree."""
    rows, columns, values = [], [], []
    for start in range(0, len(heard), BLOCK):
        block = heard[start : start + BLOCK]
        similarity = space.similarity(block, heard)
        similarity[np.arange(len(block)), np.arange(start, start + len(block))] = 0.0
        row, column = top_of_rows(similarity, config.audio_count, config.audio_least)
        rows.append(block[row])
        columns.append(heard[column])
        values.append(similarity[row, column])
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(values)


def _by_tree(space: SoundSpace, heard: Rows, config: NeighbourConfig) -> tuple[Rows, Rows, Floats]:
    """The same of features alone: the similarity falls with the distance, so a tree's nearest are the most similar."""
    width = max(space.features.shape[1], 1)
    reach = np.sqrt(-np.log(config.audio_least) * width) if config.audio_least > 0 else np.inf
    squared, near = nearest(space.features[heard].astype(np.float64), config.audio_count + 1, reach)
    row, place = np.nonzero(near < len(heard))
    row, near, squared = heard[row], heard[near[row, place]], squared[row, place]
    values = np.exp(-squared / width).astype(np.float32)
    kept = np.flatnonzero((row != near) & (values > config.audio_least))
    kept = kept[np.lexsort((near[kept], -values[kept], row[kept]))]
    kept = kept[np.arange(len(kept)) - np.searchsorted(row[kept], row[kept]) < config.audio_count]
    return row[kept], near[kept], values[kept]
