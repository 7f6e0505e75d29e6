"""What the network is told, and that it is believed only where it hears more than features say."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

pytest.importorskip("implicit", reason="the train extra is not installed")

from gnn.als import AlsConfig
from gnn.audio import Targets
from gnn.audio_learning import LEAST_LISTENERS, agreement, learn, targets_of
from gnn.config import TRACK_CONFIG
from graph.arrays import GraphArrays, Ids, Links
from graph.errors import NotEnoughDataError

SMALL = dataclasses.replace(TRACK_CONFIG, als=AlsConfig(factors=8, weighting="binary", iterations=5))


class Ridge:
    """Another embedding than the network: a linear map from the mean picture to the collaborative vectors."""

    def fit(self, pictures, targets, progress=None):
        known = np.isfinite(targets.vectors).any(axis=1)
        inputs = self._inputs(pictures)[known]
        self._map = np.linalg.solve(inputs.T @ inputs + np.eye(inputs.shape[1]), inputs.T @ targets.vectors[known])

    def embed(self, pictures):
        found = self._inputs(pictures) @ self._map
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    @staticmethod
    def _inputs(pictures):
        return np.stack([picture.mean(axis=0) / 128 - 1 for picture in pictures])


def planted(heard: bool, n: int = 120, seed: int = 0):
    """Tracks of four tastes; pictures that show the taste, or nothing; features that are chance."""
    rng = np.random.default_rng(seed)
    taste = np.arange(n) % 4
    vectors = (rng.normal(size=(4, 8))[taste] + rng.normal(0, 0.3, (n, 8))).astype(np.float32)
    shown = rng.integers(0, 255, (4, 64))[taste] if heard else rng.integers(0, 255, (n, 64))
    pictures = [np.tile(row, (20, 1)).astype(np.uint8) for row in shown]
    none = np.zeros((n, 0), np.float32)
    return pictures, Targets(vectors, none, none), rng.normal(size=(n, 5)).astype(np.float32)


def test_what_can_be_heard_is_found_on_tracks_that_were_not_told_of():
    pictures, targets, features = planted(heard=True)
    learned = learn(pictures, targets, features, make=Ridge)
    assert learned.judged.is_better
    assert learned.judged.learned > 0.8
    assert abs(learned.judged.plain) < 0.2
    assert learned.judged.tracks == 24
    assert learned.vectors.shape == (120, 8)


def test_from_noise_nothing_is_learned():
    judged = [learn(*planted(heard=False, seed=seed), make=Ridge, seed=seed).judged for seed in range(3)]
    assert all(abs(one.learned) < 0.25 for one in judged)


def test_features_that_say_it_all_are_not_beaten():
    pictures, targets, _ = planted(heard=False)
    assert not learn(pictures, targets, targets.vectors, make=Ridge).judged.is_better


def test_genres_judge_where_nobody_listens():
    pictures, targets, features = planted(heard=True)
    genres = np.eye(4, dtype=np.float32)[np.arange(120) % 4]
    by_genre = Targets(np.zeros((120, 0), np.float32), genres, targets.features)

    class OfGenres(Ridge):
        def fit(self, pictures, targets, progress=None):
            super().fit(pictures, Targets(targets.genres, targets.genres, targets.features))

    assert learn(pictures, by_genre, features, make=OfGenres).judged.learned > 0.9


def test_too_little_to_judge_by_is_refused():
    pictures, targets, features = planted(heard=True, n=16)
    with pytest.raises(NotEnoughDataError, match="which 16 analysed tracks have; it needs 20: import plays or genres"):
        learn(pictures, targets, features, make=Ridge)


def test_agreement_by_hand():
    places = np.array([[0], [1], [10]], np.float32)
    truth = np.array([[1, 0], [1, 0], [0, 1]], np.float64)
    assert agreement(places, truth, np.array([0, 1]), 1) == 1.0
    assert agreement(places, truth, np.array([2]), 1) == 0.0


def arrays_of(n_users: int = 30, n_tracks: int = 24) -> GraphArrays:
    """Listeners of even and of odd tracks; track 20 has one listener, 21 to 23 none; 22 a genre; 20 to 23 features."""
    pairs = [(user, track) for user in range(n_users) for track in range(20) if user % 2 == track % 2]
    pairs.append((0, 20))
    played = Links(*np.array(pairs).T, {"count": np.ones(len(pairs), np.int64)})
    none = Links.none()
    empty = {field.name: none for field in dataclasses.fields(GraphArrays)}
    named = {
        "users": Ids(np.array([f"u{at:02}" for at in range(n_users)])),
        "tracks": Ids(np.array([f"t{at:02}" for at in range(n_tracks)])),
        "artists": Ids.of([]),
        "genres": Ids.of(["g1", "g2"]),
        "playlists": Ids.of([]),
    }
    genres = Links(np.array([22, 22]), np.array([0, 1]), {"weight": np.array([0.5, 1.5])})
    energy = np.where(np.arange(n_tracks) >= 20, np.linspace(0, 1, n_tracks), np.nan)
    rest = {"names": {}, "track_columns": {"energy": energy}, "watermark": 0, "played": played, "track_genre": genres}
    return GraphArrays(**(empty | named | rest))


def test_listeners_come_first_then_genres_then_features():
    targets = targets_of(arrays_of(), np.arange(24), SMALL)
    assert np.isfinite(targets.vectors).all(axis=1).tolist() == [True] * 20 + [False] * 4
    assert LEAST_LISTENERS > 1  # which track 20 lacks
    assert np.nan_to_num(targets.genres[22]).tolist() == [0.25, 0.75]
    assert np.isfinite(targets.features).all(axis=1).tolist() == [False] * 20 + [True, True, False, True]
    evens, odds = targets.vectors[0:20:2], targets.vectors[1:20:2]
    assert (evens @ evens.T).min() > 0.9 > 0 > (evens @ odds.T).max()


def test_some_tracks_in_any_order():
    arrays, rows = arrays_of(), np.array([22, 3, 23])
    every, some = targets_of(arrays, np.arange(24), SMALL), targets_of(arrays, rows, SMALL)
    np.testing.assert_array_equal(some.vectors, every.vectors[rows])
    np.testing.assert_array_equal(some.genres, every.genres[rows])


def test_without_listeners_there_are_no_vectors():
    silent = dataclasses.replace(arrays_of(), played=Links.none())
    assert targets_of(silent, np.arange(24), SMALL).vectors.shape == (24, 0)
