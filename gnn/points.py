"""Which points lie nearest to each, without comparing all with all: the exact answer from a tree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree


def nearest(points: NDArray[np.float64], count: int, reach: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The ``count`` nearest points of each, itself among them, nearest first: squared distances and rows, [n, count].

    Args:
        points: float64 [n, d]; a tree pays up to about 20 dimensions.
        count: how many; fewer where there are fewer points.
        reach: no point beyond this distance; row n stands for none, at an infinite distance.

    Source: Maneewongvatana and Mount, It's Okay to Be Skinny, If Your Friends Are Fat, 1999 (scipy's tree).
    """
    count = min(count, len(points))
    far, near = cKDTree(points).query(points, k=np.arange(1, count + 1), distance_upper_bound=reach, workers=-1)
    return np.asarray(far, np.float64) ** 2, np.asarray(near, np.int64)
