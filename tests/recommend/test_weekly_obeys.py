"""Discover Weekly obeys every filter, whatever was heard, refused, banned and shown before, and is the same again."""

import dataclasses
import json
from datetime import UTC
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import GraphUnavailableError
from graph.reads import Profile
from recommend.engine import Engine
from recommend.rules import Action, Condition, FixedRules, Rule
from recommend.trace import Stopwatch
from recommend.types import Degradation
from recommend.weekly import (
    REMEMBERED_WEEKS,
    RESERVES,
    TRACKS,
    discover_weekly,
    start_of_week,
    weeks_before,
)
from recommend.wire import to_json

WEEK = "2026-W48"
LATER = start_of_week(WEEK, UTC) + 6 * 86_400
DAY = 86_400


class Shelf:
    """Keeps weekly lists in memory, as the graph keeps them: without their reserves."""

    def __init__(self):
        self.kept, self.tracks, self.asked = {}, {}, []

    def stored(self, user_id, week):
        return self.kept.get((user_id, week))

    def earlier_tracks(self, user_id, weeks):
        self.asked.append(list(weeks))
        return frozenset().union(*(self.tracks.get((user_id, week), ()) for week in weeks))

    def keep(self, user_id, week, answer, tracks, *, created_at, replace):
        if replace or (user_id, week) not in self.kept:
            self.kept[user_id, week] = answer
            self.tracks[user_id, week] = frozenset(track.track_id for track in tracks)
        return self.kept[user_id, week]


class Listener:
    """The reads of one listener: what they played, each track once, and what holds for them."""

    def __init__(self, plays, **known):
        self.plays, self.known = sorted(plays, key=lambda play: (play[1], play[0])), known

    def profile(self, user_id, as_of):
        past = [play for play in self.plays if play[1] <= as_of]
        return dataclasses.replace(
            Profile.empty(user_id),
            track_ids=np.array([track for track, _ in past], np.str_),
            counts=np.ones(len(past), np.float32),
            last_at=np.array([at for _, at in past], np.int64),
            skips=np.zeros(len(past), np.float32),
            **self.known,
        )

    def verify(self, steps):
        return [True] * len(steps)


def ids(answer):
    return [item.track.id for item in answer.items]


def week_of(engine, listener, shelf, week=WEEK, as_of=LATER, **options):
    return discover_weekly(engine, listener, shelf, "u", week, as_of=as_of, **options)


def engine_for(bundle, listener, *rules):
    return Engine(bundle, listener, rules=FixedRules(rules))


@st.composite
def listeners(draw, bundle):
    """Plays until some days after the Monday, and what is refused; by the names of the catalogue."""
    catalogue = bundle.catalogue
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    monday = start_of_week(WEEK, UTC)

    def some(values, most):
        return [str(one) for one in rng.choice(values, draw(st.integers(0, most)), replace=False)]

    heard = some(catalogue.tracks.values, 150)
    at = (monday - rng.integers(-3 * DAY, 200 * DAY, len(heard))).tolist()
    refused = some(catalogue.tracks.values, 40) + some(catalogue.artists.values, 12) + some(catalogue.genres.values, 2)
    return Listener(
        list(zip(heard, at, strict=True)),
        blocked=frozenset(refused),
        disliked=frozenset(some(catalogue.tracks.values, 20)),
        allow_explicit=draw(st.booleans()),
        country=draw(st.sampled_from([None, "DE", "FR"])),
        time_zone=draw(st.sampled_from([None, "Pacific/Kiritimati", "America/Los_Angeles", "Asia/Tehran"])),
    ), [str(one) for one in rng.choice(catalogue.artists.values, draw(st.integers(1, 20)), replace=False)]


def forbidden(bundle, listener, banned):
    """Why each track may not be shown, worked out one track at a time from the catalogue and nothing of the core."""
    catalogue, known = bundle.catalogue, listener.known
    home = {"DE": "Europe/Berlin", "FR": "Europe/Paris", None: "UTC"}[known["country"]]
    zone = ZoneInfo(known["time_zone"] or home)
    monday = start_of_week(WEEK, zone)
    heard = {track for track, at in listener.plays if at <= monday}
    works = {int(catalogue.work[catalogue.tracks.row(track)]) for track in heard}
    found = {}
    for row, track in enumerate(catalogue.tracks.values.tolist()):
        artists = set(catalogue.artists.values[catalogue.performed_by[[row]].indices].tolist())
        genres = set(catalogue.genres.values[catalogue.track_genre[[row]].indices].tolist())
        if int(catalogue.work[row]) in works:
            found[track] = "heard"
        elif ({track} | artists | genres) & known["blocked"] or track in known["disliked"]:
            found[track] = "refused"
        elif not known["allow_explicit"] and catalogue.numbers["explicit"][row] == 1:
            found[track] = "explicit"
        elif known["country"] == "DE" and artists & set(banned):
            found[track] = "banned"
    return found


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_every_filter_is_obeyed(demo, data):
    bundle = demo.bundle
    listener, banned = data.draw(listeners(bundle))
    rule = Rule("not-here", Action.BAN, tuple(banned), when=Condition(market="DE"))
    engine, shelf = engine_for(bundle, listener, rule), Shelf()
    answer = week_of(engine, listener, shelf)
    closed = forbidden(bundle, listener, banned)
    assert not {track: closed[track] for track in ids(answer) if track in closed}
    works = bundle.catalogue.work[bundle.catalogue.tracks.rows(ids(answer))]
    assert len(set(works.tolist())) == len(answer.items)
    if not answer.fill.relaxed:
        artists = [artist.id for item in answer.items for artist in item.track.artists]
        assert max(map(artists.count, artists), default=0) <= 2
    assert len(answer.items) == TRACKS or answer.fill.removed
    assert [item.rank for item in answer.items] == list(range(1, len(answer.items) + 1))
    for item in answer.items:
        assert sum(item.contributions.values()) == pytest.approx(item.score, abs=1e-5)
    # whatever happens after the Monday, and whoever makes it when
    cut = Listener([play for play in listener.plays if play[1] <= answer.as_of], **listener.known)
    again = week_of(engine_for(bundle, cut, rule), cut, Shelf(), as_of=LATER + DAY)
    assert json.dumps(to_json(again)) == json.dumps(to_json(answer))


@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_what_is_refused_later_is_gone_when_the_list_is_read(demo, data):
    listener, _ = data.draw(listeners(demo.bundle))
    engine, shelf = engine_for(demo.bundle, listener), Shelf()
    before = week_of(engine, listener, shelf)
    if not before.items:
        return
    chosen = data.draw(st.lists(st.sampled_from(before.items), max_size=RESERVES, unique_by=lambda item: item.rank))
    refused = frozenset(item.track.id for item in chosen)
    listener.known["blocked"] |= refused
    after = week_of(engine, listener, shelf)
    assert not refused & set(ids(after))
    assert [track for track in ids(before) if track not in refused] == ids(after)[: len(before.items) - len(chosen)]
    assert after.fill.removed.get("blocked_since", 0) == len(refused)
    kept = json.loads(shelf.kept["u", WEEK])["items"]
    assert len(after.items) == min(TRACKS, len(kept) - len(chosen))


def hearing(demo, rows=range(60), **known):
    """A listener of the demo world who heard these tracks, long ago."""
    monday = start_of_week(WEEK, UTC)
    tracks = demo.bundle.catalogue.tracks.values[list(rows)].tolist()
    return Listener([(track, monday - 400 * DAY - at) for at, track in enumerate(tracks)], **known)


def test_a_track_does_not_come_back_for_twelve_weeks(demo):
    listener, shelf = hearing(demo), Shelf()
    engine = engine_for(demo.bundle, listener)
    weeks = weeks_before(WEEK, 15)[::-1]
    lists = [ids(week_of(engine, listener, shelf, week)) for week in weeks]
    for at, made in enumerate(lists):
        assert len(made) == TRACKS
        before = {track for one in lists[max(0, at - REMEMBERED_WEEKS) : at] for track in one}
        assert not before & set(made)
    assert shelf.asked == [weeks_before(week, 12) for week in weeks]


def test_after_twelve_weeks_a_track_may_come_back(demo):
    listener, shelf = hearing(demo), Shelf()
    engine = engine_for(demo.bundle, listener)
    first = week_of(engine, listener, Shelf())
    for back in (12, 13):
        shelf = Shelf()
        shelf.tracks["u", weeks_before(WEEK, back)[-1]] = frozenset(ids(first))
        again = set(ids(week_of(engine, listener, shelf)))
        assert bool(again & set(ids(first))) is (back == 13)


def test_explicit_tracks_leave_a_stored_list_once_they_are_not_wanted(demo):
    catalogue = demo.bundle.catalogue
    explicit = catalogue.numbers["explicit"] == 1
    theirs = catalogue.credits[explicit][:, 0]
    rows = np.flatnonzero(np.isin(catalogue.credits[:, 0], theirs) & ~explicit)[:60]
    listener, shelf = hearing(demo, rows, allow_explicit=True), Shelf()
    engine = engine_for(demo.bundle, listener)
    before = week_of(engine, listener, shelf)
    rows = catalogue.tracks.rows(ids(before))
    assert explicit[rows].any(), "the world must hold what is tested"
    listener.known["allow_explicit"] = False
    after = week_of(engine, listener, shelf)
    assert not explicit[catalogue.tracks.rows(ids(after))].any()
    assert after.fill.removed["explicit_since"] >= explicit[rows].sum()


@pytest.mark.parametrize(("heard", "wanted"), [(110, 115), (100, 128), (0, 20)])
def test_a_short_list_says_which_filter_cost_how_many(scenes, heard, wanted):
    every = scenes.bundle.catalogue.tracks.values.tolist()
    plays = [(track, start_of_week(WEEK, UTC) - DAY) for track in every[:heard]]
    listener = Listener(plays, blocked=frozenset(every[wanted:]))
    answer = week_of(engine_for(scenes.bundle, listener), listener, Shelf())
    assert answer.fill.returned == len(answer.items) == wanted - heard < TRACKS
    expected = {"played": heard, "blocked": len(every) - wanted}
    assert answer.fill.removed == {name: count for name, count in expected.items() if count}


def test_a_slow_machine_makes_the_same_list(demo, monkeypatch):
    listener = hearing(demo)
    engine = engine_for(demo.bundle, listener)
    quick = week_of(engine, listener, Shelf())
    monkeypatch.setattr(Stopwatch, "elapsed", property(lambda self: 60_000.0))
    slow = week_of(engine, listener, Shelf())
    assert to_json(slow) == to_json(quick)
    assert any(item.explanation and item.explanation.paths for item in slow.items)


def test_a_list_that_lacks_its_reasons_is_given_and_not_kept(demo):
    class Failing(Listener):
        def verify(self, steps):
            raise GraphUnavailableError("Neo4j is away")

    listener, shelf = hearing(demo), Shelf()
    failing = Failing(listener.plays)
    engine = engine_for(demo.bundle, failing)
    answer = week_of(engine, listener, shelf)
    assert len(answer.items) == TRACKS
    assert answer.degraded == (Degradation("explanations", "Neo4j is away"),)
    assert shelf.kept == {}
    whole = week_of(engine_for(demo.bundle, listener), listener, shelf)
    assert list(shelf.kept) == [("u", WEEK)]
    assert ids(whole) == ids(answer)


def test_every_curve_is_another_order_of_the_same_tracks(demo):
    listener = hearing(demo)
    engine = engine_for(demo.bundle, listener)
    lists = {curve: ids(week_of(engine, listener, Shelf(), curve=curve)) for curve in ("arc", "build")}
    assert sorted(lists["arc"]) == sorted(lists["build"])
    assert lists["arc"] != lists["build"]


def test_the_week_begins_where_the_listener_lives(demo):
    seen = []
    shelf, spy = Shelf(), SimpleNamespace(bundle=demo.bundle, taken_down=demo.taken_down)
    spy.recommend = lambda request, profile, *, hurries: (
        seen.append(request) or demo.recommend(request, hearing(demo).profile("u", request.as_of))
    )
    for zone, country in (("Asia/Tokyo", "US"), (None, "DE"), (None, None)):
        week_of(spy, hearing(demo, time_zone=zone, country=country), shelf, regenerate=True)
    begins = [start_of_week(WEEK, ZoneInfo(name)) for name in ("Asia/Tokyo", "Europe/Berlin", "UTC")]
    assert [request.as_of for request in seen] == begins
    assert [request.market for request in seen] == ["US", "DE", None]
