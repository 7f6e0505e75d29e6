"""Where few listen, playlists and weeks stand for listeners; where enough do, nothing changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn.data import of_tracks
from gnn.fit import LEAST_USERS
from gnn.stand_in import WEEK_S, with_stand_ins
from graph.arrays import GraphArrays, Ids, Links

START = 1_700_000_000 // WEEK_S * WEEK_S


def world(plays, playlists=(), added=None, listeners=1):
    """Plays (user, track, week) and playlists (tracks of each)."""
    user, track, week = np.array(plays, np.int64).reshape(-1, 3).T
    at = START + week * WEEK_S
    columns = {name: at for name in ("firstAt", "lastAt", "weightAt")}
    columns |= {"count": np.full(len(at), 2), "weight": np.full(len(at), 1.5), "skips": np.zeros(len(at), np.int64)}
    pairs = [(number, track) for number, tracks in enumerate(playlists) for track in tracks]
    contains = np.array(pairs, np.int64).reshape(-1, 2).T
    none = Links.none()
    return GraphArrays(
        users=Ids(np.array([f"ü{n}" for n in range(listeners)])),
        tracks=Ids(np.array([f"t{n:02d}" for n in range(40)])),
        artists=Ids.of([]), genres=Ids.of([]), playlists=Ids.of([f"p{n}" for n in range(len(playlists))]),
        names={"user": np.array(["name"] * listeners)}, track_columns={}, played=Links(user, track, columns),
        listens_to=none, performed_by=none, track_genre=none, artist_genre=none, subgenre_of=none,
        contains=Links(*contains, {} if added is None else {"addedAt": np.array(added, np.int64)}), follows=none,
        version_of=none, saved=none, watermark=int(at.max(initial=0)),
    )  # fmt: skip


def heard(arrays):
    """The sets of tracks of everybody but the first listener."""
    rows = arrays.played.source_row
    return [set(arrays.played.target_row[rows == row].tolist()) for row in range(1, len(arrays.users))]


def test_enough_listeners_are_left_as_they_are():
    arrays = world([(n, n, 0) for n in range(LEAST_USERS)], [[1, 2, 3]], listeners=LEAST_USERS)
    assert with_stand_ins(arrays) is arrays


def test_playlists_and_weeks_stand_beside_one_listener():
    plays = [(0, 1, 0), (0, 2, 0), (0, 3, 0), (0, 4, 1), (0, 5, 1)]
    arrays = with_stand_ins(world(plays, [[10, 11, 12, 12], [20, 21]], added=[START + 5, 0, -1, 3, 7, 7]))
    assert heard(arrays) == [{10, 11, 12}, {1, 2, 3}]  # too small: the second playlist and the second week
    assert arrays.users.row("ü0") == 0
    assert np.all(arrays.users.values[:-1] < arrays.users.values[1:])
    assert arrays.names["user"].tolist() == ["name", "", ""]
    own = arrays.played.source_row == 1
    assert arrays.played.columns["lastAt"][own].tolist() == [START + 5, START + WEEK_S, START + WEEK_S]
    assert of_tracks(arrays).has_times


def test_nobody_to_stand_in():
    arrays = world([(0, 1, 0), (0, 2, 1)])
    assert with_stand_ins(arrays) is arrays


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 39), st.integers(0, 5)), unique_by=lambda play: play[:2]),
    st.lists(st.lists(st.integers(0, 39), max_size=12), max_size=5),
)
def test_real_plays_stay_first_and_as_they_are(plays, playlists):
    before = world(plays, playlists, listeners=3)
    after = with_stand_ins(before)
    count = len(before.played)
    assert after.played.source_row[:count].tolist() == before.played.source_row.tolist()
    assert after.played.target_row[:count].tolist() == before.played.target_row.tolist()
    for name, values in before.played.columns.items():
        assert after.played.columns[name].dtype == values.dtype
        assert after.played.columns[name][:count].tolist() == values.tolist()
        assert len(after.played.columns[name]) == len(after.played)
    rows = after.played.source_row[count:]
    assert (np.bincount(rows, minlength=len(after.users))[3:] >= 3).all()
    assert len(np.unique(np.stack([rows, after.played.target_row[count:]]), axis=1).T) == len(rows)


@pytest.mark.parametrize("name", ["count", "weight", "skips"])
def test_each_track_counts_once_for_a_stand_in(name):
    arrays = with_stand_ins(world([(0, 1, 0)], [[10, 11, 12]]))
    values = arrays.played.columns[name][arrays.played.source_row == 1].tolist()
    assert values == [0 if name == "skips" else 1] * 3
