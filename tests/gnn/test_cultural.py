"""Words and playlists as vectors, on worlds small enough to know the answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn.cultural import LONGEST_QUERY, CulturalModel
from gnn.optional import fit_cultural
from gnn.playlist_vectors import neighbours, playlist_vectors, ppmi
from gnn.text_terms import documents_of, phrases_of, words_of
from graph.arrays import GraphArrays, Ids, Links

TRACKS = 24


def world(*, playlists: bool = True, genres: bool = True) -> GraphArrays:
    """Twelve tracks of trip hop by Tricky and twelve of hard bop by Mobley; a playlist for each half of each."""
    tracks = Ids(np.array([f"t{number:02}" for number in range(TRACKS)]))
    own = np.arange(TRACKS)
    group = own // 6
    empty = Links.none()
    contains = Links(group, own, {"position": own % 6}) if playlists else empty
    return GraphArrays(
        users=Ids.of([]),
        tracks=tracks,
        artists=Ids.of(["a0", "a1"]),
        genres=Ids.of(["g0", "g1"]),
        playlists=Ids.of(["p0", "p1", "p2", "p3"]),
        names={
            "user": np.empty(0, np.str_),
            "track": np.array([f"Piece {number}" for number in range(TRACKS)]),
            "artist": np.array(["Tricky", "Hank Mobley"]),
            "genre": np.array(["Trip-Hop", "Hard Bop"]),
            "playlist": np.array(["Rainy Night", "Rainy Morning", "Blue Café", "Blue Smoke"]),
        },
        track_columns={},
        played=empty,
        listens_to=empty,
        performed_by=Links(own, own // 12),
        track_genre=Links(own, own // 12, {"weight": np.ones(TRACKS)}) if genres else empty,
        artist_genre=empty,
        subgenre_of=empty,
        contains=contains,
        follows=empty,
        version_of=empty,
        saved=empty,
        watermark=0,
    )


@pytest.fixture(scope="module")
def model() -> CulturalModel:
    found = fit_cultural(world(), 4)
    assert found is not None
    return found


def test_words_have_no_case_accents_or_punctuation() -> None:
    assert words_of("Café-del-Mar (1994)") == ["cafe", "del", "mar", "1994"]
    assert phrases_of("Hard bop, hard!") == ["hard", "bop", "hard bop", "bop hard", "hard bop hard"]
    assert words_of("!!! _") == []


def test_words_of_one_track_alone_are_left_out() -> None:
    words = documents_of(world()).words.values.tolist()
    assert {"trip hop", "tricky", "rainy", "piece"} <= set(words)
    assert "7" not in words


def test_a_listener_is_nearest_to_what_is_described_like_their_plays(model: CulturalModel) -> None:
    scores = model.scores(np.array([0, 1, 2]), np.ones(3, np.float32), np.arange(TRACKS))
    assert set(np.argsort(-scores)[:6].tolist()) == set(range(6)), "the same genre, artist and playlist"
    assert scores[6:12].min() > scores[12:].max(), "then the same genre and artist on another playlist"
    assert scores.max() <= 1.0 + 1e-5


@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_shares_sum_to_the_score(seed: int, length: int) -> None:
    found = fit_cultural(world(), 4)
    assert found is not None
    generator = np.random.default_rng(seed)
    rows, weights = generator.choice(TRACKS, length, replace=False), generator.random(length).astype(np.float32)
    wanted = np.arange(TRACKS)
    np.testing.assert_allclose(
        found.shares(rows, weights, wanted).sum(axis=0), found.scores(rows, weights, wanted), atol=1e-5
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [("trip hop", set(range(12))), ("HANK mobley", set(range(12, 24))), ("rainy night", set(range(6)))],
)
def test_free_text_finds_what_it_names(model: CulturalModel, query: str, expected: set[int]) -> None:
    found = model.search(query, len(expected))
    assert set(found.item_row.tolist()) == expected
    assert (np.diff(found.score) <= 0).all()
    assert not found.unknown


def test_unknown_words_are_said_and_find_nothing(model: CulturalModel) -> None:
    found = model.search("xyzzy plugh")
    assert not len(found.item_row)
    assert found.unknown == ("xyzzy", "plugh")
    assert model.search("xyzzy bop").unknown == ("xyzzy",)
    assert len(model.search("xyzzy bop", 5).item_row) == 5


@given(st.text(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_text_is_a_query(text: str) -> None:
    found = fit_cultural(world(), 4)
    assert found is not None
    answer = found.search(text, 7)
    assert len(answer.item_row) <= 7
    assert np.isfinite(answer.score).all()
    assert sum(map(len, answer.unknown)) <= 4 * LONGEST_QUERY


def test_saved_model_is_the_same_model(model: CulturalModel, tmp_path: object) -> None:
    path = f"{tmp_path}/cultural.npz"
    np.savez(path, **model.to_arrays())
    with np.load(path, allow_pickle=False) as arrays:
        again = CulturalModel.from_arrays(arrays)
    np.testing.assert_array_equal(again.search("rainy").score, model.search("rainy").score)
    np.testing.assert_array_equal(again.vectors, model.vectors)


def test_without_any_text_or_playlist_there_is_no_model() -> None:
    bare = replace(world(playlists=False, genres=False), names={}, performed_by=Links.none())
    assert fit_cultural(bare) is None


def test_playlists_alone_are_enough() -> None:
    bare = replace(world(genres=False), names={}, performed_by=Links.none())
    found = fit_cultural(bare, 4)
    assert found is not None
    scores = found.scores(np.array([0]), np.ones(1, np.float32), np.arange(TRACKS))
    assert scores[1:6].min() > scores[6:].max()


def test_neighbours_by_hand() -> None:
    # One playlist 0 1 2, and 0 twice in a row on another: a track is no neighbour of itself.
    contains = Links(np.array([0, 0, 0, 1, 1]), np.array([2, 0, 1, 0, 0]), {"position": np.array([3, 1, 2, 1, 2])})
    counts = neighbours(contains, 3, window=2).toarray()
    np.testing.assert_allclose(counts, [[0, 1, 0.5], [1, 0, 1], [0.5, 1, 0]])


def test_ppmi_is_zero_where_pairs_are_no_more_frequent_than_chance() -> None:
    everything = neighbours(Links(np.zeros(4, np.int64), np.arange(4)), 4, window=3)
    assert ppmi(everything).max() < np.log(2)
    assert not playlist_vectors(Links.none(), 4).size
