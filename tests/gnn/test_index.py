"""Every index keeps one contract, whatever stands behind it."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn.index import BACKENDS, ExactIndex, Int8Vectors, overlap, probe
from gnn.index.delta import WithLater
from gnn.index.files import seal_of
from graph.errors import BundleDamagedError, ModelError

KINDS = ("exact", "int8", "with-later", *BACKENDS)
FILES = tuple(BACKENDS)
BIG, DIM = 4_000, 16


def needs(kind):
    if kind.startswith("faiss"):
        pytest.importorskip("faiss", reason="faiss-cpu is not installed: pip install 'phonograph[faiss]'")


def unit(n, dim, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def clustered(n, dim, seed=0):
    centres = unit(n // 40, dim, seed)
    near = np.repeat(centres, 40, axis=0) + 0.5 * unit(n, dim, seed + 1)
    return (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)


def made(kind, vectors, folder):
    """An index of one kind, and the vectors that it answers from."""
    if kind == "exact":
        return ExactIndex(vectors), vectors
    if kind == "int8":
        quantised = Int8Vectors.of(vectors)
        return ExactIndex(quantised), quantised[:]
    if kind == "with-later":
        known = len(vectors) * 3 // 4
        return WithLater(ExactIndex(vectors[:known]), known, vectors[known:]), vectors
    path = folder / f"index.{BACKENDS[kind].suffix}"
    BACKENDS[kind].build(vectors, path)
    return BACKENDS[kind].open(path, vectors, 1.0), vectors


@pytest.fixture(params=KINDS)
def make(request, tmp_path):
    needs(request.param)
    return lambda vectors: made(request.param, vectors, tmp_path)


@pytest.fixture(scope="module", params=KINDS)
def big(request, tmp_path_factory):
    """An index over so many vectors that nothing is looked at one by one."""
    needs(request.param)
    return made(request.param, clustered(BIG, DIM), tmp_path_factory.mktemp("big"))


def test_each_vector_is_its_own_nearest(big):
    index, vectors = big
    for row in (0, 17, BIG - 1):
        rows, cosines = index.query(vectors[row], 5)
        assert rows[0] == row
        assert cosines[0] == pytest.approx(1.0, abs=1e-5)


def test_cosines_are_true_and_best_first(big):
    index, vectors = big
    wanted = unit(1, DIM, seed=9)[0]
    rows, cosines = index.query(wanted, 20)
    assert rows.dtype == np.int64
    assert cosines.dtype == np.float32
    assert len(set(rows.tolist())) == 20
    assert np.all(np.diff(cosines) <= 2e-6)
    np.testing.assert_allclose(cosines, vectors[rows] @ wanted, atol=1e-5)


def test_nearly_all_of_the_truth_is_found(big):
    index, vectors = big
    assert probe(index, vectors).value >= 0.95


def test_only_the_direction_counts(big):
    index, _ = big
    wanted = unit(1, DIM, seed=4)[0]
    for length in (0.01, 1.0, 700.0):
        np.testing.assert_array_equal(
            index.query(np.float32(length) * wanted, 30)[0], index.query(wanted, 30)[0], err_msg=str(length)
        )


def test_asking_twice_gives_the_same(big):
    index, _ = big
    wanted = unit(1, DIM, seed=5)[0]
    for one, again in zip(index.query(wanted, 50), index.query(wanted, 50), strict=True):
        np.testing.assert_array_equal(one, again)


@pytest.mark.parametrize("count", [0, -1, 1, 3, 50, 1000])
@pytest.mark.parametrize("n", [0, 1, 50])
def test_it_returns_as_many_as_there_are(make, n, count):
    index, _ = make(unit(n, 8))
    rows, cosines = index.query(unit(1, 8, seed=1)[0], count)
    assert len(rows) == len(cosines) == len(set(rows.tolist())) == max(min(n, count), 0)


def test_more_than_there_are_is_all_of_them(big):
    index, _ = big
    assert sorted(index.query(unit(1, DIM, seed=2)[0], BIG + 5)[0].tolist()) == list(range(BIG))


def test_ties_are_broken_by_row(make):
    index, vectors = make(np.repeat(unit(3, 8), 6, axis=0))
    assert index.query(vectors[7], 4)[0].tolist() == [6, 7, 8, 9]
    assert index.query(vectors[7], 6)[0].tolist() == [6, 7, 8, 9, 10, 11]


def test_many_equal_vectors_are_all_found(make):
    index, vectors = make(np.repeat(unit(3, DIM), 1_500, axis=0))
    rows, cosines = index.query(vectors[0], 200)
    assert len(set(rows.tolist())) == 200
    assert rows.max() < 1_500
    np.testing.assert_allclose(cosines, 1.0, atol=1e-5)


def test_a_vector_without_direction_is_equally_near_to_all(big):
    index, _ = big
    rows, cosines = index.query(np.zeros(DIM, np.float32), 5)
    assert rows.tolist() == [0, 1, 2, 3, 4]
    assert not cosines.any()


def test_a_track_of_which_nothing_is_known_is_near_to_none(make):
    vectors = unit(60, 8)
    vectors[[3, 40]] = 0.0
    index, vectors = make(vectors)
    rows, cosines = index.query(vectors[5], 60)
    assert set(cosines[np.isin(rows, [3, 40])].tolist()) == {0.0}


def test_a_vector_of_another_dimension_is_refused(big):
    with pytest.raises(ModelError, match=r"shape \(9,\), the index has \(16,\)"):
        big[0].query(np.ones(9, np.float32), 3)


@pytest.mark.parametrize("wrong", [2.0, np.nan])
def test_vectors_that_are_no_directions_are_refused(make, wrong):
    vectors = unit(8, 8)
    vectors[6] *= np.float32(wrong)
    with pytest.raises(ModelError, match=r"normalise before indexing|is not finite"):
        make(vectors)


masks = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.0005, 0.01, 0.3, 0.6, 0.9, 1.0]))


@given(mask=masks, count=st.sampled_from([0, 1, 7, 100, 400]), by_distance=st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_filtered_query_returns_exactly_as_many_as_exist(big, mask, count, by_distance):
    """Also where what is forbidden is the nearest, as the tracks that a listener has played are."""
    index, vectors = big
    seed, share = mask
    rng = np.random.default_rng(seed)
    wanted = unit(1, DIM, seed % 1000)[0]
    chance = np.argsort(np.argsort(vectors @ wanted)) / BIG if by_distance else rng.random(BIG)
    allowed = chance < share
    rows, cosines = index.query(wanted, count, allowed)
    assert len(rows) == len(set(rows.tolist())) == min(count, int(allowed.sum()))
    assert allowed[rows].all()
    assert np.all(np.diff(cosines) <= 2e-6)


def test_a_filtered_query_finds_the_nearest_of_what_is_allowed(big):
    index, vectors = big
    truth, wanted = ExactIndex(vectors), vectors[5]
    nearest = np.zeros(BIG, np.bool_)
    nearest[truth.query(wanted, 1_000)[0]] = True
    for allowed in (~nearest, np.arange(BIG) % 3 == 0, np.arange(BIG) < 30):
        found, near = index.query(wanted, 20, allowed)[0], truth.query(wanted, 20, allowed)[0]
        assert np.isin(near, found).mean() >= 0.9


@pytest.mark.parametrize("kind", FILES)
def test_the_same_vectors_write_the_same_file(kind, tmp_path):
    needs(kind)
    vectors = clustered(800, DIM)
    for name in ("one", "two"):
        BACKENDS[kind].build(vectors, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert seal_of(tmp_path / "one").read_text() == seal_of(tmp_path / "two").read_text()


@pytest.mark.parametrize("kind", FILES)
def test_another_process_reads_what_was_written(kind, tmp_path):
    needs(kind)
    vectors = clustered(400, DIM)
    index, _ = made(kind, vectors, tmp_path)
    np.save(tmp_path / "vectors.npy", vectors)
    program = (
        "import sys, numpy as np; from pathlib import Path; from gnn.index import BACKENDS\n"
        "folder, kind = Path(sys.argv[1]), BACKENDS[sys.argv[2]]; vectors = np.load(folder / 'vectors.npy')\n"
        "print(kind.open(folder / f'index.{kind.suffix}', vectors, 1.0).query(vectors[3], 10)[0].tolist())"
    )
    command = [sys.executable, "-c", program, str(tmp_path), kind]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ}).stdout
    assert said.strip() == str(index.query(vectors[3], 10)[0].tolist())


DAMAGES = {
    "a bit": lambda path: path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1])),
    "the end": lambda path: path.write_bytes(path.read_bytes()[:-7]),
    "everything": lambda path: path.write_bytes(b""),
    "the seal": lambda path: seal_of(path).write_text("{"),
    "what the seal holds": lambda path: seal_of(path).write_text("[]"),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", FILES)
def test_a_damaged_file_is_refused_by_name(kind, damage, tmp_path):
    needs(kind)
    vectors = unit(300, DIM)
    _, path = made(kind, vectors, tmp_path), tmp_path / f"index.{BACKENDS[kind].suffix}"
    DAMAGES[damage](path)
    with pytest.raises(BundleDamagedError, match=rf"^{path.name}.* (differs|cannot be read|is no seal)"):
        BACKENDS[kind].open(path, vectors, 1.0)


@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_other_vectors_is_refused_by_name(kind, tmp_path):
    needs(kind)
    backend, path = BACKENDS[kind], tmp_path / f"index.{BACKENDS[kind].suffix}"
    backend.build(unit(50, 8), path)
    with pytest.raises(BundleDamagedError, match="holds 50 vectors of 8 numbers, expected 51 of 8"):
        backend.open(path, unit(51, 8), 1.0)
    with pytest.raises(BundleDamagedError, match="expected 50 of 9"):
        backend.open(path, unit(50, 9), 1.0)
    with pytest.raises(BundleDamagedError, match="was made of other vectors"):
        backend.open(path, unit(50, 8, seed=1), 1.0)
    path.unlink()
    with pytest.raises(BundleDamagedError, match=rf"{path.name} is missing"):
        backend.open(path, unit(50, 8), 1.0)


def test_a_file_of_another_kind_is_refused(tmp_path):
    BACKENDS["annoy"].build(unit(50, 8), tmp_path / "index")
    needs("faiss")
    with pytest.raises(BundleDamagedError, match="is an index of kind 'annoy', expected 'faiss-ivf'"):
        BACKENDS["faiss-ivf"].open(tmp_path / "index", unit(50, 8), 1.0)


def test_faiss_that_is_not_installed_is_named_with_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    for use in (BACKENDS["faiss-ivf"].build, BACKENDS["faiss-hnsw-sq8"].build):
        with pytest.raises(ModelError, match=r"pip install 'phonograph\[faiss\]'"):
            use(unit(5, 8), tmp_path / "index")
    with pytest.raises(ModelError, match=r"needs the package faiss-cpu"):
        BACKENDS["faiss-ivf"].open(tmp_path / "index", unit(5, 8), 1.0)


class Blind:
    """An index that finds the first rows, whatever is asked, and says that they are as near as can be."""

    def query(self, vector, count, allowed=None):
        return np.arange(count), np.ones(count, np.float32)


class Stuttering(Blind):
    """One that finds the nearest many times over."""

    def __init__(self, vectors):
        self.exact = ExactIndex(vectors)

    def query(self, vector, count, allowed=None):
        rows, cosines = self.exact.query(vector, 1)
        return np.repeat(rows, count), np.repeat(cosines, count)


def test_the_probe_sees_through_a_bad_index():
    vectors = clustered(2_000, DIM)
    assert probe(ExactIndex(vectors), vectors).value == 1.0
    assert probe(Blind(), vectors).value < 0.1
    stuttering = probe(Stuttering(vectors), vectors)
    assert stuttering.value == pytest.approx(1 / 20)
    assert (stuttering.sampled, stuttering.count, stuttering.is_enough) == (200, 20, False)


def test_the_probe_takes_the_same_sample_for_the_same_seed():
    vectors = clustered(2_000, DIM)
    shifted = ExactIndex(np.roll(vectors, 7, axis=0))
    assert probe(shifted, vectors, seed=1) == probe(shifted, vectors, seed=1)
    assert probe(shifted, vectors, seed=1) != probe(shifted, vectors, seed=2)


def test_equal_vectors_are_no_misses():
    vectors = np.repeat(unit(40, 8), 50, axis=0)
    mirrored = ExactIndex(vectors)

    class Last:
        """Finds the last of equal ones where the truth names the first."""

        def query(self, vector, count, allowed=None):
            rows, cosines = mirrored.query(vector, 50)
            return rows[::-1][:count], cosines[::-1][:count]

    assert overlap(Last(), mirrored, vectors, vectors[:30], 20) == 1.0


def test_nothing_is_asked_of_an_empty_index():
    assert probe(ExactIndex(np.empty((0, 8), np.float32)), np.empty((0, 8), np.float32)).value == 1.0
