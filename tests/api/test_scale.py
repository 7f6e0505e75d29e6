"""The made-up graph of the scale benchmark, and the benchmark itself on a very small one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from api.bench.scale import scale
from api.bench.world import WorldSize, world
from api.settings import Settings
from gnn import large
from gnn.config import ARTIST_CONFIG, TRACK_CONFIG
from gnn.data import of_tracks
from graph.progress import NoProgress

SIZE = WorldSize(users=300, tracks=2000, plays=9000, genres=10, followed=2)


def test_a_world_has_the_size_that_was_asked_and_each_pair_once() -> None:
    arrays = world(SIZE)
    pairs = arrays.played.source_row * 2000 + arrays.played.target_row
    assert len(pairs) == len(np.unique(pairs)) <= 9000
    assert len(pairs) > 7000
    assert (len(arrays.users), len(arrays.tracks), len(arrays.artists)) == (300, 2000, 200)
    assert np.bincount(arrays.played.source_row, minlength=300).min() >= 1


def test_listeners_have_genres_and_tracks_are_unevenly_known() -> None:
    arrays = world(SIZE)
    genre_of = np.zeros(2000, np.int64)
    genre_of[arrays.track_genre.source_row] = arrays.track_genre.target_row
    table = np.zeros((300, 10))
    np.add.at(table, (arrays.played.source_row, genre_of[arrays.played.target_row]), 1)
    assert (np.sort(table, axis=1)[:, -3:].sum(axis=1) / table.sum(axis=1)).mean() > 0.8
    plays = np.sort(np.bincount(arrays.played.target_row, minlength=2000))[::-1]
    assert plays[:200].sum() > 1.5 * plays[200:400].sum() > 0


def test_the_same_seed_makes_the_same_world() -> None:
    one, again, other = world(SIZE, 1), world(SIZE, 1), world(SIZE, 2)
    np.testing.assert_array_equal(one.played.target_row, again.played.target_row)
    assert not np.array_equal(one.played.target_row[:500], other.played.target_row[:500])


def test_the_benchmark_times_every_stage() -> None:
    rows = {row.what: row for row in scale(cast("Settings", None), NoProgress(), share=0.001)}
    for stage in ("ALS and GraphSAGE", "neighbours and catalogue", "publish", "verify and load"):
        assert rows[stage].value > 0
        assert rows[f"most memory by the end of: {stage}"].unit == "GB"
        assert rows[f"processors: {stage}"].value > 0


def test_large_data_have_fewer_folds_and_small_data_what_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    data: Any = of_tracks(world(SIZE))
    assert large.sized(ARTIST_CONFIG, data) is ARTIST_CONFIG
    monkeypatch.setattr(large, "LARGE_EVENTS", len(data))
    found = large.sized(ARTIST_CONFIG, data).sage
    assert (found.folds.count, found.folds.cold_count, found.folds.refit_als, found.epochs) == (2, 1, False, 2)
    one = replace(TRACK_CONFIG, sage=replace(TRACK_CONFIG.sage, epochs=1))
    assert large.sized(one, data).sage.epochs == 1
