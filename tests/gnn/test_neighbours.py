"""Common listeners and common sound on worlds small enough to count by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from gnn.catalogue import work_key
from gnn.neighbours import NeighbourConfig, co_listening, played_with
from graph.arrays import Links


def _played(pairs):
    users, tracks = np.array(pairs, np.int64).T
    return Links(users, tracks)


def test_cosine_of_listeners_by_hand():
    # Track 0: users 0 1 2 3; track 1: users 0 1; track 2: user 4.
    played = _played([(0, 0), (1, 0), (2, 0), (3, 0), (0, 1), (1, 1), (4, 2)])
    found = co_listening(played, 5, 3, NeighbourConfig(shrink=0.0))
    assert found.similarity.toarray()[0, 1] == pytest.approx(2 / np.sqrt(4 * 2))
    assert found.listeners.toarray()[0, 1] == 2
    assert found.similarity.toarray()[2].sum() == 0


def test_a_repeated_pair_counts_once():
    once, twice = _played([(0, 0), (0, 1)]), _played([(0, 0), (0, 0), (0, 1)])
    assert (co_listening(once, 1, 2).similarity != co_listening(twice, 1, 2).similarity).nnz == 0


def test_edges_need_enough_listeners_and_hold_lift():
    pairs = [(user, track) for user in range(6) for track in (0, 1)] + [(7, 0), (7, 2), (8, 3)]
    played = _played(pairs)
    listeners = np.bincount(played.target_row, minlength=4)
    edges = played_with(co_listening(played, 9, 4), listeners, 9, least_listeners=5)
    assert edges.toarray()[0, 1] == pytest.approx(6 * 9 / (7 * 6))
    assert edges.toarray()[0, 2] == 0, "one common listener is nobody's business"


def test_rows_keep_at_most_count_edges():
    pairs = [(user, track) for user in range(8) for track in range(30)]
    played = _played(pairs)
    edges = played_with(co_listening(played, 8, 30), np.full(30, 8), 8, count=10)
    assert np.diff(edges.indptr).max() == 10


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café del Mar", "cafe del mar"),
        ("Song (Remastered 2011)", "Song"),
        ("Song - Live at Home", "Song"),
        ("Don't Stop", "Dont Stop"),
    ],
)
def test_versions_share_a_key(one, other):
    assert work_key(one) == work_key(other)


@pytest.mark.parametrize("title", ["(Intro)", "!!!", "- - -"])
def test_a_title_of_nothing_else_keeps_itself(title):
    assert work_key(title)


def test_order_of_neighbours_is_best_first():
    pairs = [(user, 0) for user in range(9)] + [(user, 1) for user in range(4)] + [(user, 2) for user in range(8)]
    similarity: csr_array = co_listening(_played(pairs), 9, 3).similarity
    assert similarity.indices[: similarity.indptr[1]].tolist() == [2, 1]
