"""When tracks came out, as far as the catalogue knows the day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from gnn.catalogue import DAY_S
from recommend.per_bundle import per_bundle

DAYS = 28
"""How long a track is new."""
LONG_AGO = -(2**40)
WHOLE_DATE = len("2026-11-26")


@per_bundle
def released(bundle: Bundle) -> NDArray[np.int64]:
    """Days since 1970 on which each track came out, int64 [n_tracks]; ``LONG_AGO`` where no day is known."""
    dates = bundle.catalogue.release_date
    found = np.full(len(dates), LONG_AGO, np.int64)
    for row in np.flatnonzero(np.char.str_len(dates) == WHOLE_DATE).tolist():
        try:
            found[row] = np.datetime64(str(dates[row]), "D").astype(np.int64)
        except ValueError:  # no date after all
            continue
    return found


def out_lately(bundle: Bundle, as_of: int) -> NDArray[np.bool_]:
    """Which tracks came out within ``DAYS`` before a moment (unix seconds), bool [n_tracks]."""
    day, came_out = as_of // DAY_S, released(bundle)
    return np.asarray((came_out <= day) & (came_out > day - DAYS))
