"""The benchmark of the indexes measures worlds like the trained ones."""

import numpy as np

from api.bench.index import INDEXES, _measured, trained, world


def test_the_generated_world_is_shaped_like_trained_vectors():
    made = world(3_000, 32)
    np.testing.assert_allclose(np.linalg.norm(made.tracks, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(made.by_listeners, axis=1), 1.0, atol=1e-5)
    assert not made.by_listeners[:, -1].any()
    assert 0.5 < (made.tracks @ made.tracks.mean(axis=0)).mean() < 0.9  # .75 on LFM-1M
    assert np.median(made.by_listeners @ made.tracks.T) < 0.2  # listeners are far from most
    np.testing.assert_array_equal(world(3_000, 32).tracks, made.tracks)
    assert not np.array_equal(world(3_000, 32, seed=1).tracks, made.tracks)


def test_the_live_model_is_measured_by_its_own_listeners(api):
    made = trained(api.service.model.get().bundle)
    np.testing.assert_allclose(np.linalg.norm(made.by_listeners, axis=1), 1.0, atol=1e-4)
    found = {row.what: row.value for row in _measured("exact", made, "live ")}
    count, dim = made.tracks.shape
    assert found[f"live exact, {count} x {dim}: recall@20 for listeners"] == 100.0


def test_every_figure_of_an_index_is_there():
    made = world(3_000, 16)
    for name in ("exact", "int8", "annoy"):
        found = {row.what.partition(": ")[2]: row for row in _measured(name, made)}
        assert found["recall@20 for listeners"].value >= (100.0 if name == "exact" else 90.0)
        assert {row.unit for row in found.values()} == {"s", "MB", "%", "ms"}
        assert found["size"].value > 0
        assert found["20 neighbours, p50"].value <= found["20 neighbours, p95"].value
    assert set(INDEXES) >= {"exact", "int8", "annoy", "faiss-ivf", "faiss-hnsw", "faiss-hnsw-sq8"}
