"""Journeys, comparisons and lint: what they find in worlds where it is known what there is to find."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidRequestError
from recommend.compare import difference
from recommend.journey import journey
from recommend.lint import lint

NOBODY = np.empty(0, np.int64)


def test_a_journey_goes_from_one_scene_to_the_other_step_by_step(scenes):
    names = scenes.bundle.catalogue.tracks.values
    found = journey(scenes.bundle, "a03", "b17", 10, NOBODY)
    ids = names[found.rows].tolist()
    assert (ids[0], ids[-1]) == ("a03", "b17")
    assert len(set(ids)) == 10
    credits = scenes.bundle.catalogue.credits[found.rows, 0]
    assert (np.diff(credits) != 0).all()
    vectors = scenes.bundle.track_vectors[found.rows]
    to_end = vectors @ vectors[-1]
    assert np.corrcoef(np.arange(10), to_end)[0, 1] > 0.8  # nearer and nearer
    direct = float(vectors[0] @ vectors[-1])
    assert found.steps.min() > direct  # no step as long as the whole way
    assert journey(scenes.bundle, "a03", "b17", 10, NOBODY).rows.tolist() == found.rows.tolist()


def test_what_may_not_come_does_not(scenes):
    found = journey(scenes.bundle, "a03", "b17", 8, NOBODY)
    without = journey(scenes.bundle, "a03", "b17", 8, found.rows[1:-1])
    assert not set(without.rows[1:-1].tolist()) & set(found.rows[1:-1].tolist())


def test_artists_and_genres_are_ends_too(scenes):
    found = journey(scenes.bundle, "artist-a2", "genre-b", 6, NOBODY)
    ids = scenes.bundle.catalogue.tracks.values[found.rows]
    assert ids[0].startswith("a")
    assert ids[-1].startswith("b")


@pytest.mark.parametrize(
    ("ends", "n", "message"),
    [
        (("a01", "nowhere"), 5, "seed 'nowhere' is no track"),
        (("a01", "a01"), 5, "both ends are the same track"),
        (("a01", "b01"), 2, "give a number from 3 to 50"),
        (("a01", "b01"), 51, "give a number from 3 to 50"),
    ],
)
def test_impossible_journeys_say_why(scenes, ends, n, message):
    with pytest.raises(InvalidRequestError, match=message):
        journey(scenes.bundle, *ends, n, NOBODY)


def test_a_difference_tells_what_came_went_and_moved():
    found = difference(["a", "b", "c", "d"], ["a", "c", "e", "d"])
    assert found.added == (("e", 3),)
    assert found.removed == (("b", 2),)
    assert found.moved == (("c", 3, 2),)
    assert found.kept == 2
    assert not found.same


@given(st.lists(st.integers(0, 30).map(str), unique=True), st.lists(st.integers(0, 30).map(str), unique=True))
def test_a_difference_accounts_for_every_track(one, other):
    found = difference(one, other)
    assert found.kept + len(found.moved) + len(found.added) == len(other)
    assert found.kept + len(found.moved) + len(found.removed) == len(one)
    assert difference(one, one).same


def rules_of(found):
    return [(finding.place, finding.rule) for finding in found]


def test_lint_finds_what_was_planted(scenes):
    catalogue = scenes.bundle.catalogue
    work = catalogue.work.copy()
    rows = catalogue.tracks.rows(["a20", "a33", "b01"])
    work[rows[1]] = work[rows[0]]
    audio = np.full_like(catalogue.audio, np.nan)
    audio[:, 0], audio[:, 4] = 120.0, 0.5
    audio[rows[2], 0], audio[rows[2], 4] = 75.0, 0.0
    numbers = dict(catalogue.numbers) | {"key": np.zeros(len(catalogue), np.float32)}
    numbers["key"][rows[2]] = 6.0
    numbers["mode"] = np.ones(len(catalogue), np.float32)
    bundle = dataclasses.replace(
        scenes.bundle, catalogue=dataclasses.replace(catalogue, work=work, audio=audio, numbers=numbers)
    )
    ids = ["a20", "a07", "a20", "a33", "gone", "a00", "a01", "a02", "b01"]
    found = rules_of(lint(bundle, ids))
    assert (3, "duplicate") in found
    assert (4, "version") in found
    assert (5, "unknown") in found
    assert (8, "artist_run") in found
    assert (9, "jump") in found
    assert len(found) == 5
    assert not lint(bundle, ["a20", "a07", "a13"])


def test_lint_for_a_listener_and_what_was_taken_down(scenes):
    profile = dataclasses.replace(
        scenes.reads.profile("u-a01", 2**40), blocked=frozenset({"artist-a1"}), disliked=frozenset({"b01"})
    )
    down = scenes.bundle.catalogue.tracks.rows(["b30"]).tolist()
    found = rules_of(lint(scenes.bundle, ["a06", "b01", "b30", "a44"], profile, down))
    assert found == [(1, "blocked"), (2, "disliked"), (3, "taken_down")]
