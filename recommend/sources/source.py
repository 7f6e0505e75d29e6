"""The seam of the candidate sources: what each can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from recommend.taste import Taste

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]

REACH = 400
"""Places of the catalogue that a standing tells apart."""


@dataclass(frozen=True, slots=True)
class Input:
    """What features are made of.

    Attributes:
        name: unique.
        about: in plain words, what it holds.
        as_of: the moment after which nothing in it is known.
        fresh: when what has just happened is in it.
    """

    name: str
    about: str
    as_of: str
    fresh: str


PLAYS = Input("plays", "what the listener played", "the moment of the request", "at the next answer after the event")
CATALOGUE = Input(
    "catalogue",
    "credits, genres, playlists, sound, and how much each track is played",
    "the model's watermark",
    "at the next training",
)
MODEL = Input("model", "learned factors, vectors and neighbours", "the model's watermark", "at the next training")
INPUTS = (PLAYS, CATALOGUE, MODEL)
"""All of them; of a feature that reads several, each part is known until its own moment."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the ranker's matrix.

    Attributes:
        name: unique among all sources.
        about: in plain words, what the number says, with its unit or range.
        raises: whether it is evidence, made by plays: more of it may never lower a score, so that a reason always
            raises what it explains.
        dtype: of the column.
        inputs: what it is made of, and so until when it knows and how soon it is fresh.
    """

    name: str
    about: str
    raises: bool = True
    dtype: str = "float32"
    inputs: tuple[Input, ...] = (PLAYS, MODEL)


class Source(Protocol):
    """Nominates tracks for a taste, scores any tracks, and splits those scores over the history.

    Attributes:
        name: lower case, one word; the key of its contribution.
        features: the columns that ``score`` gives, each finite for every track.
    """

    @property
    def name(self) -> str:
        """See above."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """See above."""

    def unavailable(self, bundle: Bundle) -> str | None:
        """Why this source can say nothing with this bundle, or None."""

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """Up to ``quota`` unplayed tracks, best first."""

    def score(self, taste: Taste, rows: Rows) -> Floats:
        """float32 [m, len(features)] of the tracks in ``rows`` [m]; of each the same whatever the others."""

    def split(self, taste: Taste, rows: Rows) -> Floats:
        """What each play adds to each feature: float32 [h, m, len(features)].

        Summed over the plays it is the feature, or what the feature grows with (a standing with its score); 0 for what
        no play made (popularity).
        """


def left_out(bundle: Bundle, name: str, otherwise: str) -> str:
    """Why a bundle lacks an optional model: what validation said of it, or what it would have needed."""
    verdict = bundle.manifest.get("verdicts", {}).get(name)
    return f"added nothing on validation: {verdict['reason']}" if verdict else otherwise


def united(several: Sequence[NDArray[np.integer[Any]]], count: int) -> Rows:
    """The rows that any of ``several`` holds, each once, int64, ascending; all of them are below ``count``."""
    mask = np.zeros(count, np.bool_)
    for rows in several:
        mask[rows] = True
    return np.flatnonzero(mask)


def exact(values: Floats) -> NDArray[np.float64]:
    """The values in double precision.

    Products in single precision differ in the last bit with the number of rows that are multiplied together; rounded
    from double precision, a score is the same to the bit whichever other tracks were candidates.
    """
    return values.astype(np.float64)


def products(vectors: Floats, directions: Floats) -> Floats:
    """The inner product of each vector with each direction, float32 [m, d] of float32 [m, dim] and [d, dim].

    Each by itself, not as one matrix product: so it is the same to the bit whichever other tracks are candidates.
    """
    return np.asarray(np.vecdot(vectors[:, None, :], directions[None, :, :]), np.float32)


def best_unplayed(scores: Floats, unplayed: NDArray[np.bool_], quota: int, rows: Rows | None = None) -> Rows:
    """The unplayed tracks with the highest score above zero, best first, ties by row.

    Args:
        scores: float32 [n_tracks], or [m] of ``rows``.
        unplayed: bool [n_tracks].
        quota: how many at most.
        rows: int64 [m], the tracks of the scores; all by default.
    """
    open_ = unplayed if rows is None else unplayed[rows]
    best = np.flatnonzero(open_ & (scores > 0))  # often few: the partition of many equal zeros is slow
    values = scores[best]
    if 0 < quota < len(best):
        # All that reach the last place's score, so that ties are decided by row and not by the partition.
        reach = values >= -np.partition(-values, quota - 1)[quota - 1]
        best, values = best[reach], values[reach]
    best = best[np.lexsort((best, -values))][: max(quota, 0)].astype(np.int64)
    return best if rows is None else rows[best]


@dataclass(frozen=True, eq=False)
class Ranking:
    """The unplayed tracks of the catalogue in the order of one source.

    Attributes:
        unplayed: bool [n_tracks].
        scores: float32 [n_tracks]; what is not above zero has no place.
    """

    unplayed: NDArray[np.bool_]
    scores: Floats

    @cached_property
    def near(self) -> Rows:
        """The ``REACH`` best, best first."""
        return best_unplayed(self.scores, self.unplayed, REACH)

    @cached_property
    def best(self) -> Floats:
        """Their scores, ascending."""
        return self.scores[self.near[::-1]]

    def nominate(self, quota: int) -> Rows:
        """The first ``quota``."""
        return self.near[:quota] if quota <= REACH else best_unplayed(self.scores, self.unplayed, quota)

    def standing(self, rows: Rows) -> Floats:
        """See ``standing``, float32 [m] of tracks [m]."""
        return standing(self.best, self.scores[rows])


def standing(best: Floats, scores: Floats) -> Floats:
    """How near the top of the catalogue scores stand, float32 [m]: 1 for the best place, 0 from place ``REACH`` on.

    By the logarithm of the place among all unplayed tracks, not among candidates: which others were nominated changes
    nothing.

    Args:
        best: the ``REACH`` best of the unplayed tracks' scores, ascending.
        scores: float32 [m].
    """
    better = len(best) - np.searchsorted(best, scores, side="right")
    near = 1.0 - np.log1p(better) / np.log1p(REACH)
    return np.where((scores > 0) & (better < len(best)), near, 0.0).astype(np.float32)
