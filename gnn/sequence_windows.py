"""Histories cut into windows of a fixed length: what the sequence model is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.data import Floats, TrainingData
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
        left: plays of the same user after this one, int64 [n_events].
        session_left: plays of the same session after this one, int64 [n_events].
    """

    user_row: Rows
    item_row: Rows
    at: NDArray[np.int64]
    pause: Rows
    starts: Rows
    left: Rows
    session_left: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Some windows, padded behind: int64 [n, length] each.

    Attributes:
        user_row: int64 [n].
        item_row: 0 where padded.
        at: unix seconds; of padding the last play's.
        pause: bucket of the pause before the play.
        starts: 1 where a session begins.
        target: an item that followed; -1 where none did, or padded.
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
    ends = np.searchsorted(user, user, "right")
    first = np.flatnonzero(np.diff(user, prepend=-1))
    pause, starts = pauses(at)
    pause[first], starts[first] = 0, 1
    session = np.cumsum(starts)
    session_ends = np.searchsorted(session, session, "right")
    return Sequences(user, data.item_row[order], at, pause, starts, ends - 1 - place, session_ends - 1 - place)


def batches(found: Sequences, config: SequenceConfig, generator: np.random.Generator) -> Iterator[Windows]:
    """Every play once, in windows that begin at a random place of each history, in random batches."""
    begins = _begins(found, config.length, generator)
    begins = generator.permutation(begins)
    for start in range(0, len(begins), config.batch):
        yield _windows(found, begins[start : start + config.batch], config, generator)


def _begins(found: Sequences, length: int, generator: np.random.Generator) -> Rows:
    """Where windows begin, int64: at each user's first play, and every ``length`` plays after a random offset."""
    first = np.flatnonzero(np.diff(found.user_row, prepend=-1))
    place = np.arange(len(found.user_row)) - first[np.cumsum(np.diff(found.user_row, prepend=-1) != 0) - 1]
    offset = generator.integers(0, length, int(found.user_row.max(initial=0)) + 1)[found.user_row]
    later = (place % length == offset) & (place > 0) & (found.left > 0)
    return np.union1d(first[found.left[first] > 0], np.flatnonzero(later))


def _windows(found: Sequences, begins: Rows, config: SequenceConfig, generator: np.random.Generator) -> Windows:
    last = begins + found.left[begins]
    at = begins[:, None] + np.arange(config.length)
    inside = at <= last[:, None]
    at = np.minimum(at, last[:, None])
    skipped = found.session_left[at] if config.after_session else np.zeros_like(at)
    ahead = np.minimum(found.left[at] - skipped, config.horizon)
    drawn = at + skipped + 1 + (generator.random(at.shape) * ahead).astype(np.int64)
    target = np.where(inside & (ahead > 0), found.item_row[np.minimum(drawn, len(found.item_row) - 1)], -1)
    plays = np.bincount(found.user_row)[found.user_row[begins]]
    fresh = recency(found.at[at], int(found.at.max()), config.fresh_days)
    weight = (fresh * plays[:, None] ** -config.evenness).astype(np.float32)
    return Windows(
        found.user_row[begins],
        np.where(inside, found.item_row[at], 0),
        found.at[at],
        found.pause[at],
        found.starts[at],
        target,
        weight,
    )
