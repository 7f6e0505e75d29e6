"""What was known of plays at a moment: by arrays as by the statement that reads profiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.arrays import Links
from graph.past import known_at
from graph.reads import GraphReads

PAIRS = [  # track, count, skips, firstAt, lastAt
    ("t0", 3, 1, 100, 300),
    ("t1", 1, 0, 150, 150),
    ("t2", 0, 2, 120, 400),
    ("t3", 5, 0, 250, 260),
    ("t4", 1, 1, 100, 260),
]


def links(pairs):
    columns = np.array([pair[1:] for pair in pairs], np.int64).reshape(-1, 4).T
    rows = np.arange(len(pairs))
    return Links(
        np.zeros(len(pairs), np.int64), rows, dict(zip(("count", "skips", "firstAt", "lastAt"), columns, strict=True))
    )


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(1, 50), st.integers(0, 50)), max_size=12),
    st.integers(0, 110),
)
def test_nothing_that_happened_later_can_be_told(drawn, moment):
    pairs = [("t", count, skips, first, first + length) for count, skips, first, length in drawn]
    known = known_at(links(pairs), moment)
    assert (known.columns["lastAt"] <= moment).all()
    begun = [pair for pair in pairs if pair[3] <= moment]
    assert len(known) == len(begun)
    played = [pair for pair in pairs if pair[1]]
    other = [(*pair[:1], *np.add(pair[1:3], 7), pair[3], pair[4] + 9) if pair[4] > moment else pair for pair in played]
    for name in ("count", "skips", "firstAt", "lastAt"):
        told, otherwise = (known_at(links(several), moment).columns[name].tolist() for several in (played, other))
        assert told == otherwise


@pytest.mark.parametrize("moment", [99, 100, 150, 260, 299, 300, 399, 400, 1000])
def test_arrays_and_the_statement_know_the_same(store, ask, moment):
    ask(
        "CREATE (u:User {id: 'u'}) WITH u UNWIND $pairs AS pair CREATE (t:Track {id: pair[0]}) "
        "CREATE (u)-[:PLAYED {count: pair[1], skips: pair[2], firstAt: pair[3], lastAt: pair[4]}]->(t)",
        pairs=[list(pair) for pair in PAIRS],
    )
    profile = GraphReads(store).profile("u", moment)
    told = zip(profile.track_ids.tolist(), profile.counts, profile.skips, profile.last_at, strict=True)
    known = known_at(links(PAIRS), moment)
    names = [PAIRS[row][0] for row in known.target_row]
    columns = [known.columns[name].tolist() for name in ("count", "skips", "lastAt")]
    assert sorted(told) == sorted(zip(names, *columns, strict=True))


def test_a_track_that_was_skipped_twice_was_not_played_in_between():
    known = known_at(links(PAIRS), 200)
    assert known.columns["count"][known.target_row == 2].tolist() == [0]
