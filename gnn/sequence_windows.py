"""Histories cut into windows of a fixed length: what the sequence model is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.data import Floats, Mask, TrainingData
from gnn.relations import recency
from gnn.sequence import SequenceConfig, pauses
from graph.arrays import Rows


@dataclass(frozen=True, slots=True, eq=False)
class Sequences:
    """All plays, users one after the other, each in time order.

    Attributes:
        user_row: int64 [n_events].
        item_row: int64 [n_events].
        at: unix seconds, int64 [n_events].
        pause: bucket of the pause before the play, int64 [n_events].
        starts: 1 where a session begins, int64 [n_events].
        first: position of the user's first play, int64 [n_events].
        left: plays of the same user after this one, int64 [n_events].
        session_left: plays of the same session after this one, int64 [n_events].
    """

    user_row: Rows
    item_row: Rows
    at: NDArray[np.int64]
    pause: Rows
    starts: Rows
    first: Rows
    left: Rows
    session_left: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Some windows, padded behind: int64 [n, length] each.

    Attributes:
        user_row: int64 [n].
        item_row: of padding the last play's.
        at: unix seconds; of padding the last play's.
        pause: bucket of the pause before the play.
        starts: 1 where a session begins.
        target: an item that followed; -1 where none did, or nothing is asked.
        weight: of each position in the loss, float32 [n, length].
    """

    user_row: Rows
    item_row: Rows
    at: NDArray[np.int64]
    pause: Rows
    starts: Rows
    target: Rows
    weight: Floats


def sequences(data: TrainingData) -> Sequences:
    """The events in the order in which each user heard them, ties by item."""
    order = np.lexsort((data.item_row, data.at, data.user_row))
    user, at = data.user_row[order], data.at[order]
    place = np.arange(len(user))
    first, ends = np.searchsorted(user, user, "left"), np.searchsorted(user, user, "right")
    pause, starts = pauses(at)
    begins = first == place
    pause[begins], starts[begins] = 0, 1
    session = np.cumsum(starts)
    session_left = np.searchsorted(session, session, "right") - 1 - place
    return Sequences(user, data.item_row[order], at, pause, starts, first, ends - 1 - place, session_left)


def batches(found: Sequences, asked: Mask, config: SequenceConfig, generator: np.random.Generator) -> Iterator[Windows]:
    """Windows in random batches, in which every asked position (bool [n_events]) is supervised once.

    Half of a window at most is supervised, so that every position has as many plays before it as there are, up to half
    a window; where the halves lie is drawn anew each time.
    """
    stride = max(1, config.length // 2)
    offset = generator.integers(0, stride, int(found.user_row.max(initial=0)) + 1)[found.user_row]
    place = np.arange(len(found.user_row)) - found.first
    part = (place + offset) // stride
    positions = np.flatnonzero(asked & (found.left > 0))
    pairs = np.unique(found.user_row[positions] * (int(part.max(initial=0)) + 1) + part[positions], return_index=True)[
        1
    ]
    some = generator.permutation(positions[pairs])
    last = some + np.minimum(found.left[some], stride - 1 - (place[some] + offset[some]) % stride)
    for start in range(0, len(last), config.batch):
        yield _windows(found, asked, last[start : start + config.batch], part, config, generator)


def _windows(
    found: Sequences, asked: Mask, last: Rows, part: Rows, config: SequenceConfig, generator: np.random.Generator
) -> Windows:
    """The windows that end with the plays at ``last``; the plays of the same part are supervised."""
    begins = np.maximum(found.first[last], last - config.length + 1)
    at = begins[:, None] + np.arange(config.length)
    inside = at <= last[:, None]
    at = np.minimum(at, last[:, None])
    skipped = found.session_left[at] if config.after_session else np.zeros_like(at)
    ahead = np.minimum(found.left[at] - skipped, config.horizon)
    supervised = inside & asked[at] & (part[at] == part[last][:, None]) & (ahead > 0)
    drawn = at + skipped + 1 + (generator.random(at.shape) * ahead).astype(np.int64)
    target = np.where(supervised, found.item_row[np.minimum(drawn, len(found.item_row) - 1)], -1)
    plays = (found.left[last] + last - found.first[last] + 1).astype(np.float64)
    fresh = recency(found.at[at], int(found.at.max()), config.fresh_days)
    weight = (fresh * plays[:, None] ** -config.evenness).astype(np.float32)
    rows = (found.user_row[last], found.item_row[at], found.at[at], found.pause[at], found.starts[at])
    return Windows(*rows, target, weight)
