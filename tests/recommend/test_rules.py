"""What curators decide, in the two scenes: each action does what it says, where and when it says, and is seen."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn.context import Moment
from graph.errors import InvalidRequestError, RuleBookError
from recommend.engine import Engine
from recommend.rules import Action, Condition, FixedRules, Rule
from recommend.types import RecommendRequest
from recommend.why_not import Stage, why_not

NOW = 1_700_000_000 + 90 * 86_400


def with_rules(scenes, *rules):
    return Engine(scenes.bundle, scenes.reads, rules=FixedRules(tuple(rule.checked() for rule in rules)))


def ask(engine, user="u-a01", **changes):
    return engine.recommend(RecommendRequest(user, as_of=NOW, explain=False, **changes))


def ids(answer):
    return [item.track.id for item in answer.items]


def of_artist(answer, artist):
    return [item for item in answer.items if artist in {one.id for one in item.track.artists}]


def test_a_boost_raises_its_tracks_and_is_a_contribution(scenes):
    plain = ask(scenes)
    last = plain.items[-1].track
    boosted = ask(with_rules(scenes, Rule("push", Action.BOOST, (last.id,), 5.0)))
    (item,) = [item for item in boosted.items if item.track.id == last.id]
    assert item.rank < plain.items[-1].rank
    assert item.contributions["rule:push"] > 0
    assert sum(item.contributions.values()) == pytest.approx(item.score, abs=1e-5)
    assert boosted.rules == {"rule:push": 1}
    others = {one.track.id: one.score for one in plain.items}
    assert all(one.score == others.get(one.track.id, one.score) for one in boosted.items if one is not item)


def test_a_boost_below_zero_lowers(scenes):
    first = ask(scenes).items[0].track.id
    lowered = ask(with_rules(scenes, Rule("pull", Action.BOOST, (first,), -8.0)))
    assert first not in ids(lowered)[:5]


def test_a_pin_stands_in_its_place_and_the_others_keep_their_order(scenes):
    plain = ids(ask(scenes))
    answer = ask(with_rules(scenes, Rule("top", Action.PIN, ("b07",), 2)))
    assert ids(answer)[1] == "b07"
    assert [id for id in ids(answer) if id != "b07"] == [id for id in plain if id != "b07"][:19]
    assert answer.rules == {"rule:top": 1}
    assert [item.rank for item in answer.items] == list(range(1, 21))


def test_several_pins_keep_their_places(scenes):
    first = ids(ask(scenes))[0]  # in front of the other pin, from where it is taken away
    rules = [Rule("a", Action.PIN, ("b07",), 3), Rule("b", Action.PIN, (first,), 5), Rule("c", Action.PIN, ("b09",), 3)]
    shown = ids(ask(with_rules(scenes, *rules)))
    assert (shown[2], shown[3], shown[4]) == ("b07", "b09", first)  # the place was taken: the next one


def test_what_a_listener_blocks_is_not_pinned(scenes):
    profile = dataclasses.replace(scenes.reads.profile("u-a01", NOW), blocked=frozenset({"b07"}))
    engine = with_rules(scenes, Rule("top", Action.PIN, ("b07",), 1))
    answer = engine.recommend(RecommendRequest("u-a01", as_of=NOW, explain=False), profile)
    assert "b07" not in ids(answer)
    assert answer.rules == {}


def test_a_ban_leaves_out_and_counts(scenes):
    artist = ask(scenes).items[0].track.artists[0].id
    engine = with_rules(scenes, Rule("no", Action.BAN, (artist,)))
    answer = ask(engine)
    assert not of_artist(answer, artist)
    assert answer.fill.removed["rule:no"] == answer.rules["rule:no"] > 0
    banned = ask(scenes).items[0].track.id
    found = why_not(engine, RecommendRequest("u-a01", as_of=NOW), banned)
    assert (found.stage, found.rule) == (Stage.FILTERED, "rule:no")


def test_a_cap_holds(scenes):
    artists = [item.track.artists[0].id for item in ask(scenes, n=40, max_per_artist=6).items]
    artist = max(set(artists), key=artists.count)
    assert artists.count(artist) > 1
    engine = with_rules(scenes, Rule("one", Action.CAP, (artist,), 1))
    answer = ask(engine, n=40, max_per_artist=6)
    assert len(of_artist(answer, artist)) == 1
    assert answer.rules["rule:one"] > 0
    other = next(
        item.track.id
        for item in ask(scenes, n=40, max_per_artist=6).items
        if artist in {one.id for one in item.track.artists} and item.track.id not in ids(answer)
    )
    found = why_not(engine, RecommendRequest("u-a01", n=40, as_of=NOW, max_per_artist=6), other)
    assert found.stage in (Stage.DIVERSITY, Stage.BELOW_CUTOFF)


@pytest.mark.parametrize(
    ("when", "matches"),
    [
        (Condition(), True),
        (Condition(surfaces=frozenset({"home"})), True),
        (Condition(surfaces=frozenset({"radio"})), False),
        (Condition(users=frozenset({"u-a01"})), True),
        (Condition(users=frozenset({"u-b01"})), False),
        (Condition(activities=frozenset({"focus"})), True),
        (Condition(activities=frozenset({"party"})), False),
        (Condition(market="DE"), True),
        (Condition(market="FR"), False),
    ],
)
def test_a_rule_holds_where_it_says(scenes, when, matches):
    first = ask(scenes).items[0].track.id
    engine = with_rules(scenes, Rule("no", Action.BAN, (first,), when=when))
    answer = ask(engine, context=Moment(activity="focus"), market="DE")
    assert (first not in ids(answer)) == matches


def test_a_rule_holds_when_it_says():
    rule = Rule("no", Action.BAN, ("t",), since=100, until=200)
    assert [rule.active(at) for at in (99, 100, 199, 200)] == [False, True, True, False]
    down = Rule("gone", Action.TAKE_DOWN, ("t",), when=Condition(users=frozenset({"x"})))
    assert down.holds(RecommendRequest("anybody"), 5)  # a takedown is for everybody


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Rule("", Action.BAN, ("t",)), "use letters, digits"),
        (Rule("a b", Action.BAN, ("t",)), "use letters, digits"),
        (Rule("a", Action.BAN, ()), "name at least one"),
        (Rule("a", Action.BOOST, ("t",), 0), "give up to 10 units"),
        (Rule("a", Action.BOOST, ("t",), 11), "give up to 10 units"),
        (Rule("a", Action.PIN, ("t",), 0.5), "pin 0.5: give 1 or more"),
        (Rule("a", Action.CAP, ("t",), 0), "cap 0: give 1 or more"),
        (Rule("a", Action.BAN, ("t",), since=5, until=5), "ends before it begins"),
        (Rule("a", Action.BAN, ("t",), when=Condition(surfaces=frozenset({"moon"}))), "unknown surface 'moon'"),
    ],
)
def test_a_rule_that_can_mean_nothing_is_refused(rule, message):
    with pytest.raises(InvalidRequestError, match=message):
        rule.checked()


class Broken:
    def rules(self):
        raise RuleBookError("gone; lists go on")


def test_a_book_that_cannot_be_read_is_said_and_lists_go_on(scenes):
    engine = Engine(scenes.bundle, scenes.reads, rules=Broken())
    answer = ask(engine)
    assert ids(answer) == ids(ask(scenes))
    assert [part.component for part in answer.degraded] == ["rules"]
    assert not len(engine.taken_down())


TRACKS = [f"{scene}{n:02}" for scene in "ab" for n in range(60)]


@settings(max_examples=30, deadline=None)
@given(
    banned=st.lists(st.sampled_from(TRACKS), max_size=8, unique=True),
    pins=st.lists(st.tuples(st.sampled_from(TRACKS), st.integers(1, 25)), max_size=4, unique_by=lambda pin: pin[0]),
    cap=st.integers(1, 2),
)
def test_whatever_is_decided_bans_and_caps_hold_and_nothing_comes_twice(scenes, banned, pins, cap):
    rules = [
        *(Rule(f"ban{at}", Action.BAN, (id,)) for at, id in enumerate(banned)),
        *(Rule(f"pin{at}", Action.PIN, (id,), place) for at, (id, place) in enumerate(pins)),
        Rule("cap", Action.CAP, ("artist-a1",), cap),
    ]
    answer = ask(with_rules(scenes, *rules), n=15, exploration=0.4)
    shown = ids(answer)
    assert len(set(shown)) == len(shown) <= 15
    assert not set(shown) & set(banned)
    assert not set(shown) & set(scenes.reads.profile("u-a01", NOW).track_ids.tolist())
    pinned = {id for id, _ in pins}
    places = [place for _, place in pins]
    for id, place in pins:
        if id in shown and place <= len(shown) and len(set(places)) == len(places):
            assert shown.index(id) == place - 1
    assert sum(1 for item in of_artist(answer, "artist-a1") if item.track.id not in pinned) <= cap
    assert np.all(np.diff([item.rank for item in answer.items]) == 1)
