"""Tracks that came after the training can be nominated; everything else stays as it was."""

import dataclasses

import numpy as np
import pytest

from gnn.later import DeltaSegment, LaterTrack, grown
from graph.reads import Profile
from recommend.engine import Engine
from recommend.sources.als import AlsSource
from recommend.sources.artist_path import ArtistPathSource
from recommend.sources.gnn import GnnSource
from recommend.taste import taste_of
from recommend.types import RecommendRequest

NEVER = 2_000_000_000
KNOWN = LaterTrack("new-known", "A new song", (("artist-a0", "artist-a0"),), (("genre-a", 1.0),), {"explicit": True})
STRANGE = LaterTrack("new-strange", "Nobody knows", (("someone", "Someone"),), (("polka", 1.0),))
BY_GENRE = LaterTrack("new-genre", "Only a genre", (), (("genre-a", 1.0),))


@pytest.fixture(scope="module")
def larger(scenes):
    segment = DeltaSegment.of(scenes.bundle, [STRANGE, KNOWN, BY_GENRE])
    engine = Engine(grown(scenes.bundle, segment), scenes.reads)
    engine.reads = scenes.reads
    return engine


def taste(engine, user):
    return taste_of(engine.reads.profile(user, NEVER), engine.bundle, NEVER)


def heard(ids):
    count = len(ids)
    times = np.arange(count, dtype=np.int64) + 1_700_000_000
    return Profile("u", None, np.array(ids), np.ones(count, np.float32), times, np.zeros(count, np.float32))


def test_rows_of_trained_tracks_stay_and_later_ones_follow(scenes, larger):
    before, after = scenes.bundle.catalogue, larger.bundle.catalogue
    assert len(after) == len(before) + 3
    assert after.tracks.rows(before.tracks.values).tolist() == list(range(len(before)))
    assert after.tracks.values[-3:].tolist() == ["new-genre", "new-known", "new-strange"]
    assert after.tracks.row("new-known") == len(before) + 1
    assert after.tracks.row("nothing") is None
    assert after.names["artist"][after.artists.row("someone")] == "Someone"
    assert after.numbers["explicit"][-2] == 1.0
    assert np.isnan(after.numbers["explicit"][-1])


def test_scores_of_trained_tracks_stay_to_the_bit(scenes, larger):
    for user in ("u-a01", "u-b07"):
        request = RecommendRequest(user, as_of=NEVER, n=60, explain=False)
        before = {item.track.id: item.contributions for item in scenes.recommend(request).items}
        after = {item.track.id: item.contributions for item in larger.recommend(request).items}
        both = before.keys() & after.keys()
        assert len(both) > 40
        for id in both:
            for source in before[id].keys() - {"artist_path"}:  # an artist has more tracks now: the known share falls
                assert after[id][source] == before[id][source], source


def test_a_later_track_is_nominated_by_its_content_and_by_its_artist(larger):
    for source in (GnnSource(), ArtistPathSource()):
        rows = source.nominate(taste(larger, "u-a01"), 60)
        assert larger.bundle.catalogue.tracks.row("new-known") in rows.tolist()


def test_it_is_near_to_the_listeners_of_its_genre(larger):
    row = np.array([larger.bundle.catalogue.tracks.row("new-genre")])
    near = [float(GnnSource().score(taste(larger, f"u-a{n:02}"), row)[0, 0]) for n in range(20)]
    far = [float(GnnSource().score(taste(larger, f"u-b{n:02}"), row)[0, 0]) for n in range(20)]
    assert min(near) > max(far)


def test_it_can_be_recommended_and_is_explained_by_its_artist(larger):
    ids = [f"a{n:02}" for n in range(5)]  # all but one track of artist-a0, and nothing else
    answer = larger.recommend(RecommendRequest("u", as_of=NEVER, n=50), heard(ids))
    found = {item.track.id: item for item in answer.items}
    assert "new-known" in found
    nodes = [node.id for path in found["new-known"].explanation.paths for node in path.nodes]
    assert nodes[0] == "u"
    assert "artist-a0" in nodes


def test_nothing_is_claimed_of_a_track_of_which_nothing_is_known(larger):
    row = larger.bundle.catalogue.tracks.row("new-strange")
    assert not larger.bundle.track_vectors[row].any()
    item = larger.explain(RecommendRequest("u-a01", as_of=NEVER), "new-strange")
    assert item.track.artists[0].name == "Someone"
    assert item.contributions["gnn"] == 0.0
    assert item.contributions["als"] == 0.0


def test_a_listener_of_later_tracks_alone_has_a_taste(larger):
    own = taste_of(heard(["new-genre"]), larger.bundle, NEVER)
    assert own.vector.any()
    rows = GnnSource().nominate(own, 40)
    ids = larger.bundle.catalogue.tracks.values[rows]
    assert np.mean(np.char.startswith(ids, "a")) > 0.8


def test_another_version_of_a_known_work_is_the_same_work(scenes):
    title = str(scenes.bundle.catalogue.names["track"][scenes.bundle.catalogue.tracks.row("a00")])
    again = LaterTrack("new-again", f"{title} (Remastered)", (("artist-a0", "artist-a0"),))
    other = LaterTrack("new-other", f"{title} (Remastered)", (("artist-b0", "artist-b0"),))
    work = grown(scenes.bundle, DeltaSegment.of(scenes.bundle, [again, other])).catalogue.work
    assert work[-2] == work[scenes.bundle.catalogue.tracks.row("a00")]
    assert work[-1] not in work[:-1]


def test_what_the_model_knows_is_not_taken_up_again(scenes):
    again = LaterTrack("a00", "Song a00")
    assert not len(DeltaSegment.of(scenes.bundle, [again]))
    assert grown(scenes.bundle, DeltaSegment.of(scenes.bundle, [again])) is scenes.bundle
    assert len(DeltaSegment.of(scenes.bundle, [KNOWN, KNOWN])) == 1


def test_a_listener_who_heard_nearly_everything_still_gets_what_is_left(scenes):
    """What is nearest to them is what they have heard: an index that only fetched some more would find nothing."""
    tracks = scenes.bundle.catalogue.tracks.values
    left = tracks[[3, 50, 64, 70, 121]]
    profile = heard([id for id in tracks.tolist() if id not in set(left.tolist())])
    own = taste_of(profile, scenes.bundle, NEVER)
    assert sorted(tracks[GnnSource().nominate(own, 5)].tolist()) == sorted(left.tolist())
    rows = AlsSource().nominate(own, 5)
    assert set(tracks[rows].tolist()) <= set(left.tolist())
    assert (AlsSource().score(own, rows) > 0).all()


def test_a_quantised_bundle_grows_as_well(scenes, two_scenes):
    from gnn.data import of_tracks
    from gnn.quantise import QuantisationGate, in_int8

    smaller = in_int8(scenes.bundle, of_tracks(two_scenes), QuantisationGate(0.5, 0.5))
    larger = grown(smaller, DeltaSegment.of(smaller, [KNOWN]))
    answer = Engine(larger, scenes.reads).recommend(RecommendRequest("u-a01", as_of=NEVER, n=100))
    assert len(answer.items) == 100
    assert dataclasses.replace(larger, version="v").track_vectors.shape[0] == len(scenes.bundle.catalogue) + 1
