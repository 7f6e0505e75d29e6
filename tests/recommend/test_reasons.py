"""Reasons: they start at the listener, end at the track, hold in the graph, and name what really raised the score."""

import dataclasses

import numpy as np

from graph.reads import SHAPES, Step
from recommend.audit import audit
from recommend.engine import Engine
from recommend.explain.links import LINKS, Ends, rare_limit
from recommend.explain.reasons import steps_of
from recommend.types import ExplanationKind, RecommendRequest

NEVER = 2_000_000_000


def _users(engine, count):
    return [
        str(id) for id in engine.reads.arrays.users.values[:: max(1, len(engine.reads.arrays.users) // count)][:count]
    ]


def _paths(engine, count=12):
    for user in _users(engine, count):
        answer = engine.recommend(RecommendRequest(user, as_of=NEVER))
        for item in answer.items:
            for path in item.explanation.paths:
                yield user, item, path


def test_every_path_leads_from_the_listener_through_a_played_track_to_the_track(demo):
    seen = 0
    for user, item, path in _paths(demo):
        played = set(demo.reads.profile(user, NEVER).track_ids.tolist())
        assert path.nodes[0].id == user
        assert path.nodes[-1].id == item.track.id
        assert path.nodes[1].id in played
        assert path.relationships[0] == "PLAYED"
        assert len(path.relationships) == len(path.nodes) - 1
        assert 0 <= path.share_of_score <= 1
        seen += 1
    assert seen > 100


def _holds(bundle, step: Step) -> bool:
    """The same fact looked up in the catalogue's own arrays, without the code that proposed it."""
    catalogue = bundle.catalogue
    kinds = {
        "Track": catalogue.tracks,
        "Artist": catalogue.artists,
        "Genre": catalogue.genres,
        "Playlist": catalogue.playlists,
    }
    start = kinds[step.from_label].row(step.from_id) if step.from_label in kinds else None
    end = kinds[step.to_label].row(step.to_id)
    table = {
        ("Track", "PERFORMED_BY"): catalogue.performed_by,
        ("Track", "IN_GENRE"): catalogue.track_genre,
        ("Playlist", "CONTAINS"): catalogue.in_playlist.T.tocsr(),
        ("Track", "PLAYED_WITH"): bundle.played_with,
        ("Artist", "PLAYED_WITH"): bundle.artists_played_with,
        ("Track", "SOUNDS_LIKE"): bundle.sounds_like,
        ("Genre", "ADJACENT_TO"): bundle.genre_adjacency.strength,
    }
    return step.type == "PLAYED" or bool(table[step.from_label, step.type][start, end])


def test_every_step_is_a_fact(demo):
    for _, _, path in _paths(demo):
        for step in steps_of(path):
            assert (step.from_label, step.type, step.to_label) in SHAPES
            assert _holds(demo.bundle, step), step


def test_every_name_in_a_sentence_is_on_a_path(demo):
    for user in _users(demo, 12):
        for item in demo.recommend(RecommendRequest(user, as_of=NEVER)).items:
            reason = item.explanation
            if reason.kind in (ExplanationKind.BECAUSE_YOU_PLAYED, ExplanationKind.POPULAR):
                continue
            names = {node.name for node in reason.paths[0].nodes}
            quoted = [part.split("”")[0] for part in reason.text.split("“")[1:]]
            assert quoted
            assert set(quoted) <= names


def test_no_reason_by_a_genre_that_everybody_has(scenes):
    size, limit = scenes.bundle.catalogue.genre_size, rare_limit(scenes.bundle)
    assert size.min() > limit, "each scene's one genre is on half of the tracks"
    assert not [path for _, _, path in _paths(scenes) if "IN_GENRE" in path.relationships]


def test_the_bridge_artist_is_named_as_such(scenes):
    found = [
        item.explanation
        for user in _users(scenes, 20)
        for item in scenes.recommend(RecommendRequest(user, as_of=NEVER)).items
        if item.track.artists[0].id == "bridge"
    ]
    by_artist = [reason for reason in found if reason.kind is ExplanationKind.ARTIST_LINK]
    assert by_artist
    assert all("More from bridge" in reason.text for reason in by_artist)


def test_what_the_graph_does_not_confirm_is_not_shown(demo):
    user = _users(demo, 3)[1]
    demo.reads.refused = {"PERFORMED_BY"}
    try:
        answer = demo.recommend(RecommendRequest(user, as_of=NEVER))
    finally:
        demo.reads.refused = set()
    shown = [path for item in answer.items for path in item.explanation.paths]
    assert shown
    assert not [path for path in shown if "PERFORMED_BY" in path.relationships]
    assert all(path.verified for path in shown)


def _following(engine, user, artist, dates=None):
    """What the listener is recommended once they follow an artist; with days on which tracks came out."""
    catalogue = engine.bundle.catalogue
    column = np.array([(dates or {}).get(id, "") for id in catalogue.tracks.values], np.str_)
    bundle = dataclasses.replace(engine.bundle, catalogue=dataclasses.replace(catalogue, release_date=column))
    profile = dataclasses.replace(engine.reads.profile(user, NEVER), followed_artists=frozenset({artist}))
    return Engine(bundle, engine.reads).recommend(RecommendRequest(user, n=50, as_of=NEVER), profile)


def test_who_is_followed_is_a_reason_with_a_path_of_its_own(scenes):
    user = _users(scenes, 3)[0]
    played = set(scenes.reads.profile(user, NEVER).track_ids.tolist())
    catalogue = scenes.bundle.catalogue
    heard = {artist for id in played for artist in catalogue.artist_rows(catalogue.tracks.row(id)).tolist()}
    shown = scenes.recommend(RecommendRequest(user, n=50, as_of=NEVER)).items
    artist = next(
        item.track.artists[0] for item in shown if catalogue.artists.row(item.track.artists[0].id) not in heard
    )
    items = [item for item in _following(scenes, user, artist.id).items if item.track.artists[0].id == artist.id]
    assert items
    for item in items:
        reason, path = item.explanation, item.explanation.paths[0]
        assert (reason.kind, reason.text) == (ExplanationKind.ARTIST_LINK, f"By {artist.name}, whom you follow")
        assert [node.id for node in path.nodes] == [user, artist.id, item.track.id]
        assert (path.relationships, path.verified, path.share_of_score) == (("FOLLOWS", "PERFORMED_BY"), True, 0.0)
    new = {items[0].track.id: "2033-05-10"}  # a week before ``NEVER``
    fresh = next(i for i in _following(scenes, user, artist.id, new).items if i.track.id == items[0].track.id)
    assert (fresh.explanation.kind, fresh.explanation.text) == (
        ExplanationKind.NEW_RELEASE,
        f"New by {artist.name}, whom you follow",
    )
    scenes.reads.refused = {"FOLLOWS"}
    try:
        refused = _following(scenes, user, artist.id).items
    finally:
        scenes.reads.refused = set()
    assert not [i for i in refused for path in i.explanation.paths if "FOLLOWS" in path.relationships]


def test_a_play_of_the_followed_artist_says_more_and_is_named_first(scenes):
    for user in _users(scenes, 20):
        for item in scenes.recommend(RecommendRequest(user, as_of=NEVER)).items:
            artist = item.track.artists[0]
            if item.explanation.text.startswith(f"More from {artist.name}"):
                again = next(i for i in _following(scenes, user, artist.id).items if i.track.id == item.track.id)
                assert again.explanation.text.startswith(f"More from {artist.name}")
                paths = [path for path in again.explanation.paths if path.relationships[0] == "FOLLOWS"]
                assert 0 < paths[0].share_of_score <= 1
                return
    raise AssertionError("nobody is told of an artist whom they play")


def test_one_question_to_the_graph_per_page(demo):
    before = demo.reads.verified
    demo.recommend(RecommendRequest(_users(demo, 3)[0], as_of=NEVER))
    assert demo.reads.verified == before + 1
    demo.recommend(RecommendRequest(_users(demo, 3)[0], as_of=NEVER, explain=False))
    assert demo.reads.verified == before + 1


def test_reasons_are_many_verified_varied_and_faithful(demo):
    found = audit(demo, demo.reads, _users(demo, 10), as_of=NEVER)
    assert found.explained >= 0.95
    assert found.genre_only <= 0.4
    assert found.faithful >= 0.8
    assert found.least_artists >= 8
    assert len(found.kinds) >= 3


def test_every_kind_of_link_occurs_in_the_demo_world(demo):
    rows = np.arange(0, 2000, 4)
    for kind in LINKS:
        found = kind.find(Ends(demo.bundle, rows[:150], rows))
        assert len(found.target_at), kind.find.__name__
        assert ((found.rarity > 0) & (kind.weight * found.rarity <= 1)).all()
        assert len(found.between) == len(kind.between) == len(kind.relationships) - 1


def _every_link(bundle, target, anchor):
    """Worth of every link between two tracks, looked up one by one in the catalogue, without the joins."""
    catalogue, size, limit = bundle.catalogue, bundle.catalogue.genre_size, rare_limit(bundle)

    def of(matrix, row):
        return set(matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]].tolist())

    weight = {kind.find.__name__: kind.weight for kind in LINKS}
    artists, others = of(catalogue.performed_by, target), of(catalogue.performed_by, anchor)
    genres = {genre for genre in of(catalogue.track_genre, target) if size[genre] <= limit}
    near_genres = {genre for genre in of(catalogue.track_genre, anchor) if size[genre] <= limit}
    strength = bundle.genre_adjacency.strength
    together = of(bundle.played_with, target)
    yield from [weight["same_artist"]] * len(artists & others)
    yield from [weight["played_together"]] * (anchor in together)
    yield from [weight["sounds_alike"]] * (anchor in of(bundle.sounds_like, target))
    for playlist in of(catalogue.in_playlist, target) & of(catalogue.in_playlist, anchor):
        yield weight["shared_playlist"] * min(1.0, 20 / bundle.playlist_length[playlist])
    for near in together - {anchor}:
        yield from [weight["together_with_artist"]] * len(of(catalogue.performed_by, near) & others)
    for artist in artists:
        yield from [weight["artist_next_door"]] * len(of(bundle.artists_played_with, artist) & others)
    for genre in genres & near_genres:
        yield weight["shared_genre"] * (1 - 0.5 * size[genre] / limit)
    for genre in genres:
        for near in of(strength, genre) & near_genres:
            yield weight["genre_next_door"] * strength[genre, near]


def test_the_joins_find_the_best_link_of_every_pair(demo):
    """All pairs of some tracks: what the joins find equals what a look at every single link finds."""
    targets, anchors = np.arange(3, 2000, 71), np.arange(5, 2000, 31)
    best = np.zeros((len(targets), len(anchors)))
    for kind in LINKS:
        found = kind.find(Ends(demo.bundle, targets, anchors))
        np.maximum.at(best, (found.target_at, found.anchor_at), kind.weight * found.rarity)
    expected = [[max(_every_link(demo.bundle, t, a), default=0.0) for a in anchors.tolist()] for t in targets.tolist()]
    assert (best > 0).sum() > 50
    np.testing.assert_allclose(best, expected, atol=1e-6)
