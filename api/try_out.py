"""A few questions to a model that was just loaded, before anybody's request is: a wrong answer keeps the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gnn.bundle import Bundle
from gnn.tower import History
from graph.errors import BundleDamagedError, PhonographError
from graph.reads import Profile
from recommend.types import RecommendRequest

if TYPE_CHECKING:
    from recommend.engine import Engine

QUESTIONS = 4
PLAYED = 5
NEAR = 10


def try_out(bundle: Bundle, engine: Engine) -> None:
    """Ask for neighbours and for lists of made-up listeners.

    Raises:
        BundleDamagedError: an answer is wrong; what was asked is named.
    """
    known = bundle.catalogue.by_popularity
    for number in range(QUESTIONS if len(known) else 0):
        rows = np.unique(known[(np.arange(PLAYED) * QUESTIONS + number) % len(known)])
        _neighbours(bundle, int(rows[0]))
        _vector(bundle, rows)
        _list(bundle, engine, rows)


def _refuse(bundle: Bundle, problem: str) -> BundleDamagedError:
    return BundleDamagedError(f"model {bundle.version} failed a trial query: {problem}; the one before goes on")


def _neighbours(bundle: Bundle, row: int) -> None:
    rows, cosines = bundle.index.query(bundle.track_vectors[row], NEAR)
    if len(rows) < min(NEAR, len(bundle.catalogue)) or not np.isfinite(cosines).all():
        raise _refuse(bundle, f"the index finds {len(rows)} neighbours of a track")
    if abs(float(cosines[0]) - float(bundle.track_vectors[row] @ bundle.track_vectors[row])) > 1e-3:
        raise _refuse(bundle, "the index does not find a track next to itself")


def _history(bundle: Bundle, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> History:
    at = int(bundle.manifest.get("watermark", 0))
    return History(rows, np.ones(len(rows), np.float32), np.full(len(rows), at, np.int64))


def _vector(bundle: Bundle, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
    length = float(
        np.linalg.norm(bundle.tower.vector(_history(bundle, rows), int(bundle.manifest.get("watermark", 0))))
    )
    if not abs(length - 1.0) < 1e-3:
        raise _refuse(bundle, f"a listener's vector has length {length:.4g}")


def _list(bundle: Bundle, engine: Engine, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
    history, at = _history(bundle, rows), int(bundle.manifest.get("watermark", 0))
    ids = bundle.catalogue.tracks.values[rows]
    profile = Profile("phonograph:trial", None, ids, history.counts, history.last_at, np.zeros(len(rows), np.float32))
    request = RecommendRequest("phonograph:trial", n=NEAR, as_of=at + 1, explain=False)
    try:
        items = engine.recommend(request, profile).items
    except PhonographError as error:
        raise _refuse(bundle, str(error)) from error
    if not items or not all(np.isfinite(item.score) for item in items):
        raise _refuse(bundle, f"a list of {len(items)} tracks, or with scores that are no numbers")
