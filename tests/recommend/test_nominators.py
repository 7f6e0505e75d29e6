"""Sources that only bring tracks in: what each brings in planted worlds, and that none of them moves a score."""

import dataclasses

import numpy as np
import pytest

from gnn.context import LoggedContext, Moment, context_model
from gnn.tower import History
from graph.reads import Plays
from recommend.sources import SCORERS, SOURCES
from recommend.sources.adjacent_artist import EACH, AdjacentArtistSource, little_known
from recommend.sources.adjacent_genre import LEAST, MOST, AdjacentGenreSource, adjacent_genres
from recommend.sources.breaking import BreakingSource, momentum
from recommend.sources.context import ContextSource
from recommend.sources.releases import ReleasesSource
from recommend.sources.social import SocialSource
from recommend.taste import Taste, taste_of

NEVER = 2**40
DAY = 86_400
NOMINATORS = [source for source in SOURCES if source not in SCORERS]


def history(rows, at=None):
    rows = np.array(rows, np.int64)
    times = np.full(len(rows), 1_700_000_000) if at is None else np.array(at)
    return History(rows, np.ones(len(rows), np.float32), times.astype(np.int64))


def with_catalogue(bundle, **columns):
    """The bundle with other columns of its catalogue."""
    return dataclasses.replace(bundle, catalogue=dataclasses.replace(bundle.catalogue, **columns))


def artists_of(bundle, rows):
    catalogue = bundle.catalogue
    return {str(catalogue.artists.values[row]) for row in np.unique(catalogue.credits[rows, 0])}


@pytest.fixture(scope="module")
def listener(demo):
    """A listener of the demo world at eight in the morning, with a model of hours."""
    played = demo.reads.arrays.played
    hours = LoggedContext.of_times(played.target_row, played.columns["lastAt"].astype(np.int64))
    model = context_model(hours, demo.bundle.catalogue.track_genre)
    bundle = dataclasses.replace(demo.bundle, context=model)
    user = str(demo.reads.arrays.users.values[11])
    profile = demo.reads.profile(user, NEVER)
    return taste_of(profile, bundle, demo.reads.arrays.watermark, moment=Moment(hour=8))


@pytest.mark.parametrize("source", NOMINATORS, ids=lambda source: source.name)
def test_nominations_are_unplayed_each_once_and_within_the_quota(source, listener):
    assert source.unavailable(listener.bundle) is None
    for quota in (0, 1, 7, 500):
        rows = source.nominate(listener, quota)
        assert len(rows) <= quota
        assert len(set(rows.tolist())) == len(rows)
        assert listener.played[rows].all() if source.name == "favourites" else not listener.played[rows].any()
    assert source.nominate(listener, 7).tolist() == source.nominate(listener, 500)[:7].tolist()


@pytest.mark.parametrize("source", NOMINATORS, ids=lambda source: source.name)
def test_they_have_no_column_and_say_nothing_of_an_empty_taste(source, listener):
    rows = np.arange(5)
    assert source.score(listener, rows).shape == (5, 0)
    assert source.split(listener, rows).shape == (len(listener), 5, 0)
    nobody = Taste(listener.bundle, history([]), listener.as_of)
    if source.name != "breaking":  # a rise is one whoever listens
        assert not len(source.nominate(nobody, 10))


def test_artists_next_door_are_of_the_scene_and_new_to_the_listener(scenes):
    bundle = scenes.bundle
    own = bundle.catalogue.tracks.rows([f"a{n:02}" for n in range(6)])  # all tracks of one artist
    taste = Taste(bundle, history(own), NEVER)
    rows = AdjacentArtistSource().nominate(taste, 60)
    assert artists_of(bundle, rows) <= {*(f"artist-a{n}" for n in range(1, 10)), "bridge"}
    assert len(artists_of(bundle, rows)) >= 5
    _, counts = np.unique(bundle.catalogue.credits[rows, 0], return_counts=True)
    assert counts.max() <= EACH


def test_a_hit_is_not_a_little_known_track(scenes):
    plays = np.arange(len(scenes.bundle.catalogue), dtype=np.int64) + 1
    bundle = with_catalogue(scenes.bundle, play_count=plays)
    found = little_known(bundle)
    hits = set(np.flatnonzero(plays > np.quantile(plays, 0.96)).tolist())
    assert hits
    assert not hits & set(found.ravel().tolist())
    for row in found:
        known = row[row >= 0]
        assert (np.diff(plays[known]) < 0).all()  # the most played first


def test_genres_next_door_are_not_the_listener_s_and_the_tracks_neither_unknown_nor_hits(listener):
    near = adjacent_genres(listener)
    rows = AdjacentGenreSource().nominate(listener, 50)
    assert len(rows) == 50
    bundle = listener.bundle
    share = bundle.catalogue.popularity[rows]
    assert ((share >= LEAST) & (share <= MOST)).all()
    genres = bundle.catalogue.track_genre[rows].toarray() > 0
    assert (genres & (near > 0)).any(axis=1).all()
    top = bundle.catalogue.track_genre[listener.rows].sum(axis=0).argmax()
    assert near[top] == 0.0
    assert near.max() == pytest.approx(1.0)


def test_an_artist_breaks_who_is_heard_of_late_and_not_by_all(scenes):
    catalogue = scenes.bundle.catalogue
    artist = catalogue.credits[:, 0]
    names = catalogue.artists.values[artist]
    plays = np.where(names == "artist-b0", 500, 20)
    recent = np.where(np.isin(names, ["artist-a3", "artist-b0"]), 18, 1)
    bundle = with_catalogue(scenes.bundle, play_count=plays, recent_plays=recent)
    rising = catalogue.artists.values[momentum(bundle) > 0]
    assert rising.tolist() == ["artist-a3"]  # the other is popular already
    fan = Taste(bundle, history(catalogue.tracks.rows(["a00", "a01", "a40"])), NEVER)
    assert artists_of(bundle, BreakingSource().nominate(fan, 20)) == {"artist-a3"}
    other = Taste(bundle, history(catalogue.tracks.rows(["b00", "b11"])), NEVER)
    assert not len(BreakingSource().nominate(other, 20))  # of no genre of theirs
    quiet = with_catalogue(scenes.bundle, recent_plays=np.zeros(len(catalogue), np.int64))
    assert BreakingSource().unavailable(quiet) == "no plays with times"


def test_friends_bring_what_they_play_of_late(scenes):
    tracks = scenes.bundle.catalogue.tracks
    now = 1_700_000_000
    old, new = (
        Plays(np.array([id]), np.array([5.0], np.float32), np.array([at])) for id, at in (("b01", 1), ("b02", now))
    )
    both = Plays(np.array(["b03", "a00"]), np.array([1.0, 1.0], np.float32), np.array([now - 30 * DAY, now]))
    profile = dataclasses.replace(
        scenes.reads.profile("u-a01", NEVER),
        track_ids=np.array(["a00"]),
        counts=np.ones(1, np.float32),
        last_at=np.array([now]),
        skips=np.zeros(1, np.float32),
        followed=(old, new, both),
    )
    taste = taste_of(profile, scenes.bundle, now)
    found = tracks.values[SocialSource().nominate(taste, 10)].tolist()
    assert found == ["b02", "b03"]  # a00 is played already, b01 was long ago


def test_new_tracks_of_followed_and_played_artists_within_four_weeks(scenes):
    catalogue = scenes.bundle.catalogue
    now = 1_764_115_200  # 2025-11-26
    dates = {"a01": "2025-11-20", "a02": "2025-10-01", "a07": "2025-11-25", "b01": "2025-11-24", "a03": "2025-12-01"}
    dates |= {"a08": "2025", "b02": "2025-11-xx"}
    column = np.array([dates.get(id, "") for id in catalogue.tracks.values])
    bundle = with_catalogue(scenes.bundle, release_date=column)
    profile = scenes.reads.profile("u-a01", NEVER)
    profile = dataclasses.replace(
        profile,
        track_ids=np.array(["a00", "a05"]),
        counts=np.ones(2, np.float32),
        last_at=np.array([now, now]),
        skips=np.zeros(2, np.float32),
        followed_artists=frozenset({"artist-b0"}),
    )
    found = ReleasesSource().nominate(taste_of(profile, bundle, now), 10)
    assert catalogue.tracks.values[found].tolist() == [
        "b01",
        "a01",
    ]  # followed first; others too old, not out, not theirs
    assert ReleasesSource().unavailable(scenes.bundle) == "no release dates"


@pytest.fixture(scope="module")
def planted(scenes):
    """Scene a is heard on the way to work, scene b at a desk."""
    names = scenes.bundle.catalogue.tracks.values
    items = np.repeat(np.flatnonzero(~np.char.startswith(names, "x")), 20)
    activity = np.where(np.char.startswith(names[items], "a"), "commute", "focus")
    model = context_model(LoggedContext(items, {"activity": activity}), scenes.bundle.catalogue.performed_by)
    return dataclasses.replace(scenes.bundle, context=model)


def test_the_moment_brings_what_fits_it_and_nothing_without(planted):
    names = planted.catalogue.tracks.values
    rows = planted.catalogue.tracks.rows(["a00", "b00"])
    for activity, letter in (("commute", "a"), ("focus", "b")):
        taste = Taste(planted, history(rows), NEVER, moment=Moment(activity=activity))
        found = names[ContextSource().nominate(taste, 30)]
        assert len(found) == 30
        assert np.char.startswith(found, letter).all()
    assert not len(ContextSource().nominate(Taste(planted, history(rows), NEVER), 30))
    assert not len(ContextSource().nominate(Taste(planted, history(rows), NEVER, moment=Moment(device="tv")), 30))
