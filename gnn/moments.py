"""Whether knowing the moment helps: single later plays are ranked with and without what is known of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.context import ContextModel, Moment
from gnn.data import Floats, TrainingData
from gnn.earning import Verdict, decide
from gnn.metrics import Scores, best
from graph.arrays import Links, Rows

WEIGHTS = (0.1, 0.3, 1.0, 3.0)
"""How much the moment may count, in deviations of the listener's scores; chosen on half of the listeners."""
CANDIDATES = 200
K = 20
MOST = 20_000
"""Later plays that are looked at, evenly spread; each takes a ranking."""


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """What is ranked without the moment: scores of the whole catalogue, and what the listeners played before."""

    scores: Scores
    train: TrainingData


def judge_moments(model: ContextModel, later: Links, moments: Sequence[Moment], base: Base) -> Verdict:
    """Decide by single plays, averaged per listener; the weight is chosen on every other one and judged on the rest.

    Args:
        model: fitted before the cut.
        later: user -> track, plays after the cut.
        moments: of each of them.
        base: what to add to.
    """
    if len(later) > MOST:
        some = np.linspace(0, len(later) - 1, MOST).astype(np.int64)
        later, moments = later.select(some), [moments[at] for at in some.tolist()]
    users = np.unique(later.source_row)
    order = np.argsort(later.source_row, kind="stable")
    starts, ends = (np.searchsorted(later.source_row[order], users, side) for side in ("left", "right"))
    found = np.zeros((len(users), 1 + len(WEIGHTS)))
    for row, user in enumerate(users.tolist()):
        plays = order[starts[row] : ends[row]]
        own = [moments[play] for play in plays.tolist()]
        found[row] = _listener(model, base, user, later.target_row[plays], own)
    chosen = 1 + int(found[::2, 1:].mean(axis=0).argmax()) if len(users) else 1
    return decide("context", found[1::2, chosen], found[1::2, 0], metric=f"ndcg@{K} of single plays")


def _listener(
    model: ContextModel, base: Base, user: int, tracks: Rows, moments: Sequence[Moment]
) -> NDArray[np.float64]:
    """Mean NDCG of the single plays without the moment, then with it at each weight, float64 [1 + weights]."""
    scores = np.array(base.scores(np.array([user]))[0], np.float32)
    scores[base.train.item_row[base.train.user_row == user]] = -np.inf
    near = best(scores[None], CANDIDATES)[0]
    near = near[np.isfinite(scores[near])]
    values = scores[near]
    spread = np.float32(max(float(values.std()), 1e-9))
    gains = np.zeros((len(tracks), 1 + len(WEIGHTS)))
    for place, (track, moment) in enumerate(zip(tracks.tolist(), moments, strict=True)):
        if track in near:
            fit = model.scores(moment, near)
            gains[place] = [_gain(values + weight * spread * fit, near, track) for weight in (0.0, *WEIGHTS)]
    return np.asarray(gains.mean(axis=0))


def _gain(scores: Floats, rows: Rows, wanted: int) -> float:
    """1 / log2(rank + 1) of the one wanted track, 0 below ``K``."""
    own = scores[rows == wanted][0]
    rank = int((scores > own).sum()) + 1
    return float(1.0 / np.log2(rank + 1)) if rank <= K else 0.0
