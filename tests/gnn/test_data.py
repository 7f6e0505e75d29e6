"""What a part of a data set may still know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gnn.content import reduced, sound, tf_idf
from gnn.data import Terms, TrainingData, of_tracks
from graph.arrays import GraphArrays, Ids, Links

Make = Callable[..., TrainingData]


def test_a_tag_on_a_hidden_pair_is_hidden_too(make_data: Make) -> None:
    data = make_data([(0, 0), (0, 1), (1, 1)], 2, 2)
    said = Terms(np.array([0, 0, -1]), np.array([0, 1, 1]), np.array([0, 1, 2]), np.ones(3), 3)
    data = replace(data, terms=said)
    shown = data.select(np.array([True, False, True]))  # user 0's word on item 1 would give the pair away
    assert shown.terms.term_row.tolist() == [0, 2]
    assert data.select(np.array([True, True, False])).terms.term_row.tolist() == [0, 1, 2]


def test_content_of_the_part_is_made_without_the_hidden_tags(make_data: Make) -> None:
    data = make_data([(0, 0), (1, 1), (2, 2), (3, 3)], 4, 4)
    said = Terms(np.arange(4), np.arange(4), np.array([0, 1, 0, 1]), np.ones(4), 2)
    data = replace(data, terms=said)
    shown = data.select(np.array([True, True, True, False]))
    assert np.abs(data.content()[3]).sum() > 0
    assert np.abs(shown.content()[3]).sum() == 0


def test_before_keeps_the_rows_of_everything(listening: TrainingData) -> None:
    cut = int(np.median(listening.at))
    part = listening.before(cut)
    assert (part.at < cut).all()
    assert part.users is listening.users
    assert part.items is listening.items


def test_only_renumbers_users_items_and_their_relations(listening: TrainingData) -> None:
    users, items = np.arange(60) % 2 == 1, np.arange(40) >= 20
    part = listening.only(users, items)
    kept = users[listening.user_row] & items[listening.item_row]
    expected = zip(
        listening.users.values[listening.user_row[kept]], listening.items.values[listening.item_row[kept]], strict=True
    )
    assert list(zip(part.users.values[part.user_row], part.items.values[part.item_row], strict=True)) == list(expected)
    assert part.performed_by.target_row.tolist() == [item // 5 for item in range(20, 40)]
    assert (part.follows.source_row < 30).all()


def test_tf_idf_ignores_what_every_item_has() -> None:
    weighed = tf_idf(np.array([0, 1, 0]), np.array([0, 0, 1]), np.ones(3), (2, 2)).toarray()
    np.testing.assert_allclose(weighed, [[0, 1], [0, 0]])


def test_reduced_tags_keep_the_angles_between_items() -> None:
    generator = np.random.default_rng(0)
    item, term = np.nonzero(generator.random((12, 6)) < 0.4)
    terms = tf_idf(item.astype(np.int64), term.astype(np.int64), np.ones(len(item)), (12, 6))
    vectors, whole = reduced(terms, 5).astype(np.float64), terms.toarray()
    again = np.linalg.svd(whole)
    best = (again.U[:, :5] * again.S[:5]) @ (again.U[:, :5] * again.S[:5]).T
    scale = np.trace(vectors @ vectors.T) / np.trace(best)
    np.testing.assert_allclose(vectors @ vectors.T, best * scale, atol=1e-5)


def test_unknown_sound_is_the_average_sound() -> None:
    features = np.array([[1.0, 5.0, np.nan], [3.0, np.nan, np.nan], [2.0, 7.0, np.nan]])
    found = sound(features)
    assert found.shape == (3, 2)  # a column that nobody knows goes
    assert found[1, 1] == 0
    np.testing.assert_allclose(found.sum(axis=0), 0, atol=1e-6)


def test_tracks_that_were_only_skipped_are_no_events() -> None:
    ids = Ids.of(["a", "b"])
    played = Links(np.array([0, 0]), np.array([0, 1]), {"count": np.array([2, 0]), "lastAt": np.array([100, 200])})
    none = Links.none()
    arrays = GraphArrays(
        users=Ids.of(["u"]), tracks=ids, artists=Ids.of([]), genres=Ids.of([]), playlists=Ids.of([]), names={},
        track_columns={}, played=played, listens_to=none, performed_by=none, track_genre=none, artist_genre=none,
        subgenre_of=none, contains=none, follows=none, version_of=none, saved=none, watermark=200,
    )  # fmt: skip
    data = of_tracks(arrays)
    assert data.item_row.tolist() == [0]
    assert data.count.tolist() == [2.0]
    assert data.has_times
