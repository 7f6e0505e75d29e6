"""Odd data gives one clear error, or a model that can be served: finite unit vectors, not all alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from gnn.config import ARTIST_CONFIG, TRACK_CONFIG, FitConfig
from gnn.data import TrainingData, of_tracks
from gnn.fit import FittedModels, fit
from gnn.neighbours import NeighbourConfig, co_listening
from gnn.sane import sane
from graph.arrays import GraphArrays, Ids, Links
from graph.errors import NotEnoughDataError, SourceError

Make = Callable[..., TrainingData]
DAY = 86_400
TRACKS = replace(
    TRACK_CONFIG, als=replace(TRACK_CONFIG.als, factors=8), sage=replace(TRACK_CONFIG.sage, dim=8, batch_users=32)
)
ARTISTS = replace(
    ARTIST_CONFIG,
    als=replace(ARTIST_CONFIG.als, factors=8, regularization=1.0),
    sage=replace(ARTIST_CONFIG.sage, dim=8, epochs=2, folds=replace(ARTIST_CONFIG.sage.folds, count=3, cold_count=1)),
)
CONFIGS = pytest.mark.parametrize("config", [TRACKS, ARTISTS], ids=["tracks", "artists"])


def assert_sane(models: FittedModels, data: TrainingData) -> None:
    items, users = models.item_vectors, models.user_vectors
    assert np.isfinite(items).all()
    assert np.isfinite(users).all()
    assert np.isfinite(models.als.item_factors).all()
    np.testing.assert_allclose(np.linalg.norm(items, axis=1), 1.0, atol=1e-4)
    seen = np.linalg.norm(users[np.unique(data.user_row)], axis=1)
    np.testing.assert_allclose(seen, 1.0, atol=1e-4)
    spread = np.linalg.svd(items - items.mean(axis=0), compute_uv=False)
    assert (spread > 1e-3 * spread[0]).sum() >= 3, "the items' vectors lie on a line: the model has collapsed"


def test_an_empty_graph_is_refused() -> None:
    none, ids = Links.none(), Ids.of([])
    empty = GraphArrays(ids, ids, ids, ids, ids, {}, {}, *[none] * 10, 0)
    with pytest.raises(NotEnoughDataError, match="found 0, 0 and 0: import more plays"):
        fit(of_tracks(empty))


@pytest.mark.parametrize(
    ("pairs", "users", "items", "found"),
    [
        ([], 10, 10, "found 0, 0 and 0"),
        ([(0, item) for item in range(90)], 1, 90, "found 1, 90 and 90"),
        ([(user, 0) for user in range(90)], 90, 1, "found 90, 1 and 90"),
    ],
    ids=["no plays", "one user", "one item"],
)
def test_too_little_is_refused_in_one_line(
    make_data: Make, pairs: list[tuple[int, int]], users: int, items: int, found: str
) -> None:
    with pytest.raises(NotEnoughDataError, match=f"{found}: import more plays") as caught:
        fit(make_data(pairs, users, items), TRACKS)
    assert "\n" not in str(caught.value)


@CONFIGS
def test_unknown_and_infinite_sound(listening: TrainingData, config: FitConfig) -> None:
    audio = np.random.default_rng(0).standard_normal((40, 5))
    audio[:10], audio[11, 2], audio[12, 3], audio[:, 4] = np.nan, np.inf, -np.inf, np.nan
    data = replace(listening, audio=audio)
    assert_sane(fit(data, config), data)


@CONFIGS
def test_counts_that_cannot_be(listening: TrainingData, config: FitConfig) -> None:
    count = listening.count.copy()
    count[::9], count[1::9], count[2::9] = np.inf, np.nan, 3e38
    data = replace(listening, count=count)
    assert_sane(fit(data, config), data)


@CONFIGS
def test_pairs_given_twice_count_once(listening: TrainingData, config: FitConfig) -> None:
    again = np.concatenate([np.arange(len(listening)), np.arange(0, len(listening), 3)])
    data = replace(
        listening,
        user_row=listening.user_row[again],
        item_row=listening.item_row[again],
        count=listening.count[again],
        at=listening.at[again],
    )
    assert len(sane(data)) == len(listening)
    assert_sane(fit(data, config), data)


def test_joined_pairs_have_all_plays_and_the_last_time(make_data: Make) -> None:
    data = make_data([(0, 1), (1, 0), (0, 1)], 2, 2, at=[5, 7, 9], counts=[2.0, 1.0, 3.0])
    found = sane(data)
    assert list(zip(found.user_row, found.item_row, found.count, found.at, strict=True)) == [(0, 1, 5, 9), (1, 0, 1, 7)]


def test_what_is_in_order_stays_the_same_object(listening: TrainingData) -> None:
    assert sane(listening) is listening


def test_events_of_unknown_rows_are_refused(listening: TrainingData) -> None:
    rows = listening.item_row.copy()
    rows[3] = 40
    with pytest.raises(SourceError, match="event 3 names item 40 of 40"):
        sane(replace(listening, item_row=rows))


@CONFIGS
def test_one_giant_listener(listening: TrainingData, config: FitConfig) -> None:
    """Has nine tenths of all plays, and everything there is."""
    own = np.arange(40)
    plays = np.full(40, 9 * listening.count.sum() / 40, np.float32)
    data = replace(
        listening,
        users=Ids(np.append(listening.users.values, "world:user:9999")),
        user_row=np.append(listening.user_row, np.full(40, 60)),
        item_row=np.append(listening.item_row, own),
        count=np.append(listening.count, plays),
        at=np.append(listening.at, np.full(40, 1_400_000_000)),
    )
    models = fit(data, config)
    assert_sane(models, data)
    scores = models.user_vectors[:60] @ models.item_vectors.T
    even, odd = scores[::2, :20].mean() - scores[::2, 20:].mean(), scores[1::2, :20].mean() - scores[1::2, 20:].mean()
    assert even > 0 > odd, "the others keep their tastes"


def test_a_giant_listener_counts_with_a_sample_of_tracks() -> None:
    pairs = np.array([(0, track) for track in range(500)] + [(user, track) for user in (1, 2, 3) for track in (7, 8)])
    played = Links(*pairs.T)
    found = co_listening(played, 4, 500, NeighbourConfig(count=5, most_heard=50))
    assert found.similarity.nnz < 50 * 5 + 20
    assert found.listeners.toarray()[7, 8] >= 3


@CONFIGS
def test_items_without_artists(listening: TrainingData, config: FitConfig) -> None:
    some = listening.performed_by.source_row >= 25
    for performed in (listening.performed_by.select(some), Links.none()):
        data = replace(listening, performed_by=performed)
        assert_sane(fit(data, config), data)


@CONFIGS
def test_users_with_a_single_play(make_data: Make, config: FitConfig) -> None:
    pairs = [(user, user % 30) for user in range(120)]
    data = make_data(pairs, 120, 30, at=[1_400_000_000 + DAY * user for user in range(120)])
    assert_sane(fit(data, config), data)


def test_items_without_anything_known(listening: TrainingData) -> None:
    kept = listening.item_row < 30
    bare = replace(listening.select(kept), terms=listening.terms.select(listening.terms.item_row < 30))
    assert_sane(fit(bare, TRACKS), bare)
