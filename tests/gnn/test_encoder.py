"""The content of a later track is what training would have made of it."""

from dataclasses import replace

import numpy as np
import pytest

from gnn import cold
from gnn.cold import ContentTower, Regression
from gnn.encoder import ContentEncoder


@pytest.fixture(scope="module")
def sounding(listening):
    """The listening world with three audio features, one of which nobody knows, and gaps."""
    rng = np.random.default_rng(1)
    audio = rng.normal([3, 200, 0], [1, 50, 1], (40, 3))
    audio[rng.random(audio.shape) < 0.2] = np.nan
    audio[:, 2] = np.nan
    return replace(listening, audio=audio, audio_names=("energy", "tempo", "unknown"))


def encoded(encoder, data, rows):
    """The content of tracks of a data set, as if they came later."""
    chosen = np.isin(data.terms.item_row, rows)
    place = np.searchsorted(rows, data.terms.item_row[chosen])
    sound = data.audio[rows][:, [data.audio_names.index(name) for name in encoder.audio_names]]
    return encoder.encode(place, data.terms.term_row[chosen], data.terms.weight[chosen], sound)


def test_a_trained_track_is_encoded_as_it_was_in_training(sounding):
    encoder = ContentEncoder.of(sounding, sounding.content())
    assert encoder.audio_names == ("energy", "tempo")
    for rows in (np.arange(40), np.array([3]), np.array([0, 17, 39])):
        np.testing.assert_allclose(encoded(encoder, sounding, rows), sounding.content()[rows], atol=1e-5)


def test_without_sound_or_without_terms_the_other_remains(listening, sounding):
    only_terms = ContentEncoder.of(listening, listening.content())
    rows = np.arange(40)
    terms = listening.terms
    found = only_terms.encode(terms.item_row, terms.term_row, terms.weight, np.empty((40, 0)))
    np.testing.assert_allclose(found, listening.content(), atol=1e-5)
    bare = replace(sounding, terms=sounding.terms.select(np.zeros(len(sounding.terms.item_row), np.bool_)))
    np.testing.assert_allclose(encoded(ContentEncoder.of(bare, bare.content()), bare, rows), bare.content(), atol=1e-5)


def test_a_track_without_content_is_encoded_as_nothing(sounding):
    encoder = ContentEncoder.of(sounding, sounding.content())
    none = np.empty(0, np.int64)
    assert not encoder.encode(none, none, np.empty(0), np.full((2, 2), np.nan)).any()


def test_arrays_bring_the_same_tower_back(sounding):
    rng = np.random.default_rng(0)
    vectors, states = rng.normal(size=(40, 4)).astype(np.float32), rng.normal(size=(40, 8)).astype(np.float32)
    tower = ContentTower.of(sounding, cold.content(sounding), vectors, states, np.ones(40, np.bool_), 1.0)
    again = ContentTower.from_arrays(tower.to_arrays())
    content = encoded(again.encoder, sounding, np.arange(5))
    np.testing.assert_array_equal(content, encoded(tower.encoder, sounding, np.arange(5)))
    np.testing.assert_array_equal(again.vectors.directions(content), tower.vectors.directions(content))
    np.testing.assert_array_equal(again.states.guess(content), tower.states.guess(content))


def test_nothing_is_learned_where_nothing_is_known_or_warm(listening, make_data):
    vectors, states = np.eye(40, dtype=np.float32), np.eye(40, dtype=np.float32)
    assert ContentTower.of(listening, cold.content(listening), vectors, states, np.zeros(40, np.bool_), 1.0) is None
    blank = make_data([(user, user % 5) for user in range(9)], 9, 5)
    assert ContentTower.of(blank, cold.content(blank), vectors[:5], states[:5], np.ones(5, np.bool_), 1.0) is None


def test_a_regression_gives_back_what_content_determines():
    rng = np.random.default_rng(0)
    content = rng.normal(size=(50, 3)).astype(np.float32)
    content -= content.mean(axis=0)  # vectors are centred, content is not: of what is known of all nothing follows
    target = (content @ rng.normal(size=(3, 6)) + 2).astype(np.float32)
    found = Regression.of(content, target, np.full(50, 9), 1e-6)
    np.testing.assert_allclose(found.guess(content), target, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(found.directions(content), axis=1), 1.0, atol=1e-6)
