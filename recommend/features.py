"""The columns of the ranker's matrix, as one table: what each says, and who reads it.

Learning, every ranker and serving read this table, so that a number means the same wherever it is computed. A feature
depends on the taste and the track alone, never on which other tracks are candidates.
"""

from __future__ import annotations

import hashlib
import json

import numpy as np
from numpy.typing import NDArray

from graph.errors import NotFoundError
from recommend.sources import SCORERS, unavailable
from recommend.sources.source import Feature, Floats, Rows, Source
from recommend.taste import Taste

FEATURES: tuple[Feature, ...] = tuple(feature for source in SCORERS for feature in source.features)
"""In the order of the columns."""

NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
"""What a stored ranker holds its columns against."""

FAMILIES: tuple[str, ...] = tuple(source.name for source in SCORERS for _ in source.features)
"""The source of each column."""

RAISES: NDArray[np.bool_] = np.array([feature.raises for feature in FEATURES])
"""Which columns are evidence, that may never lower a score; bool [len(FEATURES)]."""

DIGEST: str = hashlib.sha256(
    json.dumps(
        [
            [f.name, f.dtype, source, *(read.name for read in f.inputs)]
            for f, source in zip(FEATURES, FAMILIES, strict=True)
        ]
    ).encode()
).hexdigest()
"""What a stored table of features holds its columns against: their order, names, types, sources and inputs."""

STANDINGS: tuple[str, ...] = tuple(name for name in NAMES if name.endswith("_standing"))
"""The places in the catalogue by each source that ranks it."""

BY_FRIENDS = ("gnn", "als", "popular")
"""The sources that can say something of a listener from those whom they follow."""
WITHOUT_PLAYS = ("popular",)
"""The sources that can say something of a track whoever listens."""

_SCORERS = tuple(source.name for source in SCORERS)
_MEMBER = np.array([[family == source.name for source in SCORERS] for family in FAMILIES], np.float64)


def feature_named(name: str) -> Feature:
    """A feature of the table.

    Raises:
        NotFoundError: there is no such feature.
    """
    if name not in NAMES:
        raise NotFoundError(f"there is no feature {name!r}: see `phonograph features list`")
    return FEATURES[NAMES.index(name)]


def by_source(values: NDArray[np.float64]) -> list[dict[str, float]]:
    """For each track source name -> the sum over its columns, of float64 [m, len(FEATURES)]."""
    return [dict(zip(_SCORERS, sums, strict=True)) for sums in (values @ _MEMBER).tolist()]


def features_of(taste: Taste, rows: Rows) -> Floats:
    """float32 [m, len(FEATURES)]: every source's scores of every track, whoever nominated it."""
    return np.concatenate([_scores(source, taste, rows) for source in SCORERS], axis=1).astype(np.float32)


def splits_of(taste: Taste, rows: Rows) -> Floats:
    """float32 [h, m, len(FEATURES)]: what each play adds to each feature, or to what the feature grows with."""
    if not len(taste):
        return np.zeros((0, len(rows), len(FEATURES)), np.float32)
    return np.concatenate([_parts(source, taste, rows) for source in SCORERS], axis=2)


def _silent(source: Source, taste: Taste) -> bool:
    return unavailable(taste.bundle)[source.name] is not None


def _scores(source: Source, taste: Taste, rows: Rows) -> Floats:
    unheard = not len(taste) and source.name not in (BY_FRIENDS if taste.followed else WITHOUT_PLAYS)
    nothing = _silent(source, taste) or unheard
    return np.zeros((len(rows), len(source.features)), np.float32) if nothing else source.score(taste, rows)


def _parts(source: Source, taste: Taste, rows: Rows) -> Floats:
    if _silent(source, taste):
        return np.zeros((len(taste), len(rows), len(source.features)), np.float32)
    return source.split(taste, rows)
