"""What each surface is for, in planted worlds: what comes again, which side it follows, what a request asks of it."""

import dataclasses

import numpy as np
import pytest

from gnn.context import LoggedContext, Moment, context_model
from graph.errors import InvalidRequestError
from recommend.engine import Engine
from recommend.mixes import sides
from recommend.seeds import seed_rows
from recommend.taste import taste_of
from recommend.terms.term import unit_of
from recommend.types import AttributeRange, RecommendRequest, Seed

DAY = 86_400
NOW = 1_700_000_000 + 90 * DAY


def listener(engine, ids, *, counts=None, at=None, skips=None):
    """A profile of these plays, one a day, the last one now."""
    at = NOW - DAY * np.arange(len(ids))[::-1] if at is None else np.array(at)
    return dataclasses.replace(
        engine.reads.profile("u-a01", NOW),
        track_ids=np.array(ids),
        counts=np.ones(len(ids), np.float32) if counts is None else np.array(counts, np.float32),
        last_at=at.astype(np.int64),
        skips=np.zeros(len(ids), np.float32) if skips is None else np.array(skips, np.float32),
    )


def ask(engine, profile, surface="home", **changes):
    return engine.recommend(RecommendRequest(profile.user_id, surface, as_of=NOW, explain=False, **changes), profile)


def ids(answer):
    return [item.track.id for item in answer.items]


def share(answer, letter):
    """How much of a list is of one scene."""
    return np.mean([id.startswith(letter) for id in ids(answer)])


def test_the_top_mix_brings_back_what_is_loved_most(scenes):
    loved = [f"a{n:02}" for n in range(40)]
    counts = np.arange(1, 41)
    answer = ask(scenes, listener(scenes, loved, counts=counts, at=np.full(40, NOW)), "top_mix", n=10)
    known = [id for id in ids(answer) if id in loved]
    assert len(known) >= 8
    assert np.mean([counts[loved.index(id)] for id in known]) > counts.mean() + 5
    assert all("favourites" in item.contributions for item in answer.items if item.track.id in known)


def test_what_comes_again_is_its_own_reason(scenes):
    loved = [f"a{n:02}" for n in range(40)]
    profile = listener(scenes, loved, counts=np.arange(1, 41), at=np.full(40, NOW))
    answer = scenes.recommend(RecommendRequest(profile.user_id, "top_mix", 10, as_of=NOW), profile)
    again = [item for item in answer.items if item.track.id in loved]
    assert again
    for item in again:
        (path,) = item.explanation.paths
        assert [node.id for node in path.nodes] == [profile.user_id, item.track.id]
        assert item.explanation.verified
    for item in answer.items:
        assert not item.explanation.paths or item.track.id not in {
            node.id for node in item.explanation.paths[0].nodes[:-1]
        }


def test_what_is_often_skipped_is_no_favourite(scenes):
    loved = [f"a{n:02}" for n in range(0, 40, 2)]
    profile = listener(scenes, loved, counts=[9] * 20, at=[NOW] * 20, skips=[0, 60] * 10)
    skipped = set(loved[1::2])
    answer = ask(scenes, profile, "top_mix", n=8)
    assert len(skipped & set(ids(answer))) <= 2


def test_a_favourite_may_be_asked_to_rest(scenes):
    loved = [f"a{n:02}" for n in range(40)]
    at = np.where(np.arange(40) < 20, NOW - 60 * DAY, NOW)
    answer = ask(scenes, listener(scenes, loved, at=at), "top_mix", n=10, rest_days=28)
    assert not set(ids(answer)) & set(loved[20:])
    assert set(ids(answer)) & set(loved[:20])


def test_a_term_has_the_unit_of_the_ranker_that_it_stands_beside(scenes):
    engine = Engine(scenes.bundle, scenes.reads)
    skipped = {"skips": [0] * 8 + [1], "counts": [1] * 8 + [0]}
    ask(engine, listener(scenes, [*(f"a{n:02}" for n in range(8)), "a31"], **skipped))
    ask(engine, listener(scenes, ["a01", "a31"], counts=[1, 0], skips=[0, 1]))
    assert engine._units == {
        "learned": unit_of(scenes.bundle, engine.ranker),
        "short": unit_of(scenes.bundle, engine._short),
    }
    assert engine._units["learned"] != engine._units["short"]


def test_nothing_else_brings_back_what_was_played(scenes):
    profile = listener(scenes, [f"a{n:02}" for n in range(20)])
    for surface in ("home", "discover_weekly", "session"):
        assert not set(ids(ask(scenes, profile, surface, n=20))) & set(profile.track_ids.tolist())


@pytest.fixture(scope="module")
def both(scenes):
    """A listener of both scenes, more of the first."""
    return listener(scenes, [*(f"a{n:02}" for n in range(24)), *(f"b{n:02}" for n in range(12))])


def test_a_taste_of_two_scenes_has_two_sides_that_share_nothing(scenes, both):
    taste = taste_of(both, scenes.bundle, NOW)
    found = sides(taste)
    assert 2 <= len(found) <= 6
    names = both.track_ids
    scene = [
        set(np.unique([id[0] for id in taste.bundle.catalogue.tracks.values[taste.rows[places]]])) for places in found
    ]
    assert all(len(one) == 1 for one in scene)
    assert sorted(np.concatenate(found).tolist()) == list(range(len(names)))
    assert [places.tolist() for places in sides(taste)] == [places.tolist() for places in found]


def test_each_daily_mix_follows_one_side(scenes, both):
    taste = taste_of(both, scenes.bundle, NOW)
    lists = [ask(scenes, both, "daily_mix", n=15, side=number) for number in range(1, len(sides(taste)) + 1)]
    for answer in lists:
        scene = max("ab", key=lambda letter: share(answer, letter))
        assert share(answer, scene) >= 0.9
        known = set(ids(answer)) & set(both.track_ids.tolist())
        assert known  # familiar
        assert len(known) < 15  # and some that are not
    assert {max("ab", key=lambda letter: share(answer, letter)) for answer in lists} == {"a", "b"}
    assert len(set(ids(lists[0])) & set(ids(lists[-1]))) <= 2


def test_a_session_leans_to_what_is_played_right_now(scenes):
    long = [f"a{n:02}" for n in range(24)]
    now = ["b01", "b07", "b13"]
    at = [*(NOW - 30 * DAY + np.arange(24)), NOW - 600, NOW - 400, NOW - 200]
    profile = listener(scenes, [*long, *now], at=at)
    assert share(ask(scenes, profile, "session"), "b") > share(ask(scenes, profile), "b")
    yesterday = listener(scenes, [*long, *now], at=[*at[:24], NOW - DAY, NOW - DAY, NOW - DAY])
    assert ids(ask(scenes, yesterday, "session", max_per_artist=2)) == ids(
        ask(scenes, yesterday, "session", max_per_artist=2)
    )


def test_three_skips_of_one_kind_halve_its_share(scenes):
    mixed = [*(f"a{n:02}" for n in range(12)), *(f"b{n:02}" for n in range(12))]
    at = [*(NOW - 3600 - np.arange(24))]
    before = ask(scenes, listener(scenes, mixed, at=at), n=10)
    skipped = ["a31", "a37", "a43"]
    profile = listener(
        scenes,
        [*mixed, *skipped],
        counts=[1] * 24 + [0] * 3,
        at=[*at, NOW - 90, NOW - 60, NOW - 30],
        skips=[0] * 24 + [1] * 3,
    )
    after = ask(scenes, profile, n=10)
    assert share(before, "a") >= 0.3
    assert share(after, "a") <= share(before, "a") / 2
    assert any("session" in item.contributions for item in after.items) or share(after, "a") == 0
    for item in after.items:
        assert sum(item.contributions.values()) == pytest.approx(item.score, abs=1e-5)


def test_a_skip_of_long_ago_says_nothing(scenes):
    mixed = [*(f"a{n:02}" for n in range(12)), *(f"b{n:02}" for n in range(12))]
    profile = listener(scenes, ["a31", *mixed], counts=[0] + [1] * 24, skips=[1] + [0] * 24)
    assert not any("session" in item.contributions for item in ask(scenes, profile).items)


def test_less_of_a_seed_lowers_what_is_like_it(scenes):
    seeds = (Seed("a01"), Seed("b01"))
    profile = listener(scenes, ["x1"])
    plain = ask(scenes, profile, "radio", seeds=seeds)
    less = ask(scenes, profile, "radio", seeds=(*seeds, Seed("artist-b3", -1.0)))
    assert 0 < share(plain, "b") < 1
    assert share(less, "b") < share(plain, "b")
    assert any(item.contributions.get("less_like", 0) < 0 for item in less.items)
    with pytest.raises(InvalidRequestError, match="every seed has a weight below 0"):
        ask(scenes, listener(scenes, []), "radio", seeds=(Seed("artist-b3", -1.0),))


@pytest.fixture(scope="module")
def sounding(scenes):
    """The two scenes with a tempo for all tracks but the bridge's, faster by the number of the track."""
    catalogue = scenes.bundle.catalogue
    audio = np.full_like(catalogue.audio, np.nan)
    names = catalogue.tracks.values
    audio[:, 0] = [np.nan if id.startswith("x") else 80 + int(id[1:]) for id in names]
    bundle = dataclasses.replace(scenes.bundle, catalogue=dataclasses.replace(catalogue, audio=audio))
    engine = Engine(bundle, scenes.reads)
    engine.reads = scenes.reads
    return engine


def test_bounds_hold_for_every_track_and_count_what_they_removed(sounding):
    profile = listener(sounding, [f"a{n:02}" for n in range(0, 60, 6)])
    bounds = (AttributeRange("tempo", 100, 120),)
    answer = ask(sounding, profile, n=10, attributes=bounds)
    tempo = {id: 80 + int(id[1:]) for id in ids(answer)}
    assert tempo
    assert all(100 <= value <= 120 for value in tempo.values())
    assert answer.fill.removed["attributes"] > 0


def test_a_target_draws_the_list_to_it(sounding):
    profile = listener(sounding, [f"a{n:02}" for n in range(0, 60, 6)])
    means = []
    for target in (85.0, 135.0):
        answer = ask(sounding, profile, n=10, attributes=(AttributeRange("tempo", target=target),))
        means.append(np.nanmean([np.nan if id.startswith("x") else 80 + int(id[1:]) for id in ids(answer)]))
    assert means[0] + 15 < means[1]


def test_commute_and_focus_get_twice_the_usual_share_and_silence_changes_nothing(scenes):
    names = scenes.bundle.catalogue.tracks.values
    items = np.repeat(np.flatnonzero(~np.char.startswith(names, "x")), 20)
    activity = np.where(np.char.startswith(names[items], "a"), "commute", "focus")
    model = context_model(LoggedContext(items, {"activity": activity}), scenes.bundle.catalogue.performed_by)
    engine = Engine(dataclasses.replace(scenes.bundle, context=model), scenes.reads)
    for kind, letter, other in (("commute", "a", "b"), ("focus", "b", "a")):
        usual, fitting = [], []
        for own in range(6, 12):  # listeners who like more or less of it
            taste = [*(f"{letter}{n:02}" for n in range(own)), *(f"{other}{n:02}" for n in range(22 - own))]
            profile = listener(scenes, taste, at=[NOW] * 22)
            plain = ask(engine, profile, n=10)
            usual.append(share(plain, letter))
            fitting.append(share(ask(engine, profile, n=10, context=Moment(activity=kind)), letter))
            assert placed(plain) == placed(ask(scenes, profile, n=10))  # a model that is not asked changes nothing
            assert placed(plain) == placed(ask(engine, profile, n=10, context=Moment(device="tv")))
        assert 0 < np.mean(usual) < 0.5
        assert np.mean(fitting) >= 2 * np.mean(usual)


def placed(answer):
    """Tracks and scores, to the bit."""
    return [(item.track.id, item.score) for item in answer.items]


def test_seeds_stand_for_what_they_name(scenes):
    assert scenes.bundle.catalogue.tracks.values[seed_rows(scenes.bundle, "a07")].tolist() == ["a07"]
    assert len(seed_rows(scenes.bundle, "artist-a3")) == 6
    assert len(seed_rows(scenes.bundle, "genre-b")) == 12
