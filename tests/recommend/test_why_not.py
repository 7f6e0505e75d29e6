"""Why a track is not in a list, and what it owes to a part of the history: planted cases, each with its own answer."""

import dataclasses

import numpy as np
import pytest

from graph.errors import InvalidRequestError, NotFoundError
from recommend.counterfactual import counterfactual
from recommend.filters import FILTERS
from recommend.types import RecommendRequest
from recommend.why_not import ABOUT_FILTER, Stage, why_not

NEVER = 2_000_000_000


def _request(user="u-a01", **changes):
    return RecommendRequest(user, as_of=NEVER, **{"n": 8} | changes)


def _profile(engine, user="u-a01", **changes):
    return dataclasses.replace(engine.reads.profile(user, NEVER), **changes)


def _shown(engine, request, profile=None):
    return [item.track.id for item in engine.recommend(request, profile).items]


def test_what_is_in_the_list_is_recommended_at_its_place(scenes):
    for place, track in enumerate(_shown(scenes, _request()), start=1):
        found = why_not(scenes, _request(), track)
        assert (found.stage, found.rank, found.rule) == (Stage.RECOMMENDED, place, None)
        assert str(place) in found.message


def test_every_filter_is_named(scenes):
    played = str(_profile(scenes).track_ids[0])
    other = _shown(scenes, _request())[0]
    cases = {
        "played": (_request(), None, played),
        "blocked": (_request(), _profile(scenes, blocked=frozenset({other})), other),
        "disliked": (_request(), _profile(scenes, disliked=frozenset({other})), other),
        "excluded": (_request(exclude=frozenset({other})), None, other),
    }
    for name, (request, profile, track) in cases.items():
        found = why_not(scenes, request, track, profile)
        assert (found.stage, found.rule) == (Stage.FILTERED, name)
        assert found.message == ABOUT_FILTER[name]
    assert set(ABOUT_FILTER) == set(FILTERS)


def test_a_track_of_the_other_scene_is_no_candidate(scenes):
    request = _request(switched_off=frozenset({"popular", "gnn", "als", "knn"}))  # these rank everything there is
    found = why_not(scenes, request, "b03")
    assert found.stage is Stage.NOT_A_CANDIDATE
    assert found.rank > 8


def test_a_low_score_is_below_the_cutoff_and_the_rank_is_its_place_among_the_candidates(scenes):
    request = _request(n=3, mmr_lambda=1.0)
    trace = scenes.trace(request)
    last = int(trace.pool.scores.argmin())
    track = str(scenes.bundle.catalogue.tracks.values[trace.pool.rows[last]])
    found = why_not(scenes, request, track)
    assert found.stage is Stage.BELOW_CUTOFF
    assert found.score < found.cutoff
    assert found.rank == 1 + int((trace.pool.scores > found.score).sum())


def test_a_full_artist_crowds_out_and_a_longer_leash_lets_in(scenes):
    request = _request(n=6, max_per_artist=1, mmr_lambda=1.0)
    trace = scenes.trace(request)
    credits = scenes.bundle.catalogue.credits
    shown = trace.pool.rows[trace.choice.places]
    cutoff = trace.pool.scores[trace.choice.places].min()
    crowded = [
        int(row)
        for row, score in zip(trace.pool.rows, trace.pool.scores, strict=True)
        if score > cutoff and row not in shown and credits[row, 0] in credits[shown, 0]
    ]
    assert crowded
    found = why_not(scenes, request, str(scenes.bundle.catalogue.tracks.values[crowded[0]]))
    assert (found.stage, found.rule) == (Stage.DIVERSITY, "per_artist")
    assert "1 tracks by" in found.message


def test_an_unknown_track_and_user_are_said(scenes):
    with pytest.raises(NotFoundError, match="no-such-track"):
        why_not(scenes, _request(), "no-such-track")
    with pytest.raises(NotFoundError, match="nobody"):
        why_not(scenes, _request("nobody"), "a01")


def test_a_counterfactual_is_what_a_profile_without_these_plays_gives(scenes):
    profile = _profile(scenes)
    catalogue = scenes.bundle.catalogue
    track = _shown(scenes, _request())[0]
    (artist,) = {item.track.artists[0].id for item in scenes.recommend(_request()).items if item.track.id == track}
    found = counterfactual(scenes, _request(), track, artist)
    rows = catalogue.tracks.rows(profile.track_ids)
    theirs = catalogue.credits[rows, 0] == catalogue.artists.row(artist)
    assert found.plays == int(theirs.sum()) > 0
    kept = {name: getattr(profile, name)[~theirs] for name in ("track_ids", "counts", "last_at", "skips")}
    scratch = dataclasses.replace(profile, **kept)
    # What was left out of the taste stays heard: it must not become a candidate of its own.
    request = _request(exclude=frozenset(profile.track_ids[theirs].tolist()))
    item = scenes.explain(request, track, scratch)
    assert (item.rank, item.score) == (found.new_rank, pytest.approx(found.new_score, abs=1e-6))
    assert found.new_rank > found.rank
    assert f"from {found.rank} to {found.new_rank}" in found.text


def test_a_counterfactual_needs_something_that_was_played(scenes):
    with pytest.raises(InvalidRequestError, match="artist-b1"):
        counterfactual(scenes, _request(), "a01", "artist-b1")


def test_leaving_out_what_says_nothing_changes_nothing(scenes):
    track = _shown(scenes, _request())[0]
    ranks = []
    for anchor in _profile(scenes).track_ids[:4].tolist():
        found = counterfactual(scenes, _request(), track, str(anchor))
        assert found.plays == 1
        ranks.append(found.new_score - found.score)
    assert np.std(ranks) > 0  # each play has a part of its own
