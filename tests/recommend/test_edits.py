"""What edits do to a taste and to answers, on worlds where it can be said beforehand."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.edits import Edit, EditKind, Level, level_of
from graph.reads import Plays, Profile
from recommend.blend import SESSION_S
from recommend.counterfactual import counterfactual
from recommend.edits import BALANCED_DAYS, edited, hidden_periods
from recommend.explain.links import track_ref
from recommend.preview import preview
from recommend.taste import tracks_under
from recommend.types import RecommendRequest, Seed
from recommend.why_not import Stage, why_not
from recommend.wire import from_json, to_json

NEVER = 2_000_000_000
DAY = 86_400
START = 1_700_000_000


def ref(scenes, row):
    return track_ref(scenes.bundle, row)


def numbered(*edits):
    return tuple(dataclasses.replace(edit, number=place) for place, edit in enumerate(edits, start=1))


def level(value):
    return Edit(EditKind.PERSONALISATION, level=Level[value])


def profile_of(engine, user="u-a01", *edits, **changes):
    return dataclasses.replace(engine.reads.profile(user, NEVER), edits=numbered(*edits), **changes)


def ask(engine, profile, as_of=NEVER, **changes):
    return engine.recommend(RecommendRequest(profile.user_id, as_of=as_of, **{"n": 10} | changes), profile)


def tracks(answer):
    return [item.track.id for item in answer.items]


def listed(answer):
    """An answer without whose it is."""
    return [dict(item, explanation=None) for item in to_json(answer)["items"]]


def told(profile):
    first_at = None if profile.first_at is None else profile.first_at.tolist()
    return (
        *(getattr(profile, name).tolist() for name in ("track_ids", "counts", "last_at", "skips")),
        first_at,
        profile.blocked,
        profile.disliked,
        profile.followed_artists,
    )


def plays(*rows):
    """A profile from (track, count, first, last)."""
    ids, counts, first, last = zip(*sorted(rows, key=lambda row: (row[3], row[0])), strict=True)
    return Profile(
        "u",
        None,
        np.array(ids, np.str_),
        np.array(counts, np.float32),
        np.array(last, np.int64),
        np.zeros(len(ids), np.float32),
        first_at=np.array(first, np.int64),
    )


def taste(profile):
    return {
        id: (count, at)
        for id, count, at in zip(
            *(getattr(profile, n).tolist() for n in ("track_ids", "counts", "last_at")), strict=True
        )
        if count
    }


def test_who_edits_nothing_keeps_their_profile(scenes):
    profile = profile_of(scenes)
    assert edited(profile, scenes.bundle, NEVER) is profile
    assert set(to_json(ask(scenes, profile))) == set(to_json(scenes.recommend(RecommendRequest("u-a01", n=10))))


@pytest.mark.parametrize("kind", ["artist", "genre", "track"])
def test_what_is_muted_is_neither_recommended_nor_in_the_taste(scenes, kind):
    profile, catalogue = profile_of(scenes), scenes.bundle.catalogue
    heard = catalogue.tracks.rows(profile.track_ids)
    shown = catalogue.tracks.rows(tracks(ask(scenes, profile))).tolist()
    artists = [ref(scenes, row).artists[0].id for row in heard.tolist()]
    target = {
        "artist": next(one for row in shown if (one := ref(scenes, row).artists[0].id) in artists),
        "genre": "genre-a",
        "track": str(profile.track_ids[0]),
    }[kind]
    muted = profile_of(scenes, "u-a01", Edit(EditKind.MUTE, target))
    under = tracks_under(frozenset({target}), scenes.bundle)
    taste_rows = scenes.trace(RecommendRequest("u-a01", as_of=NEVER, n=10), muted).scorer.blend.play_rows
    assert np.isin(heard, under).any(), "it was in the taste before"
    assert set(taste_rows.tolist()) == set(heard.tolist()) - set(under.tolist())
    after = tracks(ask(scenes, muted))
    assert len(after) == 10
    assert not np.isin(catalogue.tracks.rows(after), under).any()
    assert set(profile.track_ids.tolist()) & set(after) == set(), "what was heard stays heard"


def test_a_muted_track_is_said_to_be_so(scenes):
    track = tracks(ask(scenes, profile_of(scenes)))[0]
    muted = profile_of(scenes, "u-a01", Edit(EditKind.MUTE, track))
    found = why_not(scenes, RecommendRequest("u-a01", as_of=NEVER, n=10), track, muted)
    assert (found.stage, found.rule) == (Stage.FILTERED, "blocked")
    assert "muted" in found.message


def test_excluding_does_what_a_counterfactual_says(scenes):
    profile = profile_of(scenes)
    request = RecommendRequest("u-a01", as_of=NEVER)
    track = tracks(ask(scenes, profile))[0]
    heard = scenes.bundle.catalogue.tracks.rows(profile.track_ids).tolist()
    artists = {ref(scenes, row).artists[0].id for row in heard} - {ref(scenes, scenes.row(track)).artists[0].id}
    artist = min(artists)
    said = counterfactual(scenes, request, track, artist, profile)
    found = scenes.explain(request, track, profile_of(scenes, "u-a01", Edit(EditKind.EXCLUDE, artist)))
    assert (found.rank, found.score) == (said.new_rank, pytest.approx(said.new_score, abs=1e-6))


def test_what_is_excluded_may_still_be_recommended(scenes):
    excluded = profile_of(scenes, "u-a01", Edit(EditKind.EXCLUDE, "genre-a"))
    trace = scenes.trace(RecommendRequest("u-a01", as_of=NEVER, n=10), excluded)
    names = scenes.bundle.catalogue.tracks.values[trace.scorer.blend.play_rows]
    assert {name[0] for name in names.tolist()} == {"x"}
    assert any(row for row in trace.pool.rows.tolist() if scenes.bundle.catalogue.tracks.values[row][0] == "a")


def test_a_playlist_can_be_left_out_of_a_taste(demo):
    catalogue = demo.bundle.catalogue
    user = str(demo.reads.arrays.users.values[5])
    heard = catalogue.tracks.rows(demo.reads.profile(user, NEVER).track_ids)
    row = int(np.argmax(np.asarray(catalogue.in_playlist[heard].sum(axis=0)).ravel()))
    profile = profile_of(demo, user, Edit(EditKind.EXCLUDE, str(catalogue.playlists.values[row])))
    kept = demo.trace(RecommendRequest(user, as_of=NEVER), profile).scorer.blend.play_rows
    on_it = set(catalogue.tracks_of_playlist[[row]].indices.tolist())
    assert on_it & set(heard.tolist())
    assert set(kept.tolist()) == set(heard.tolist()) - on_it


def test_a_boost_is_a_part_of_the_score_and_brings_in_what_no_other_source_would(scenes):
    before = {item.track.id: item for item in ask(scenes, profile_of(scenes), n=20).items}
    boosted = profile_of(scenes, "u-a01", Edit(EditKind.BOOST, "artist-b3"), Edit(EditKind.BOOST, "genre-b"))
    answer = ask(scenes, boosted, n=20)
    ours = [item for item in answer.items if "artist-b3" in [artist.id for artist in item.track.artists]]
    assert ours
    trace = scenes.trace(RecommendRequest("u-a01", as_of=NEVER, n=20), boosted)
    scores = dict(zip(scenes.bundle.catalogue.tracks.values[trace.pool.rows], trace.pool.scores.tolist(), strict=True))
    for item in answer.items:
        assert sum(item.contributions.values()) == pytest.approx(item.score, abs=1e-6)
        assert item.score == pytest.approx(scores[item.track.id], abs=1e-5)
        assert ("edit:boost" in item.contributions) is item.track.id.startswith("b")
        assert item.track.id not in before or item.score == before[item.track.id].score
    once = profile_of(scenes, "u-a01", Edit(EditKind.BOOST, "artist-b3"))
    single = {item.track.id: item.contributions for item in ask(scenes, once, n=20).items}
    for item in ours:
        assert item.contributions["edit:boost"] > 0
        if item.track.id in single:
            assert item.contributions["edit:boost"] == pytest.approx(2 * single[item.track.id]["edit:boost"])


def test_a_block_ends_on_its_day(scenes):
    track = tracks(ask(scenes, profile_of(scenes)))[0]
    blocked = profile_of(scenes, "u-a01", Edit(EditKind.BLOCK, track, until=NEVER))
    assert track not in tracks(ask(scenes, blocked, as_of=NEVER - 1))
    assert track in tracks(ask(scenes, blocked, as_of=NEVER))
    for_ever = profile_of(scenes, "u-a01", Edit(EditKind.BLOCK, track))
    assert track not in tracks(ask(scenes, for_ever))
    assert taste(edited(for_ever, scenes.bundle, NEVER)) == taste(profile_of(scenes))


@pytest.mark.parametrize(
    ("first", "last", "left"),
    [
        (1, 5, (4, 5)),  # before
        (10, 20, None),  # inside
        (1, 15, (1, 1)),  # begun before: the first play alone is known to lie outside
        (15, 40, (1, 40)),  # went on later: the last
        (1, 40, (4, 40)),  # around: what lies between is not known
        (30, 40, (4, 40)),  # the end is not a part of it
    ],
)
def test_a_period_takes_out_what_was_played_in_it(scenes, first, last, left):
    period = Edit(EditKind.EXCLUDE_PERIOD, since=10, until=30, number=1)
    profile = dataclasses.replace(plays(("a00", 4, first, last), ("a01", 1, 50, 50)), edits=(period,))
    found = edited(profile, scenes.bundle, NEVER)
    assert taste(found) == {"a01": (1, 50)} | ({"a00": left} if left else {})
    assert "a00" in found.track_ids, "what was heard stays heard"
    assert found.last_at.tolist() == sorted(found.last_at.tolist())


def test_a_private_session_ends_when_it_is_ended_or_at_its_time():
    begun = Edit(EditKind.PRIVATE_SESSION, since=100, until=500, at=100)
    assert hidden_periods(numbered(begun)) == [(100, 500)]
    ended = Edit(EditKind.END_PRIVATE_SESSION, at=200)
    assert hidden_periods(numbered(begun, ended)) == [(100, 200)]
    again = dataclasses.replace(begun, since=300, at=300)
    assert hidden_periods(numbered(begun, ended, again)) == [(100, 200), (300, 500)]
    assert hidden_periods(numbered(ended, begun)) == [(100, 500)]


def test_off_is_the_same_for_everybody_and_rests_on_nothing(scenes):
    circle = (Plays(np.array(["b00"]), np.ones(1, np.float32), np.array([START])),)
    one = profile_of(scenes, "u-a01", level("OFF"), Edit(EditKind.BOOST, "artist-b3"))
    other = profile_of(
        scenes,
        "u-b07",
        level("LIGHT"),
        level("OFF"),
        disliked=frozenset({"a00"}),
        followed=circle,
        liked={"b01": START},
    )
    for surface in ("home", "session", "top_mix", "discover_weekly"):
        answers = [ask(scenes, profile, surface=surface) for profile in (one, other)]
        assert listed(answers[0]) == listed(answers[1])
        assert [item.explanation for item in answers[0].items] == [item.explanation for item in answers[1].items]
        assert {answer.level for answer in answers} == {Level.OFF}
    assert answers[0].cold
    assert to_json(from_json(to_json(answers[0])))["personalisation"] == "OFF"


def test_off_still_hears_what_is_asked_and_what_is_refused(scenes):
    off = profile_of(scenes, "u-a01", level("OFF"), Edit(EditKind.MUTE, "artist-b3"))
    answer = ask(scenes, off, surface="radio", seeds=(Seed("b05"),))
    assert all(track.startswith(("b", "x")) for track in tracks(answer))
    assert not [item for item in answer.items if "artist-b3" in [artist.id for artist in item.track.artists]]
    assert tracks(answer) != tracks(ask(scenes, off, surface="radio", seeds=(Seed("a05"),)))


def test_light_knows_this_session_and_what_was_liked(scenes):
    now = START + 400 * DAY
    whole = plays(
        ("a00", 3, START, START), ("b00", 1, now - SESSION_S - 1, now - SESSION_S - 1), ("b13", 2, now - 9, now)
    )
    light = dataclasses.replace(whole, liked={"b07": START}, edits=numbered(level("LIGHT")))
    alone = plays(("b13", 2, now - 9, now), ("b07", 1, START, START))
    assert taste(edited(light, scenes.bundle, now)) == {"b13": (2, now), "b07": (1, START)}
    assert to_json(ask(scenes, light, now))["items"] == to_json(ask(scenes, alone, now))["items"]


def test_balanced_knows_ninety_days(scenes):
    now = START + 400 * DAY
    edge = now - BALANCED_DAYS * DAY
    whole = plays(("a00", 3, START, edge), ("a01", 5, START, edge + 1), ("b00", 2, edge + 1, now))
    balanced = dataclasses.replace(whole, edits=numbered(level("BALANCED")))
    assert taste(edited(balanced, scenes.bundle, now)) == {"a01": (1, edge + 1), "b00": (2, now)}
    alone = dataclasses.replace(plays(("a01", 1, edge + 1, edge + 1), ("b00", 2, edge + 1, now)), edits=balanced.edits)
    assert to_json(ask(scenes, balanced, now)) == to_json(ask(scenes, alone, now))
    deep = dataclasses.replace(whole, edits=numbered(level("BALANCED"), level("DEEP")))
    assert taste(edited(deep, scenes.bundle, now)) == taste(whole)


TARGETS = [*(f"artist-{s}{n}" for s in "ab" for n in range(10)), "genre-a", "a03", "b07", "x1", "unknown"]
ABOUT = st.builds(
    Edit,
    st.sampled_from([EditKind.MUTE, EditKind.BOOST, EditKind.BLOCK, EditKind.EXCLUDE]),
    target=st.sampled_from(TARGETS),
)
PERIODS = st.builds(
    lambda kind, since, days: Edit(kind, since=START + since * DAY, until=START + (since + days) * DAY),
    st.sampled_from([EditKind.EXCLUDE_PERIOD, EditKind.PRIVATE_SESSION]),
    st.integers(-3, 30),
    st.integers(1, 20),
)
LEVELS = st.builds(lambda value: Edit(EditKind.PERSONALISATION, level=value), st.sampled_from(Level))
EDITS = st.lists(st.one_of(ABOUT, PERIODS, LEVELS), min_size=1, max_size=5)


@settings(max_examples=60)
@given(EDITS, st.sampled_from(["u-a01", "u-b04"]), st.integers(-20, 200), st.randoms(use_true_random=False))
def test_edits_worked_in_twice_or_told_in_another_order_give_the_same(scenes, edits, user, days, chance):
    as_of = START + days * DAY
    known = scenes.reads.profile(user, NEVER)
    first_at = known.last_at - np.arange(len(known.last_at)) * DAY
    profile = profile_of(scenes, user, *edits, first_at=first_at, liked={"b44": START, "a44": START + 20 * DAY})
    once = edited(profile, scenes.bundle, as_of)
    assert told(edited(once, scenes.bundle, as_of)) == told(once)
    shuffled = list(profile.edits)
    chance.shuffle(shuffled)
    periods = [edit for edit in edits if edit.since is not None]
    if len(periods) < 2:  # of two periods around one play the first decides what is known of it
        assert told(edited(dataclasses.replace(profile, edits=tuple(shuffled)), scenes.bundle, as_of)) == told(once)


@settings(max_examples=25)
@given(EDITS)
def test_taking_every_edit_back_gives_the_answer_that_was(scenes, edits):
    profile = profile_of(scenes)
    before = to_json(ask(scenes, profile))
    chosen = profile_of(scenes, "u-a01", *edits)
    changed = ask(scenes, chosen)
    assert changed.level is level_of(chosen.edits)
    assert to_json(ask(scenes, dataclasses.replace(chosen, edits=()))) == before


@settings(max_examples=25)
@given(EDITS)
def test_a_preview_tells_the_difference_of_the_two_lists(scenes, edits):
    profile = profile_of(scenes)
    request = RecommendRequest("u-a01", as_of=NEVER, n=10)
    changes = preview(scenes, request, profile, numbered(*edits))
    before, after = tracks(ask(scenes, profile)), tracks(ask(scenes, profile_of(scenes, "u-a01", *edits)))
    told = {change.track.id: (change.before, change.after) for change in changes}
    for track in {*before, *after}:
        places = tuple(found.index(track) + 1 if track in found else None for found in (before, after))
        assert told.get(track, (places[0],) * 2) == places
    assert set(told) <= {*before, *after}


def test_an_old_model_knows_a_merged_artist_by_the_former_id(scenes):
    artist = ref(scenes, scenes.row(tracks(ask(scenes, profile_of(scenes)))[0])).artists[0].id
    for one, other in itertools.permutations((artist, "a-newer-id")):
        profile = profile_of(scenes, "u-a01", Edit(EditKind.MUTE, one, now=other))
        assert artist not in [a.id for item in ask(scenes, profile).items for a in item.track.artists]
