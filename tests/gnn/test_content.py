"""What is known of items without listeners comes out the same in every run."""

import numpy as np
from scipy.sparse import csr_array, kron

from gnn import content


def test_directions_of_equal_weight_are_the_same_each_time():
    """Forty genres of equal size: every singular value coincides, and any basis of the space would do."""
    terms = csr_array(kron(np.eye(40), np.ones((5, 1))))
    first = content.reduced(terms, components=16)
    assert first.shape == (200, 16)
    for _ in range(4):
        np.testing.assert_array_equal(content.reduced(terms, components=16), first)


def test_both_ways_find_the_same_directions(monkeypatch):
    terms = csr_array(np.random.default_rng(2).random((60, 12)) ** 4)
    dense = content.reduced(terms, components=5)
    monkeypatch.setattr(content, "DENSE", 0)
    np.testing.assert_allclose(content.reduced(terms, components=5), dense, atol=1e-5)
