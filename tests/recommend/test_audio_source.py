"""The audio source follows the learned vectors where there are some, and a bundle keeps them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from gnn import bundle as bundles
from graph.kinds import SOUND_VECTOR
from recommend.sources.audio import AudioSource
from recommend.taste import taste_of
from recommend.types import RecommendRequest

NEVER = 2_000_000_000


@pytest.fixture(scope="module")
def heard(make_engine, two_scenes):
    """Tracks of both scenes whose number is even sound one way, the odd ones another; those of ``x`` were not heard."""
    ids = two_scenes.tracks.values.tolist()
    vectors = np.random.default_rng(0).normal(0, 0.05, (len(ids), 8)).astype(np.float32)
    for row, id in enumerate(ids):
        vectors[row, int(id[1:]) % 2] += 1
        if id[0] == "x":
            vectors[row] = np.nan
    return make_engine(dataclasses.replace(two_scenes, track_columns={SOUND_VECTOR: vectors}))


def taste(engine, user):
    return taste_of(engine.reads.profile(user, NEVER), engine.bundle, NEVER)


def test_it_nominates_what_sounds_like_the_history_and_only_what_was_heard(heard):
    ids = heard.bundle.catalogue.tracks.values
    known = taste(heard, "u-a00")
    even = np.array([int(id[1:]) % 2 == 0 for id in ids[known.rows]])
    nominated = ids[AudioSource().nominate(known, 20)]
    assert len(nominated) == 20
    assert not any(id.startswith("x") for id in nominated)
    share = np.mean([int(id[1:]) % 2 == 0 for id in nominated])
    assert share in (0.0, 1.0)  # the way that is the stronger one in the history
    assert 0 < even.mean() < 1


def test_the_score_is_the_sum_of_what_each_play_adds(heard):
    known, rows = taste(heard, "u-b03"), np.arange(len(heard.bundle.catalogue))
    source = AudioSource()
    np.testing.assert_allclose(source.split(known, rows).sum(axis=0), source.score(known, rows), atol=1e-6)


def test_neighbours_by_sound_are_those_of_the_vectors(heard):
    ids, near = heard.bundle.catalogue.tracks.values, heard.bundle.sounds_like.tocoo()
    assert near.nnz
    assert all(int(ids[a][1:]) % 2 == int(ids[b][1:]) % 2 for a, b in zip(*near.coords, strict=True))


def test_a_bundle_keeps_them_and_one_without_still_opens(heard, scenes, tmp_path: Path):
    for name, engine, width in (("with", heard, 8), ("without", scenes, 0)):
        folder = tmp_path / name
        folder.mkdir()
        bundles.write(dataclasses.replace(engine.bundle, version=name), folder)
        found = bundles.read(folder).catalogue.sound_vectors
        assert found.shape == (len(engine.bundle.catalogue), width)
        np.testing.assert_array_equal(found, engine.bundle.catalogue.sound_vectors)


def test_nobody_heard_anything(scenes):
    assert AudioSource().unavailable(scenes.bundle) == "no audio features"
    answer = scenes.recommend(RecommendRequest("u-a00", as_of=NEVER))
    assert {item.contributions["audio"] for item in answer.items} == {0.0}
