"""The engine on worlds where the answer can be proved."""

import dataclasses

import numpy as np
import pytest

from graph.errors import InvalidRequestError, NotFoundError
from recommend.features import FAMILIES
from recommend.sources import SCORERS, SOURCES, unavailable
from recommend.surfaces import BY_NAME, SURFACES
from recommend.types import AttributeRange, ExplanationKind, RecommendRequest, Seed
from recommend.wire import from_json, to_json

NEVER = 2_000_000_000


def _ask(engine, user, **changes):
    return engine.recommend(RecommendRequest(user, as_of=NEVER, **changes))


def _ids(answer):
    return [item.track.id for item in answer.items]


def test_nobody_hears_the_other_scene(scenes):
    for scene, other in ("ab", "ba"):
        for user in range(0, 20, 4):
            answer = _ask(scenes, f"u-{scene}{user:02}", n=10)
            assert len(answer.items) == 10
            assert not [track for track in _ids(answer) if track.startswith(other)]


def test_what_was_played_is_never_recommended(scenes):
    for user in range(0, 20, 5):
        profile = scenes.reads.profile(f"u-a{user:02}", NEVER)
        assert not set(_ids(_ask(scenes, profile.user_id, n=20))) & set(profile.track_ids.tolist())


def test_contributions_sum_to_the_score(scenes, demo):
    for engine, user in ((scenes, "u-a01"), (demo, str(demo.reads.arrays.users.values[5]))):
        for item in _ask(engine, user).items:
            assert sum(item.contributions.values()) == pytest.approx(item.score, abs=1e-5)
            assert set(item.contributions) == {source.name for source in SCORERS}


def test_attribution_and_what_no_play_made_sum_to_the_score(demo):
    from recommend.blend import blend_of
    from recommend.surfaces import surface_named

    user = str(demo.reads.arrays.users.values[11])
    request = RecommendRequest(user, as_of=NEVER)
    blend = blend_of(request, demo.reads.profile(user, NEVER), surface_named("home"), demo.bundle)
    rows = np.arange(0, 2000, 37)
    personal = np.array([family != "popular" for family in FAMILIES])
    contributions = demo.ranker.contributions(blend.features(rows))
    whole = np.maximum(contributions[:, personal], 0.0).sum(axis=1)
    np.testing.assert_allclose(blend.attribution(rows, contributions).sum(axis=0), whole, atol=2e-4)


def test_a_source_that_is_off_removes_only_its_nominations(demo):
    user = str(demo.reads.arrays.users.values[3])
    most = {"n": 60, "surface": "discover_weekly"}  # where every source nominates
    everything = {item.track.id: item.score for item in _ask(demo, user, **most).items}
    for source in (one for one in SOURCES if one.name in BY_NAME["discover_weekly"].quotas):
        fewer = _ask(demo, user, **most, switched_off=frozenset({source.name}))
        for item in fewer.items:
            assert everything.get(item.track.id, item.score) == item.score, "scores do not depend on who nominated"
        report = {one.name: one for one in fewer.sources}[source.name]
        assert report.unavailable == (unavailable(demo.bundle)[source.name] or "switched off")


def test_switching_a_source_off_takes_what_it_alone_nominated_out_of_the_pool_and_no_bit_of_a_score(demo):
    user = str(demo.reads.arrays.users.values[3])
    request = RecommendRequest(user, "discover_weekly", 30, as_of=demo.reads.arrays.watermark, explain=False)
    whole = demo.trace(request)
    quotas, blend = BY_NAME["discover_weekly"].quotas, whole.scorer.blend
    able = {source.name for source in blend.sources(frozenset())}
    nominated = {
        s.name: set(blend.nominate(s, quotas[s.name]).tolist()) for s in SOURCES if s.name in able & set(quotas)
    }
    pool = dict(zip(whole.pool.rows.tolist(), whole.pool.scores.tolist(), strict=True))
    moved = 0
    for name, own in nominated.items():
        found = demo.trace(dataclasses.replace(request, switched_off=frozenset({name}))).pool
        fewer = dict(zip(found.rows.tolist(), found.scores.tolist(), strict=True))
        others = set().union(*(rows for other, rows in nominated.items() if other != name))
        assert set(fewer) == set(pool) & others, name
        assert fewer.items() <= pool.items(), name
        assert set(pool) - set(fewer) <= own
        moved += len(pool) > len(fewer)
    assert moved >= 4, "several sources nominate what nobody else does"


def test_the_same_question_has_the_same_answer(demo):
    user = str(demo.reads.arrays.users.values[8])
    assert to_json(_ask(demo, user)) == to_json(_ask(demo, user))


def test_json_reads_back_as_it_was_written(demo):
    answer = _ask(demo, str(demo.reads.arrays.users.values[8]))
    assert to_json(from_json(to_json(answer))) == to_json(answer)


def test_at_most_two_tracks_per_credited_artist_and_one_per_work(demo):
    answer = _ask(demo, str(demo.reads.arrays.users.values[20]), n=40)
    artists = [artist.id for item in answer.items for artist in item.track.artists]
    assert max(artists.count(artist) for artist in artists) <= 2
    works = demo.bundle.catalogue.work[demo.bundle.catalogue.tracks.rows(_ids(answer))]
    assert len(set(works.tolist())) == 40


def test_the_page_is_filled_when_enough_tracks_exist(demo):
    for n in (1, 20, 100):
        answer = _ask(demo, str(demo.reads.arrays.users.values[2]), n=n)
        assert len(answer.items) == answer.fill.returned == n


def test_a_small_catalogue_relaxes_the_cap_and_says_so(scenes):
    answer = _ask(scenes, "u-a00", n=60)
    assert len(answer.items) == 60
    assert answer.fill.relaxed


def test_blocked_disliked_and_excluded_are_counted(demo):
    user = str(demo.reads.arrays.users.values[4])
    before = _ask(demo, user)
    artist = before.items[0].track.artists[0].id
    profile = demo.reads.profile(user, NEVER)
    blocked = dataclasses.replace(profile, blocked=frozenset({artist}), disliked=frozenset({before.items[1].track.id}))
    request = RecommendRequest(user, as_of=NEVER, exclude=frozenset({before.items[2].track.id}))
    answer = demo.recommend(request, blocked)
    assert not {item.track.id for item in before.items[:3]} & set(_ids(answer))
    assert artist not in [one.id for item in answer.items for one in item.track.artists]
    assert answer.fill.removed["blocked"] >= 1
    assert answer.fill.removed["disliked"] == 1
    assert answer.fill.removed["excluded"] == 1


def test_explicit_tracks_are_left_out_where_not_wanted(demo):
    user = str(demo.reads.arrays.users.values[4])
    careful = dataclasses.replace(demo.reads.profile(user, NEVER), allow_explicit=False)
    answer = demo.recommend(RecommendRequest(user, as_of=NEVER, n=60), careful)
    explicit = demo.bundle.catalogue.numbers["explicit"][demo.bundle.catalogue.tracks.rows(_ids(answer))]
    assert not (explicit == 1).any()
    assert answer.fill.removed["explicit"] > 0


def test_a_listener_without_plays_gets_what_is_popular(demo):
    profile = dataclasses.replace(
        demo.reads.profile(str(demo.reads.arrays.users.values[0]), 0), user_id="new", blocked=frozenset()
    )
    answer = demo.recommend(RecommendRequest("new", as_of=NEVER, n=5), profile)
    assert answer.cold
    assert len(answer.items) == 5
    recent = demo.bundle.catalogue.recent_plays
    shown = recent[demo.bundle.catalogue.tracks.rows(_ids(answer))]
    assert shown.min() >= np.quantile(recent, 0.95)
    assert {item.explanation.kind for item in answer.items} == {ExplanationKind.POPULAR}


def test_three_seeds_are_enough_for_a_personal_radio(scenes):
    profile = dataclasses.replace(scenes.reads.profile("u-a00", 0), user_id="new")
    seeds = tuple(Seed(id) for id in ("b01", "b07", "b13"))
    answer = scenes.recommend(RecommendRequest("new", "radio", 10, as_of=NEVER, seeds=seeds), profile)
    assert not answer.cold
    assert not [track for track in _ids(answer) if track.startswith("a")]


def test_radio_follows_its_seed_and_not_the_listener(scenes):
    answer = _ask(scenes, "u-a00", surface="radio", n=10, seeds=(Seed("artist-b3"),))
    assert sum(track.startswith("b") for track in _ids(answer)) >= 8


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"surface": "hoome"}, "unknown surface 'hoome': choose one of home"),
        ({"n": 0}, "0 tracks asked: give a number from 1 to 100"),
        ({"n": 101}, "101 tracks asked"),
        ({"mmr_lambda": 1.5}, "mmr lambda 1.5"),
        ({"max_per_artist": 0}, "at most 0 tracks per artist"),
        ({"switched_off": frozenset({"gmm"})}, "unknown source 'gmm': choose from gnn"),
        ({"seeds": (Seed("a01"),)}, "surface 'home' takes no seeds: use radio"),
        ({"surface": "radio", "seeds": (Seed("nothing"),)}, "seed 'nothing' is no track"),
        ({"surface": "radio", "seeds": (Seed("a01", 0),)}, "give one above 0 for more of it, below 0 for less"),
        ({"surface": "daily_mix", "side": 7}, "give a number from 1 on"),
        ({"attributes": (AttributeRange("tempo", target=1, weight=0),)}, "tempo has weight 0: give one above 0"),
        ({"rest_days": -1}, "-1 days of rest: give 0 or more"),
        ({"exploration": 1.5}, "exploration 1.5: give a share from 0 to 1"),
        ({"attributes": (AttributeRange("colour"),)}, "unknown attribute 'colour': choose from"),
        ({"attributes": (AttributeRange("tempo", 120, 90),)}, "tempo from 120 to 90: give the lower bound first"),
        ({"surface": "radio", "seeds": tuple(Seed(f"a0{n}") for n in range(6))}, "6 seeds: give at most 5"),
    ],
)
def test_an_impossible_request_says_what_and_what_to_do(scenes, changes, message):
    with pytest.raises(InvalidRequestError, match=message.replace("(", r"\(")):
        _ask(scenes, "u-a00", **changes)


def test_an_unknown_user_is_not_found(scenes):
    with pytest.raises(NotFoundError, match="'nobody'"):
        _ask(scenes, "nobody")


def test_every_surface_answers(demo):
    user = str(demo.reads.arrays.users.values[6])
    now = demo.reads.arrays.watermark
    for surface in SURFACES:
        answer = demo.recommend(RecommendRequest(user, surface.name, 10, as_of=now))
        assert 0 < len(answer.items) <= 10
        assert len(answer.items) == 10 or surface.name == "release_radar"
        for item in answer.items:
            assert sum(item.contributions.values()) == pytest.approx(item.score, abs=1e-5)


def test_explain_ranks_any_track_and_sums_to_its_score(scenes):
    unheard = _ids(_ask(scenes, "u-a00", n=1))[0]
    found = scenes.explain(RecommendRequest("u-a00", as_of=NEVER), unheard)
    assert found.rank >= 1
    assert sum(found.contributions.values()) == pytest.approx(found.score, abs=1e-5)
    far = scenes.explain(RecommendRequest("u-a00", as_of=NEVER), "b05")
    assert far.score < found.score
    with pytest.raises(NotFoundError, match="track 'no' is not in model v"):
        scenes.explain(RecommendRequest("u-a00", as_of=NEVER), "no")
