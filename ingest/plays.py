"""How single plays become PLAYED records: one per user and track, with count, times and decayed weight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph import weights
from ingest.source import Values


def summed(user: NDArray[np.int64], track: NDArray[np.int64], at: NDArray[np.int64]) -> dict[str, NDArray[np.generic]]:
    """One row per pair, ascending by (user, track).

    Args:
        user: int64 [n_plays], any numbering from 0.
        track: int64 [n_plays], any numbering from 0.
        at: int64 [n_plays], unix seconds.

    Returns:
        ``user``, ``track``, ``count``, ``firstAt``, ``lastAt``, ``weight`` (valid at ``weightAt``, the last play), each
        [n_pairs].
    """
    pair = user * (int(track.max(initial=0)) + 1) + track
    order = np.lexsort((at, pair))
    pair, at = pair[order], at[order]
    starts = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]][: len(pair)])
    counts = np.diff(np.r_[starts, len(pair)])
    last = at[starts + counts - 1]
    value = weights.decay(weights.DEFAULT.play, at, np.repeat(last, counts))
    weight = np.add.reduceat(value, starts) if len(pair) else np.empty(0)
    first_rows = order[starts]
    return {
        "user": user[first_rows],
        "track": track[first_rows],
        "count": counts,
        "firstAt": at[starts],
        "lastAt": last,
        "weight": weight,
        "weightAt": last,
    }


def ids(prefix: str, numbers: NDArray[np.int64]) -> Values:
    """``prefix`` and the number, str [n]: ``lfm1m:user:2653``."""
    found, inverse = np.unique(numbers, return_inverse=True)
    return np.array([f"{prefix}{number}" for number in found.tolist()], dtype=np.str_)[inverse]
