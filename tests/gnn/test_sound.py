"""What sounds alike: by learned vectors where both tracks have one, else by features, and the same in any company."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn.neighbours import NeighbourConfig
from gnn.sound import SoundSpace, centred, sounds_like, standardised

NONE = np.zeros((4, 0), np.float32)
NAN = np.float32(np.nan)


def test_equal_sound_is_one_and_unknown_sound_has_no_neighbour():
    audio = np.array([[120, 0.5], [120, 0.5], [60, 0.1], [np.nan, np.nan]], np.float32)
    near = sounds_like(SoundSpace.of(audio, NONE), NeighbourConfig(audio_least=0.0)).toarray()
    assert near[0, 1] == pytest.approx(1.0)
    assert near[0, 2] < near[0, 1]
    assert near[3].sum() == 0
    assert near[:, 3].sum() == 0


def test_standardised_columns():
    scaled, known = standardised(np.array([[1, 5], [3, 5], [np.nan, np.nan]], np.float32))
    np.testing.assert_allclose(scaled, [[-1, 0], [1, 0], [0, 0]])
    assert known.tolist() == [True, True, False]
    assert not standardised(NONE)[1].any()


def test_learned_vectors_overrule_features_where_both_tracks_have_one():
    """0 and 1 have equal features and opposite vectors, 0 and 2 the other way round; 3 has features alone."""
    audio = np.array([[120, 0.5], [120, 0.5], [60, 0.1], [120, 0.5]], np.float32)
    vectors = np.array([[1, 0], [-1, 0], [1, 0], [NAN, NAN]], np.float32)
    space = SoundSpace.of(audio, vectors)
    near = space.similarity(np.arange(4), np.arange(4))
    assert near[0, 2] == pytest.approx(1.0)
    assert near[0, 1] < 0.05
    assert near[0, 3] == pytest.approx(1.0)  # by features: 3 was never heard
    assert near[2, 3] < 0.5
    assert np.array_equal(near, near.T)


def test_a_track_that_was_only_heard_has_neighbours_too():
    audio = np.full((4, 3), np.nan, np.float32)
    vectors = np.array([[1, 0.1], [1, 0], [-1, 0], [NAN, NAN]], np.float32)
    space = SoundSpace.of(audio, vectors)
    assert space.known.tolist() == [True, True, True, False]
    near = sounds_like(space).toarray()
    assert near[0, 1] > 0.9
    assert near[:, 3].sum() == near[3].sum() == 0


def test_two_random_tracks_are_as_alike_by_either():
    """So that scores of tracks with and without a vector can stand in one list."""
    rng = np.random.default_rng(0)
    audio, vectors = rng.normal(size=(600, 11)).astype(np.float32), rng.normal(size=(600, 32)).astype(np.float32)
    plain = SoundSpace.of(audio, np.zeros((600, 0), np.float32))
    learned = SoundSpace.of(np.full_like(audio, np.nan), vectors + 3)  # a common part says nothing
    rows, pairs = np.arange(600), np.triu_indices(600, 1)
    for space in (plain, learned):
        assert np.median(space.similarity(rows, rows)[pairs]) == pytest.approx(np.exp(-2), abs=0.05)


def test_the_common_part_of_vectors_is_taken_away():
    found = centred(np.array([[5, 1], [5, -1], [NAN, NAN]], np.float32))
    np.testing.assert_allclose(found, [[0, 1], [0, -1], [0, 0]], atol=1e-6)
    assert centred(NONE).shape == (4, 0)


@given(st.integers(1, 40), st.integers(0, 1_000))
def test_a_pair_has_the_same_value_to_the_bit_in_any_company(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    audio, vectors = rng.normal(size=(40, 11)).astype(np.float32), rng.normal(size=(40, 32)).astype(np.float32)
    audio[rng.random(40) < 0.3], vectors[rng.random(40) < 0.5] = np.nan, np.nan
    space = SoundSpace.of(audio, vectors)
    one, other = rng.permutation(40)[:3], rng.permutation(40)[:count]
    assert np.array_equal(space.similarity(one, other), space.similarity(np.arange(40), np.arange(40))[one][:, other])
