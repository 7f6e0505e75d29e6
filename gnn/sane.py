"""What training makes of data that cannot be: every event once, every count finite, every feature known or unknown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gnn.data import Floats, TrainingData
from graph.arrays import Rows
from graph.errors import SourceError

MOST_PLAYS = 1e7
"""Plays that one pair counts with at most: more is no music, and its square leaves single precision."""


def sane(data: TrainingData) -> TrainingData:
    """The data with repeated pairs joined, impossible counts replaced and impossible sound unknown.

    A pair given several times has the sum of the plays and the last time. A count that is no number, or not above 0,
    counts as one play, an infinite one as the most that are believed. What is in order is returned as it is.

    Raises:
        SourceError: an event names a user or item that is none of the data's.
    """
    _known_rows("user", data.user_row, len(data.users))
    _known_rows("item", data.item_row, len(data.items))
    if not _possible(data.count):
        data = replace(data, count=_bounded(data.count))
    if np.isinf(data.audio).any():
        data = replace(data, audio=np.where(np.isfinite(data.audio), data.audio, np.nan))
    weight = data.terms.weight
    if len(weight) and not (np.isfinite(weight) & (weight >= 0)).all():
        data = replace(data, terms=data.terms.select(np.isfinite(weight) & (weight >= 0)))
    return _joined(data)


def _known_rows(kind: str, rows: Rows, count: int) -> None:
    wrong = np.flatnonzero((rows < 0) | (rows >= count))
    if len(wrong):
        raise SourceError(f"event {wrong[0]} names {kind} {rows[wrong[0]]} of {count}: export the graph again")


def _possible(count: Floats) -> bool:
    return bool(((count > 0) & (count <= MOST_PLAYS)).all())


def _bounded(count: Floats) -> Floats:
    plays = np.where(np.isnan(count) | (count <= 0), 1.0, count)
    return np.minimum(plays, MOST_PLAYS).astype(np.float32)


def _joined(data: TrainingData) -> TrainingData:
    """Every pair once, in the order of its first place where any is repeated."""
    pairs, first, number = np.unique(data.pairs, return_index=True, return_inverse=True)
    if len(pairs) == len(data):
        return data
    plays = np.bincount(number, weights=data.count.astype(np.float64))
    at = np.zeros(len(pairs), np.int64)
    np.maximum.at(at, number, data.at)
    order = np.argsort(first)
    kept = first[order]
    count = np.minimum(plays, MOST_PLAYS).astype(np.float32)[order]
    return replace(data, user_row=data.user_row[kept], item_row=data.item_row[kept], count=count, at=at[order])
