"""What text and playlists say of tracks: vectors for taste, and free text answered with tracks.

Words become directions (tf-idf, then SVD), and so do neighbours on playlists; a listener is the recency-weighted mean
of what they played. A query is a short text in the same space.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from gnn.content import tf_idf
from gnn.data import Floats
from gnn.text_terms import Documents, phrases_of
from graph.arrays import Ids, Rows

COMPONENTS = 96
PLAYLIST_SHARE = 0.5
"""How much playlists count next to text, where a track has both."""
LONGEST_QUERY = 200
"""Characters of a query that are read."""
LITERAL_SHARE = 0.5
"""How much the words themselves count in a search; the rest is what they mean."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The answer to a free-text query.

    Attributes:
        item_row: int64 [n], best first, ties by row.
        score: float32 [n], above 0 and at most 1.
        unknown: words of the query that no track knows.
    """

    item_row: Rows
    score: Floats
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CulturalModel:
    """Vectors of tracks and words.

    Attributes:
        vectors: float32 [n_items, dim], L2-normalised, zeros where nothing is known: text first, then playlists.
        words: str [n_words].
        rarity: the inverse document frequency of each word, float32 [n_words].
        directions: from words to the text's part of the vectors, float32 [n_words, components].
        terms: tf-idf of each track, float32 CSR [n_items, n_words], rows of norm 1 or empty.
    """

    vectors: Floats
    words: Ids
    rarity: Floats
    directions: Floats
    terms: csr_array

    def profile(self, item_rows: Rows, weights: Floats) -> Floats:
        """A listener's vector, float32 [dim], L2-normalised; zeros where nothing is known.

        Args:
            item_rows: what was played, int64 [n].
            weights: how much each play counts, float32 [n].
        """
        raw = weights @ self.vectors[item_rows]
        norm = float(np.linalg.norm(raw))
        return np.asarray(raw / np.float32(norm) if norm > 0 else raw, np.float32)

    def scores(self, item_rows: Rows, weights: Floats, wanted: Rows) -> Floats:
        """The cosine of a listener with some tracks, float32 [m]."""
        return self.vectors[wanted] @ self.profile(item_rows, weights)

    def shares(self, item_rows: Rows, weights: Floats, wanted: Rows) -> Floats:
        """What each play adds to each score, float32 [n, m]; the columns sum to the scores."""
        each = weights[:, None] * self.vectors[item_rows]
        norm = float(np.linalg.norm(each.sum(axis=0)))
        return np.asarray(each @ self.vectors[wanted].T / np.float32(norm if norm > 0 else 1.0), np.float32)

    def search(self, query: str, count: int = 20) -> Found:
        """The tracks that a short text describes.

        Half of the score is the words themselves, half what they stand next to. Words that no two tracks share are not
        known; there is no grammar ("not jazz" finds jazz), no spelling correction and no translation.

        Args:
            query: words and names of genres; the first ``LONGEST_QUERY`` characters are read.
            count: tracks, at most.
        """
        phrases = phrases_of(query[:LONGEST_QUERY])
        rows = self.words.rows(phrases) if phrases else np.empty(0, np.int64)
        unknown = tuple(
            phrase for phrase, row in zip(phrases, rows.tolist(), strict=True) if row < 0 and " " not in phrase
        )
        rows = rows[rows >= 0]
        if not len(rows):
            return Found(np.empty(0, np.int64), np.empty(0, np.float32), unknown)
        scores = self._scores_of(rows)
        order = np.lexsort((np.arange(len(scores)), -scores))[: max(count, 0)]
        order = order[scores[order] > 0]
        return Found(order.astype(np.int64), scores[order], unknown)

    def _scores_of(self, word_rows: Rows) -> Floats:
        """How well each track fits some words, float32 [n_items]."""
        weight = self.rarity[word_rows] / max(float(np.linalg.norm(self.rarity[word_rows])), 1e-12)
        literal = self.terms[:, word_rows] @ weight
        meaning = weight @ self.directions[word_rows]
        norm = max(float(np.linalg.norm(meaning)), 1e-12)
        text = self.vectors[:, : len(meaning)]
        length = np.maximum(np.linalg.norm(text, axis=1), 1e-12)
        latent = np.maximum(text @ meaning / (length * norm), 0.0)
        return np.asarray(LITERAL_SHARE * literal + (1.0 - LITERAL_SHARE) * latent, np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as plain arrays, by name; for ``np.savez``."""
        return {
            "vectors": self.vectors,
            "words": self.words.values,
            "rarity": self.rarity,
            "directions": self.directions,
            "terms.data": self.terms.data,
            "terms.indices": self.terms.indices,
            "terms.indptr": self.terms.indptr,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> CulturalModel:
        """The model that ``to_arrays`` wrote."""
        shape = (len(arrays["vectors"]), len(arrays["words"]))
        terms = csr_array((arrays["terms.data"], arrays["terms.indices"], arrays["terms.indptr"]), shape=shape)
        return cls(arrays["vectors"], Ids(arrays["words"]), arrays["rarity"], arrays["directions"], terms)


def cultural_model(documents: Documents, playlists: Floats, items: int, components: int = COMPONENTS) -> CulturalModel:
    """Turn texts and playlists into vectors.

    Args:
        documents: the words of the tracks.
        playlists: vectors from ``playlist_vectors``, float32 [n_items, p]; p may be 0.
        items: number of tracks.
        components: length of the text's part.

    Source: Deerwester et al., Indexing by latent semantic analysis, 1990.
    """
    shape = (items, len(documents.words))
    terms = tf_idf(documents.item_row, documents.word_row, documents.weight, shape)
    frequency = np.bincount(terms.indices, minlength=shape[1])
    rarity = np.log(max(items, 1) / np.maximum(frequency, 1)).astype(np.float32)
    directions = _directions(terms, components)
    text = _unit(np.asarray(terms @ directions, np.float32))
    sides = np.hstack([text, np.float32(PLAYLIST_SHARE) * _unit(playlists)])
    terms = csr_array((terms.data.astype(np.float32), terms.indices, terms.indptr), shape=shape)
    return CulturalModel(_unit(sides), documents.words, rarity, directions, terms)


def _directions(terms: csr_array, components: int) -> Floats:
    """The leading right singular vectors, float32 [n_words, <= components]; signs are fixed."""
    count = min(components, min(terms.shape) - 1)
    if count < 1 or not terms.nnz:
        return np.zeros((terms.shape[1], 0), np.float32)
    start = np.random.default_rng(0).standard_normal(min(terms.shape))
    _, values, right = svds(terms, k=count, v0=start)
    right = right[np.argsort(-values, kind="stable")].T
    signs = np.sign(right[np.abs(right).argmax(axis=0), np.arange(count)])
    return np.asarray(right * signs, np.float32)


def _unit(vectors: Floats) -> Floats:
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norm > 1e-9, norm, 1.0), np.float32)
