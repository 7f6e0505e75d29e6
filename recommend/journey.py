"""A way through the music from one seed to another: each step near the line between them, and pleasant to hear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gnn.bundle import Bundle
from graph.errors import InvalidRequestError
from recommend.flow import transition_costs
from recommend.order import sounds_of
from recommend.seeds import seed_rows
from recommend.sources.source import Floats, Rows

LEAST, MOST = 3, 50
NEAR = 40
"""Tracks that are looked at for each step."""
WIDTH = 24
"""Ways that are kept after each step."""
FLOW = 0.3
"""How much a hard transition costs beside being away from the line."""


@dataclass(frozen=True, slots=True)
class Journey:
    """A way from one seed to another.

    Attributes:
        rows: int64 [n], the tracks in order.
        away: the mean distance from the line, 1 - cosine.
        steps: float64 [n - 1], the cosine from each track to the next.
    """

    rows: Rows
    away: float
    steps: Floats


def journey(bundle: Bundle, start: str, end: str, n: int, without: Rows) -> Journey:
    """Find a way of n tracks: the first and the last stand for the seeds, no artist comes twice in a row.

    A beam search over the tracks nearest to points on the great circle between both ends.

    Args:
        bundle: the space.
        start: id of a track, artist, genre or playlist.
        end: likewise.
        n: tracks.
        without: rows that may not come, such as what a listener blocks; the ends may.

    Raises:
        InvalidRequestError: an unknown seed, an impossible length, or fewer tracks than that.
    """
    if not LEAST <= n <= MOST:
        raise InvalidRequestError(f"a journey of {n} tracks: give a number from {LEAST} to {MOST}")
    first, last = _middle(bundle, start), _middle(bundle, end)
    points = _between(first, last, n)
    open_ = np.ones(len(bundle.catalogue), np.bool_)
    open_[without] = False
    ends = _end(bundle, start, first), _end(bundle, end, last)
    if ends[0] == ends[1]:
        raise InvalidRequestError(f"from {start!r} to {end!r} both ends are the same track: give two that differ")
    steps = [bundle.index.query(np.asarray(point, np.float32), NEAR, open_)[0] for point in points[1:-1]]
    rows = _beam(bundle, [np.array([ends[0]]), *steps, np.array([ends[1]])], points)
    vectors = np.asarray(bundle.track_vectors[rows], np.float32)
    away = 1.0 - np.vecdot(vectors, points.astype(np.float32))
    return Journey(rows, float(away[1:-1].mean()), np.vecdot(vectors[:-1], vectors[1:]))


def _middle(bundle: Bundle, id: str) -> Floats:
    vector = np.asarray(bundle.track_vectors[seed_rows(bundle, id)], np.float32).mean(axis=0)
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)


def _end(bundle: Bundle, id: str, middle: Floats) -> int:
    """The track that stands for a seed: of several the one nearest to their middle."""
    rows = seed_rows(bundle, id)
    return int(rows[np.asarray(bundle.track_vectors[rows] @ middle).argmax()])


def _between(first: Floats, last: Floats, n: int) -> Floats:
    """N points on the great circle from one direction to another, float32 [n, dim]."""
    angle = np.arccos(np.clip(float(first @ last), -1.0, 1.0))
    at = np.linspace(0.0, 1.0, n)[:, None]
    if angle < 1e-3 or np.pi - angle < 1e-3:  # alike, or opposite: the straight line will do
        points = (1 - at) * first + at * last
    else:
        points = (np.sin((1 - at) * angle) * first + np.sin(at * angle) * last) / np.sin(angle)
    return np.asarray(points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12), np.float32)


def _beam(bundle: Bundle, steps: list[Rows], points: Floats) -> Rows:
    """The cheapest way that takes one track of each step and none twice."""
    rows = np.unique(np.concatenate(steps))
    place = {row: at for at, row in enumerate(rows.tolist())}
    costs = transition_costs(sounds_of(bundle, rows))
    vectors = np.asarray(bundle.track_vectors[rows], np.float32)
    credits, nobody = bundle.catalogue.credits[rows], len(bundle.catalogue.artists)
    ways: list[tuple[float, tuple[int, ...]]] = [(0.0, (place[int(steps[0][0])],))]
    goal = place[int(steps[-1][0])]
    for at, step in enumerate(steps[1:], start=1):
        found = []
        for cost, way in ways:
            before = way[-1]
            for row in step.tolist():
                one = place[row]
                if one in way or (one == goal and at < len(steps) - 1) or _same_artist(credits, before, one, nobody):
                    continue
                away = 1.0 - float(vectors[one] @ points[at])
                apart = 1.0 - float(vectors[before] @ vectors[one])
                found.append((cost + away + apart + FLOW * float(costs[before, one]), (*way, one)))
        if not found:
            raise InvalidRequestError(
                f"there is no way of {len(steps)} tracks between these: give fewer, or seeds that are further apart"
            )
        ways = sorted(found)[:WIDTH]
    return rows[list(ways[0][1])]


def _same_artist(credits: Rows, one: int, other: int, nobody: int) -> bool:
    mine = {artist for artist in credits[one].tolist() if artist != nobody}
    return bool(mine & set(credits[other].tolist()))
