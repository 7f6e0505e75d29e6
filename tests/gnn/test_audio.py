"""The audio embedding: what it learns, from what, and when it refuses."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="the train extra is not installed")
pytest.importorskip("librosa", reason="the audio extra is not installed")

from gnn.audio import LEAST_TRACKS, CnnConfig, CnnEmbedding, Targets, precision_at
from gnn.sound import standardised
from graph.errors import NotEnoughDataError
from graph.kinds import AUDIO
from ingest.audio.analysis import hear
from ingest.audio.files import of_samples
from ingest.audio.timbres import GROUPS, RATE, timbres


def targets(vectors: np.ndarray) -> Targets:
    none = np.zeros((len(vectors), 0), np.float32)
    return Targets(vectors, none, none)


def test_the_embedding_finds_groups_that_plain_descriptors_do_not_separate() -> None:
    world = timbres(192, seed=1)
    heard = [hear(of_samples(clip, RATE)) for clip in world.clips]
    features = [[getattr(one.analysis.features, name) for name in AUDIO] for one in heard]
    plain, _ = standardised(np.array(features, np.float32))
    unheard = np.flatnonzero(np.arange(192) // GROUPS % 4 == 0)  # no listener knows these
    liked = world.liked.copy()
    liked[unheard] = np.nan
    model = CnnEmbedding(CnnConfig(epochs=15))
    model.fit([one.mels for one in heard], targets(liked))
    vectors = model.embed([one.mels for one in heard])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    learned = precision_at(vectors, world.group, unheard)
    assert learned > 1.5 * precision_at(plain, world.group, unheard)


def test_the_same_seed_gives_the_same_vectors_and_every_kind_of_target_counts() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 255, (30 + 5 * (at % 4), 64)).astype(np.uint8) for at in range(LEAST_TRACKS)]
    n = len(pictures)
    genres = np.eye(3, dtype=np.float32)[np.arange(n) % 3]
    features = rng.normal(size=(n, 4)).astype(np.float32)
    features[:5] = np.nan
    config = CnnConfig(epochs=2, columns=16, channels=8, dim=8, views=2)
    told = Targets(rng.normal(size=(n, 6)).astype(np.float32), genres, features)
    found = []
    for _ in range(2):
        model = CnnEmbedding(config)
        model.fit(pictures, told)
        found.append(model.embed(pictures))
    assert np.array_equal(*found)
    assert found[0].shape == (n, 8)
    without = CnnEmbedding(config)
    without.fit(pictures, Targets(told.vectors, np.zeros((n, 0), np.float32), np.zeros((n, 0), np.float32)))
    assert not np.allclose(without.embed(pictures), found[0])


def test_too_few_tracks_are_refused_with_what_to_do() -> None:
    pictures = [np.zeros((20, 64), np.uint8)] * 3
    with pytest.raises(NotEnoughDataError, match=r"needs 40 tracks .* found 3: analyse more files"):
        CnnEmbedding().fit(pictures, targets(np.ones((3, 2), np.float32)))
    with pytest.raises(NotEnoughDataError, match="was not trained"):
        CnnEmbedding().embed(pictures)


def test_precision_counts_the_group_of_the_nearest_without_oneself() -> None:
    vectors = np.array([[0.0], [0.1], [5.0], [5.1]], np.float32)
    assert precision_at(vectors, np.array([0, 0, 1, 1]), np.arange(4), 1) == 1.0
    assert precision_at(vectors, np.array([0, 1, 0, 1]), np.arange(4), 1) == 0.0
