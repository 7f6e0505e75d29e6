"""What each source is worth, in a world whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from graph.arrays import Links
from graph.progress import NoProgress
from recommend.budget_curve import SHARES, measure_budget
from recommend.held_out import by_user
from recommend.learn import histories
from recommend.source_report import measure_sources, profile_of
from recommend.sources import SOURCES
from recommend.surfaces import BY_NAME
from recommend.taste import taste_of


@pytest.fixture(scope="module")
def asked(demo):
    """The demo world's first half of each history, what comes later, and twelve listeners of both."""
    played = demo.reads.arrays.played
    at = played.columns["lastAt"].astype(np.int64)
    cut = int(np.median(at))
    before, after = played.select(at < cut), played.select(at >= cut)
    users = np.intersect1d(before.source_row, after.source_row)[:12]
    return before, after, cut, users


def test_later_plays_by_listener():
    later = Links(np.array([4, 2, 4, 4]), np.array([7, 1, 3, 7]))
    found = by_user(later, np.array([2, 3, 4]))
    assert {user: rows.tolist() for user, rows in found.items()} == {2: [1], 3: [], 4: [3, 7]}


def test_every_able_source_is_measured_and_the_union_is_what_they_find_together(demo, asked):
    before, later, cut, users = asked
    found = measure_sources(demo.bundle, before, later, cut, users, NoProgress())
    assert {row.name for row in found.rows} | set(found.silent) == {source.name for source in SOURCES}
    assert found.listeners == len(users)
    assert all(0 <= row.unique <= row.recall + 1e-9 or row.quota < 500 for row in found.rows)
    assert all(row.nominated <= row.quota for row in found.rows)
    assert sum(row.unique for row in found.rows) <= found.union + 1e-9
    by_hand = [_found_by_gnn(demo, before, later, cut, user) for user in users.tolist()]
    gnn = next(row for row in found.rows if row.name == "gnn")
    assert gnn.recall == pytest.approx(np.mean(by_hand))


def _found_by_gnn(demo, before, later, cut, user):
    only = np.array([user])
    taste = taste_of(profile_of(demo.bundle, "x", histories(before, only)[user]), demo.bundle, cut)
    liked = set(later.target_row[later.source_row == user].tolist())
    source = next(source for source in SOURCES if source.name == "gnn")
    return len(liked & set(source.nominate(taste, 500).tolist())) / len(liked)


def test_a_larger_budget_finds_more_and_the_quotas_of_home_are_at_one(demo, asked):
    before, later, cut, users = asked
    found = measure_budget(demo.bundle, before, later, cut, users, NoProgress())
    assert [point.share for point in found] == list(SHARES)
    assert [point.tracks for point in found] == sorted(point.tracks for point in found)
    assert [point.recall for point in found] == sorted(point.recall for point in found)
    served = next(point for point in found if point.share == 1.0)
    assert served.tracks <= sum(BY_NAME["home"].quotas.values())
    assert 0 < served.recall <= 1
