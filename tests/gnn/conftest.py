"""Planted worlds for the models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gnn.data import Terms, TrainingData
from graph.arrays import Ids, Links

DAY = 86_400


def _ids(kind: str, count: int) -> Ids:
    return Ids(np.array([f"world:{kind}:{number:04d}" for number in range(count)]))


def _terms(items: int, pairs: list[tuple[int, int]]) -> Terms:
    item, term = np.array(pairs or np.empty((0, 2)), np.int64).reshape(-1, 2).T
    count = int(term.max()) + 1 if len(term) else 0
    return Terms(np.full(len(item), -1, np.int64), item, term, np.ones(len(item)), count)


def data_of(
    pairs: list[tuple[int, int]],
    users: int,
    items: int,
    *,
    at: list[int] | None = None,
    counts: list[float] | None = None,
    artist_of: list[int] | None = None,
    follows: list[tuple[int, int]] | None = None,
    terms: list[tuple[int, int]] | None = None,
) -> TrainingData:
    """A data set from (user, item) pairs."""
    user_row, item_row = np.array(pairs, np.int64).reshape(-1, 2).T
    performed = Links.none()
    if artist_of is not None:
        performed = Links(np.arange(items), np.array(artist_of, np.int64))
    source, target = np.array(follows or np.empty((0, 2)), np.int64).reshape(-1, 2).T
    return TrainingData(
        users=_ids("user", users),
        items=_ids("item", items),
        artists=_ids("artist", max(artist_of) + 1 if artist_of else 0),
        user_row=user_row,
        item_row=item_row,
        count=np.ones(len(user_row), np.float32) if counts is None else np.array(counts, np.float32),
        at=np.zeros(len(user_row), np.int64) if at is None else np.array(at, np.int64),
        has_times=at is not None,
        performed_by=performed,
        follows=Links(source, target),
        terms=_terms(items, terms or []),
        audio=np.empty((items, 0)),
    )


@pytest.fixture(scope="session")
def make_data() -> Callable[..., TrainingData]:
    return data_of


@pytest.fixture(scope="session")
def listening() -> TrainingData:
    """60 users, 40 items, 8 artists, times, counts, follows and genres, all at random but with two tastes."""
    generator = np.random.default_rng(7)
    pairs = sorted(
        {(user, int(item)) for user in range(60) for item in generator.choice(20, 9, replace=False) + 20 * (user % 2)}
        | {(user, int(generator.integers(40))) for user in range(60)}
    )
    return data_of(
        pairs,
        60,
        40,
        at=(1_400_000_000 + generator.integers(0, 300 * DAY, len(pairs))).tolist(),
        counts=generator.integers(1, 9, len(pairs)).astype(float).tolist(),
        artist_of=[item // 5 for item in range(40)],
        follows=[(user, int(other)) for user in range(0, 60, 3) for other in generator.choice(60, 4, replace=False)],
        terms=[(item, int(term)) for item in range(40) for term in {item % 7, 7 + item // 10}],
    )


@pytest.fixture(scope="session")
def checkerboard() -> TrainingData:
    """Even users like all even items, odd users all odd ones, but the diagonal is withheld."""
    size = 50
    pairs = [(user, item) for user in range(size) for item in range(size) if user % 2 == item % 2 and user != item]
    return data_of(pairs, size, size)
