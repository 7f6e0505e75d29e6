"""Every index keeps one contract; Annoy is held against the exact one."""

import numpy as np
import pytest

from gnn.index import AnnoyNeighbours, ExactIndex, build_annoy, overlap
from graph.errors import BundleDamagedError


def _unit(n, dim, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(params=["exact", "annoy"])
def make(request, tmp_path):
    def index(vectors):
        if request.param == "exact":
            return ExactIndex(vectors)
        build_annoy(vectors, tmp_path / "index.ann")
        return AnnoyNeighbours(tmp_path / "index.ann", vectors)

    return index


def test_each_vector_is_its_own_nearest(make):
    vectors = _unit(300, 16)
    index = make(vectors)
    for row in (0, 17, 299):
        rows, cosines = index.query(vectors[row], 5)
        assert rows[0] == row
        assert cosines[0] == pytest.approx(1.0, abs=1e-5)


def test_cosines_are_true_and_best_first(make):
    vectors = _unit(300, 16)
    wanted = _unit(1, 16, seed=9)[0]
    rows, cosines = make(vectors).query(wanted, 20)
    assert len(set(rows.tolist())) == 20
    assert np.all(np.diff(cosines) <= 0)
    np.testing.assert_allclose(cosines, vectors[rows] @ wanted, atol=1e-6)


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (3, 3), (50, 50), (1000, 50)])
def test_it_returns_as_many_as_there_are(make, count, expected):
    assert len(make(_unit(50, 8)).query(_unit(1, 8, seed=1)[0], count)[0]) == expected


def test_ties_are_broken_by_row(make):
    vectors = np.repeat(_unit(1, 8), 6, axis=0)
    assert make(vectors).query(vectors[0], 3)[0].tolist() == sorted(make(vectors).query(vectors[0], 3)[0].tolist())


def test_annoy_finds_nearly_all_that_the_exact_index_finds(tmp_path):
    vectors = _unit(3000, 32)
    build_annoy(vectors, tmp_path / "index.ann")
    index = AnnoyNeighbours(tmp_path / "index.ann", vectors)
    assert overlap(index, ExactIndex(vectors), vectors[:100], 20) >= 0.95


def test_the_same_seed_writes_the_same_file(tmp_path):
    vectors = _unit(500, 16)
    build_annoy(vectors, tmp_path / "one")
    build_annoy(vectors, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_an_index_of_other_vectors_is_refused(tmp_path):
    build_annoy(_unit(10, 8), tmp_path / "index.ann")
    with pytest.raises(BundleDamagedError, match="holds 10 vectors, expected 11"):
        AnnoyNeighbours(tmp_path / "index.ann", _unit(11, 8))
