"""One byte per number: what comes back, and how far it is off."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn.index import int8
from gnn.index.exact import ExactIndex
from gnn.index.inner_product import ExactProducts, IndexedProducts, completed_to_unit
from gnn.index.int8 import Int8Vectors
from graph.errors import ModelError


def vectors_of(seed, n=300, dim=12):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, dim)) * rng.uniform(0.1, 9, dim) * rng.uniform(0.2, 2, (n, 1))).astype(np.float32)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_every_number_is_off_by_less_than_a_step_and_lengths_stay(seed):
    vectors = vectors_of(seed)
    quantised = Int8Vectors.of(vectors)
    step = np.abs(vectors).max(axis=0) / 127
    # Half a step from rounding; the length that is given back moves it a little more.
    assert (np.abs(quantised[:] - vectors) <= step * 0.5 + 0.02 * np.abs(vectors) + 1e-6).mean() > 0.99
    np.testing.assert_allclose(np.linalg.norm(quantised[:], axis=1), np.linalg.norm(vectors, axis=1), rtol=1e-5)


def test_rows_products_and_the_whole_agree():
    quantised = Int8Vectors.of(vectors_of(1, 20_000))
    whole = quantised[:]
    rows = np.array([0, 5, 19_999])
    np.testing.assert_array_equal(quantised[rows], whole[rows])
    np.testing.assert_array_equal(quantised[7], whole[7])
    np.testing.assert_array_equal(quantised.T, whole.T)
    wanted = vectors_of(2, 1)[0]
    np.testing.assert_allclose(quantised.products(wanted), whole @ wanted, rtol=1e-4, atol=1e-3)


def test_memory_is_a_quarter():
    vectors = vectors_of(0, 5_000, 128)
    assert Int8Vectors.of(vectors).nbytes < 0.27 * vectors.nbytes


def test_later_vectors_join_by_the_same_steps():
    vectors, more = vectors_of(3), vectors_of(3)[:5] * np.float32(0.5)
    joined = int8.grown(Int8Vectors.of(vectors), more)
    assert len(joined) == 305
    np.testing.assert_array_equal(joined[: len(vectors)], Int8Vectors.of(vectors)[:])
    np.testing.assert_allclose(joined[len(vectors) :], more, atol=0.3)
    np.testing.assert_array_equal(int8.grown(vectors, more)[-5:], more)


def test_arrays_bring_the_same_back():
    for kept in (vectors_of(0), Int8Vectors.of(vectors_of(0))):
        np.testing.assert_array_equal(int8.from_arrays("x", int8.to_arrays("x", kept))[:], kept[:])


def test_zeros_and_nothing_stay():
    assert not Int8Vectors.of(np.zeros((3, 4), np.float32))[:].any()
    assert Int8Vectors.of(np.empty((0, 4), np.float32)).shape == (0, 4)


def test_what_is_not_finite_is_refused():
    vectors = vectors_of(0)
    vectors[4, 2] = np.inf
    with pytest.raises(ModelError, match="vector 4 is not finite"):
        Int8Vectors.of(vectors)


def test_products_by_direction_are_the_products():
    rng = np.random.default_rng(0)
    factors = (rng.normal(size=(400, 6)) * rng.uniform(0, 3, (400, 1))).astype(np.float32)
    unit = completed_to_unit(factors)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1.0, atol=1e-5)
    indexed, truth = IndexedProducts(ExactIndex(unit), factors), ExactProducts(factors)
    for seed in range(20):
        wanted = np.random.default_rng(seed).normal(size=6).astype(np.float32)
        allowed = np.random.default_rng(seed).random(405) < 0.5  # five tracks came later and have no factors
        rows, products = truth.query(wanted, 30, allowed)
        assert allowed[rows].all()
        assert len(rows) == 30
        np.testing.assert_allclose(products, np.sort((factors @ wanted)[allowed[:400]])[::-1][:30], atol=1e-5)
        np.testing.assert_allclose(indexed.query(wanted, 30, allowed)[1], products, atol=1e-3)
    for one in (indexed, truth):
        assert len(one.query(wanted, 1000)[0]) == 400
        assert not len(one.query(wanted, 0)[0])
