"""Who stands for listeners where there are few: playlists, and what somebody heard for the first time in one week.

One listening history says nothing about who likes what together with whom; its weeks and the playlists around it do.
Real listeners keep their rows. Where there are enough of them, nothing is added.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gnn.fit import LEAST_USERS
from graph.arrays import GraphArrays, Ids, Links, Rows

LEAST_TRACKS = 3
"""A playlist or week with fewer tracks says nothing about what goes together."""
WEEK_S = 7 * 86_400
_LAST = chr(0x10FFFF)
"""Sorts behind every id."""


def with_stand_ins(arrays: GraphArrays) -> GraphArrays:
    """The graph with stand-ins among its users and their tracks among the plays, where fewer than 8 users play.

    A stand-in has heard each of its tracks once: a playlist when the track was put there, or at the watermark where
    that is not known; a week when the listener did first.
    """
    if len(np.unique(arrays.played.source_row)) >= LEAST_USERS:
        return arrays
    known = len(arrays.users)
    playlists = _grouped(arrays.contains.source_row, arrays.contains.target_row, _added(arrays))
    weeks = _grouped(_week(arrays), arrays.played.target_row, _first_at(arrays))
    rows = np.concatenate([part.source_row for part in (playlists, _behind(weeks, playlists))])
    count = int(rows.max(initial=-1)) + 1
    if not count:
        return arrays
    at = np.concatenate([playlists.columns["at"], weeks.columns["at"]])
    tracks = np.concatenate([playlists.target_row, weeks.target_row])
    users = Ids(np.concatenate([arrays.users.values, [f"{_LAST}{number:09d}" for number in range(count)]]))
    names = dict(arrays.names)
    if "user" in names:
        names["user"] = np.concatenate([names["user"], np.full(count, "")])
    return replace(arrays, users=users, names=names, played=_with(arrays.played, rows + known, tracks, at))


def _with(played: Links, user_row: Rows, track_row: Rows, at: NDArray[np.int64]) -> Links:
    """The plays and one of each stand-in; what nobody can know of these is absent, as in ``GraphArrays``."""
    given = {"count": np.ones(len(at), np.int64), "weight": np.ones(len(at)), "weightAt": at}
    given |= {"firstAt": at, "lastAt": at, "skips": np.zeros(len(at), np.int64), "saves": np.zeros(len(at), np.int64)}
    columns = {
        name: np.concatenate([values, given.get(name, np.zeros(len(at))).astype(values.dtype)])
        for name, values in played.columns.items()
    }
    return Links(np.concatenate([played.source_row, user_row]), np.concatenate([played.target_row, track_row]), columns)


def _grouped(group: NDArray[np.int64], track: Rows, at: NDArray[np.int64]) -> Links:
    """Groups of at least ``LEAST_TRACKS`` different tracks, numbered from 0, each track once."""
    pairs = np.unique(np.stack([group, track]), axis=1, return_index=True)[1] if len(group) else np.empty(0, np.int64)
    group, track, at = group[pairs], track[pairs], at[pairs]
    _, number, size = np.unique(group, return_inverse=True, return_counts=True)
    large = size >= LEAST_TRACKS
    kept = large[number]
    renumbered = (np.cumsum(large) - 1)[number]
    return Links(renumbered[kept].astype(np.int64), track[kept], {"at": at[kept]})


def _behind(links: Links, others: Links) -> Links:
    return Links(links.source_row + int(others.source_row.max(initial=-1)) + 1, links.target_row)


def _added(arrays: GraphArrays) -> NDArray[np.int64]:
    known = arrays.contains.columns.get("addedAt")
    at = np.full(len(arrays.contains), -1) if known is None else known.astype(np.int64)
    newest = max(arrays.watermark, 1)
    return np.where((at > 0) & (at <= newest), at, newest)


def _first_at(arrays: GraphArrays) -> NDArray[np.int64]:
    return np.asarray(arrays.played.columns["firstAt"], np.int64)


def _week(arrays: GraphArrays) -> NDArray[np.int64]:
    """A number for each listener and week."""
    weeks = _first_at(arrays) // WEEK_S
    return arrays.played.source_row * (int(weeks.max(initial=0)) + 1) + weeks
