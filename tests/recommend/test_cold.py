"""Newcomers: few plays, picks of a first visit, and nothing but whom they follow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graph.errors import InvalidRequestError
from graph.reads import Plays, Profile
from recommend.blend import blend_of
from recommend.features import NAMES
from recommend.ranker import LinearRanker
from recommend.short import MIX, ranker_for, short_ranker
from recommend.surfaces import BY_NAME
from recommend.taste import SHORT_HISTORY, taste_of
from recommend.types import RecommendRequest, Seed

DAY = 86_400
NOW = 1_500_000_000


def newcomer(*tracks, followed=()):
    count = len(tracks)
    return replace(
        Profile.empty("newcomer"),
        track_ids=np.array(tracks, np.str_),
        counts=np.ones(count, np.float32),
        last_at=NOW - DAY * 400 * np.arange(count, dtype=np.int64)[::-1],
        skips=np.zeros(count, np.float32),
        followed=tuple(
            Plays(np.array(plays, np.str_), np.ones(len(plays), np.float32), np.full(len(plays), NOW - DAY))
            for plays in followed
        ),
    )


def ask(engine, profile, **changes):
    request = RecommendRequest("newcomer", "home", 10, NOW, explain=False)
    return engine.recommend(replace(request, **changes), profile)


def scenes_of(answer):
    return {item.track.id[0] for item in answer.items} - {"x"}


@pytest.mark.parametrize("tracks", [["a07"], ["b03", "b41"], ["a01", "a22", "a48", "a59"]])
def test_few_plays_name_the_scene(scenes, tracks):
    answer = ask(scenes, newcomer(*tracks))
    assert len(answer.items) == 10
    assert scenes_of(answer) == {tracks[0][0]}
    assert not answer.cold


def test_picks_on_the_home_surface_name_the_scene_and_are_not_recommended(scenes):
    picks = (Seed("a03"), Seed("artist-a2"), Seed("a44"))
    answer = ask(scenes, newcomer(), seeds=picks)
    assert len(answer.items) == 10
    assert scenes_of(answer) == {"a"}
    assert not {"a03", "a44"} & {item.track.id for item in answer.items}
    assert not answer.cold


def test_a_genre_can_be_picked(scenes):
    assert scenes_of(ask(scenes, newcomer(), seeds=(Seed("genre-b"),))) == {"b"}


def test_the_weights_of_picks_count(scenes):
    def share(weight):
        answer = ask(scenes, newcomer(), n=20, max_per_artist=20, seeds=(Seed("artist-a1", weight), Seed("artist-b1")))
        return sum(item.track.id[0] == "a" for item in answer.items)

    assert share(9.0) > share(1.0) > share(0.1)


def test_picks_join_the_few_plays_there_are(scenes):
    request = RecommendRequest("newcomer", "home", 10, NOW, seeds=(Seed("a03"),))
    blend = blend_of(request, newcomer("b01"), BY_NAME["home"], scenes.bundle)
    assert [part.by_listener for part in blend.parts] == [False, True]
    assert sum(part.share for part in blend.parts) == pytest.approx(1.0)


def test_picks_are_for_newcomers(scenes):
    known = newcomer(*(f"a{number:02}" for number in range(SHORT_HISTORY)))
    with pytest.raises(InvalidRequestError, match="surface 'home' takes no seeds: use radio"):
        ask(scenes, known, seeds=(Seed("b01"),))
    with pytest.raises(InvalidRequestError, match="21 seeds: give at most 20"):
        ask(scenes, newcomer(), seeds=tuple(Seed(f"a{number:02}") for number in range(21)))


def test_who_is_followed_names_the_scene(scenes):
    followed = [["b01", "b02", "b30"], ["b11", "b50"], ["b22"], ["b33", "b01"], ["b44"]]
    answer = ask(scenes, newcomer(followed=followed), explain=True)
    assert scenes_of(answer) == {"b"}
    assert not answer.cold
    assert {item.explanation.text for item in answer.items} == {"Close to what the people you follow play"}
    few = ask(scenes, newcomer(followed=followed[:4]), explain=True)
    assert scenes_of(few) == {"b"}
    assert {item.explanation.text for item in few.items} == {"Chosen from the little that is known of you"}


def test_whom_one_follows_counts_only_without_own_plays(scenes):
    followed = [["b01", "b02", "b30"]]
    plays = newcomer("a07", followed=followed)
    assert not taste_of(plays, scenes.bundle, NOW).followed
    assert scenes_of(ask(scenes, plays)) == {"a"}


def test_followed_who_played_nothing_known_leave_a_cold_answer(scenes):
    answer = ask(scenes, newcomer(followed=[["elsewhere"]]))
    assert answer.cold
    assert len(answer.items) == 10


def test_the_plays_of_a_short_history_count_the_same(scenes):
    few = taste_of(newcomer("a01", "a02", "a03"), scenes.bundle, NOW)
    assert not few.age_days.any()
    enough = taste_of(newcomer(*(f"a{number:02}" for number in range(SHORT_HISTORY))), scenes.bundle, NOW)
    assert enough.age_days.max() == pytest.approx(400.0 * (SHORT_HISTORY - 1))


def test_the_ranker_is_chosen_by_what_is_known(scenes):
    learned, short = LinearRanker(np.zeros(len(NAMES), np.float32)), short_ranker(scenes.bundle)

    def chosen(profile):
        blend = blend_of(RecommendRequest("newcomer", as_of=NOW), profile, BY_NAME["home"], scenes.bundle)
        return ranker_for(blend, learned, short)

    assert chosen(newcomer("a01")) is short
    assert chosen(newcomer(followed=[["a01"]])) is short
    assert chosen(newcomer(*(f"a{number:02}" for number in range(SHORT_HISTORY)))) is learned
    popular = chosen(newcomer()).weights
    assert popular[NAMES.index("popular_recent")] > 0
    assert not popular[NAMES.index("gnn_cosine")]


def test_the_short_ranker_counts_in_deviations_and_is_the_same_each_time(scenes):
    one, again = short_ranker(scenes.bundle), short_ranker(scenes.bundle)
    np.testing.assert_array_equal(one.weights, again.weights)
    assert np.isfinite(one.weights).all()
    for name in MIX:
        assert one.weights[NAMES.index(name)] > 0
