"""The demo world: its size, its shape, the same for the same seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from graph import kinds
from graph.errors import InvalidRequestError
from graph.weights import fractions, sum_events
from ingest.demo.config import DemoConfig
from ingest.demo.genres import GENRES, ROW, scene, slug
from ingest.demo.listening import PLAY, REPEAT, SAVE, SKIP
from ingest.demo.words import HOMES
from ingest.demo.world import Columns, World, event_table, make_world, records


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


@pytest.fixture(scope="module")
def parts(world: World) -> dict[str, Columns]:
    return dict(records(world))


def test_it_has_the_promised_size(world: World, parts: dict[str, Columns]) -> None:
    sizes = {kind: len(next(iter(columns.values()))) for kind, columns in parts.items()}
    assert {kind: sizes[kind] for kind in ("user", "track", "artist", "genre", "playlist")} == {
        "user": 300,
        "track": 2_000,
        "artist": 250,
        "genre": 40,
        "playlist": 150,
    }
    assert len(world.events) == 60_000
    assert sizes["version_of"] == 50
    assert len(world.sounds.clip_rows) == 100


def test_every_column_is_one_of_the_graph_and_every_required_one_is_there(parts: dict[str, Columns]) -> None:
    for kind, columns in parts.items():
        known = (kinds.NODE.get(kind) or kinds.LINK[kind]).columns  # type: ignore[call-overload]
        assert set(columns) <= {column.name for column in known}, kind
        assert {column.name for column in known if column.required} <= set(columns), kind
        assert len({len(values) for values in columns.values()}) == 1, kind


def test_ids_are_unique_and_links_end_somewhere_and_never_come_twice(parts: dict[str, Columns]) -> None:
    ids = {node.name: set(map(str, parts[node.name]["id"])) for node in kinds.NODES}
    for node in kinds.NODES:
        assert len(ids[node.name]) == len(parts[node.name]["id"]), node.name
    for link in kinds.LINKS:
        if link.name in parts:
            ends = list(zip(map(str, parts[link.name]["source"]), map(str, parts[link.name]["target"]), strict=True))
            assert len(set(ends)) == len(ends), link.name
            assert {a for a, _ in ends} <= ids[link.source], link.name
            assert {b for _, b in ends} <= ids[link.target], link.name


def test_the_same_seed_gives_the_same_world_and_another_seed_another(parts: dict[str, Columns]) -> None:
    again = dict(records(make_world()))
    for kind, columns in parts.items():
        for name, values in columns.items():
            assert list(map(repr, values)) == list(map(repr, again[kind][name])), (kind, name)
    other = dict(records(make_world(DemoConfig(seed=8))))
    assert set(other["user"]["name"]) != set(parts["user"]["name"])


def test_names_read_well(parts: dict[str, Columns]) -> None:
    for kind in ("user", "artist", "genre", "track", "playlist"):
        names = [str(name) for name in parts[kind]["name"]]
        assert all("{" not in name and name == name.strip() and name[0].upper() == name[0] for name in names)
        if kind != "track":
            assert len({slug(name) for name in names}) == len(names), kind
    assert all(not str(name)[-1].isdigit() for name in parts["artist"]["name"])


def test_genres_form_a_dag_with_several_parents() -> None:
    for row, genre in enumerate(GENRES):
        assert all(ROW[parent] < row for parent in genre.parents)  # parents stand first: no cycle
    assert sum(len(genre.parents) > 1 for genre in GENRES) >= 8
    assert {scene(genre.slug) for genre in GENRES} == {genre.slug for genre in GENRES if not genre.parents}


def test_bridge_artists_play_in_two_scenes(world: World) -> None:
    tracks = world.tracks
    bridges = 0
    for artist, (_, second) in enumerate(world.artists.genre_rows):
        played = {scene(GENRES[genre].slug) for genre in tracks.genre_row[tracks.artist_row == artist]}
        assert len(played) <= (2 if second >= 0 else 1)
        bridges += len(played) == 2
    assert bridges >= world.config.bridge_count // 2


def test_nothing_happens_before_it_can(world: World) -> None:
    events, tracks, ends_at = world.events, world.tracks, world.config.ends_at
    assert int(events.at.max()) <= ends_at
    assert datetime.fromtimestamp(ends_at + 1, UTC).isocalendar()[:2] == (2026, 48)
    assert (np.diff(events.at) >= 0).all()
    assert (events.at >= tracks.released_at[events.track_row]).all()
    assert (events.at >= world.listeners.joined_at[events.user_row]).all()
    for created, rows, added in zip(
        world.playlists.created_at, world.playlists.tracks, world.playlists.added_at, strict=True
    ):
        assert (tracks.released_at[rows] < created).all()
        assert (added >= created).all()
        assert (added <= ends_at).all()


def test_another_end_moves_the_whole_world_there() -> None:
    ends_at = int(datetime(2024, 3, 10, tzinfo=UTC).timestamp())
    moved = make_world(DemoConfig(ends_at=ends_at))
    assert ends_at - 86_400 < int(moved.events.at.max()) <= ends_at


def test_events_are_of_every_kind_and_skips_are_short(world: World) -> None:
    events = world.events
    kinds_seen = Counter(events.kind.tolist())
    assert kinds_seen[PLAY] > 40_000
    assert min(kinds_seen[SKIP] / 5, kinds_seen[SAVE], kinds_seen[REPEAT]) > 500
    duration = world.tracks.duration_ms[events.track_row]
    assert (events.listened_ms[events.kind == SKIP] < duration[events.kind == SKIP]).all()
    assert (events.listened_ms[events.kind == PLAY] <= duration[events.kind == PLAY]).all()
    assert (events.listened_ms[np.isin(events.kind, [SAVE, REPEAT])] == -1).all()


def test_popularity_has_a_long_tail(world: World) -> None:
    plays = np.sort(np.bincount(world.events.track_row, minlength=2_000))[::-1]
    assert plays[:200].sum() > 0.35 * plays.sum()
    assert np.median(plays) < 0.6 * plays.mean()
    assert plays[-400:].max() < 12


def test_a_day_has_a_rhythm(world: World) -> None:
    local = world.events.at + 3_600 * np.array([home[2] for home in HOMES])[world.listeners.home][world.events.user_row]
    per_hour = np.bincount(local // 3_600 % 24, minlength=24)
    assert per_hour[[18, 19, 20, 21]].min() > 3 * per_hour[[3, 4]].max()


def test_a_session_keeps_to_a_mood(world: World) -> None:
    """Neighbours in a session are closer in style than the same user's tracks of other sessions."""
    events, style = world.events, world.tracks.style
    by_user = np.lexsort((events.at, events.user_row))
    user, at, track = events.user_row[by_user], events.at[by_user], events.track_row[by_user]
    within = (user[1:] == user[:-1]) & (np.diff(at) < 1_800) & (track[1:] != track[:-1])
    across = (user[1:] == user[:-1]) & (np.diff(at) > 86_400)
    likeness = (style[track[1:]] * style[track[:-1]]).sum(axis=1)
    assert likeness[within].mean() > likeness[across].mean() + 0.05


def _recall(world: World, scores: np.ndarray, seen: np.ndarray, wanted: np.ndarray) -> float:
    top = np.argsort(np.where(seen, -np.inf, scores), axis=1)[:, -20:]
    users = wanted.any(axis=1)
    return float((np.take_along_axis(wanted, top, 1).sum(axis=1)[users] / wanted.sum(axis=1)[users]).mean())


def test_future_discoveries_follow_from_the_past(world: World) -> None:
    """By far better than popularity: what an artist path alone finds among unheard tracks of the last fifth."""
    events = world.events
    past = events.at <= np.quantile(events.at, 0.8)
    shape = (world.config.user_count, world.config.track_count)
    seen, wanted, plays = np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape)
    seen[events.user_row[past], events.track_row[past]] = True
    later = ~past & (events.kind == PLAY)
    wanted[events.user_row[later], events.track_row[later]] = True
    wanted &= ~seen
    np.add.at(plays, (events.user_row[past], events.track_row[past]), events.kind[past] == PLAY)
    popular = np.tile(plays.sum(axis=0), (shape[0], 1))
    by_artist = np.zeros((shape[0], world.config.artist_count))
    np.add.at(by_artist.T, world.tracks.artist_row, plays.T)
    path = by_artist[:, world.tracks.artist_row] + popular / 1e6
    assert _recall(world, path, seen, wanted) > 4 * _recall(world, popular, seen, wanted)


def test_played_is_the_sum_of_the_events(world: World, parts: dict[str, Columns]) -> None:
    table, played = event_table(world), parts["played"]
    duration = dict(zip(parts["track"]["id"], parts["track"]["durationMs"], strict=True))
    for row in np.random.default_rng(0).choice(len(played["count"]), 40, replace=False):
        user, track = played["source"][row], played["target"][row]
        own = (np.asarray(table["user"]) == user) & (np.asarray(table["track"]) == track)
        kind, at, heard = (np.asarray(table[name])[own] for name in ("kind", "at", "listenedMs"))
        part = fractions(kind, heard, duration[str(track)])
        assert played["weight"][row] == pytest.approx(sum_events(kind, part, at, int(world.events.at.max())))
        assert played["count"][row] == (kind == "PLAY").sum()
        assert played["skips"][row] == (kind == "SKIP").sum()
        assert (played["firstAt"][row], played["lastAt"][row]) == (at.min(), at.max())


def test_versions_are_of_the_same_artist_and_key_and_come_later(world: World) -> None:
    tracks, sounds = world.tracks, world.sounds
    version = np.flatnonzero(tracks.version_of >= 0)
    work = tracks.version_of[version]
    assert (tracks.version_of[work] == -1).all()
    assert (tracks.artist_row[version] == tracks.artist_row[work]).all()
    assert (tracks.released_at[version] > tracks.released_at[work]).all()
    assert (sounds.key[version] == sounds.key[work]).all()
    assert (sounds.tempo_bpm[version] == sounds.tempo_bpm[work]).all()


def test_catalogue_features_are_near_the_truth_where_they_are_and_absent_elsewhere(
    world: World, parts: dict[str, Columns]
) -> None:
    track, sounds = parts["track"], world.sounds
    told = np.array([value is not None for value in track["energy"]])
    assert told.sum() == 1_200
    assert not told[sounds.clip_rows].any()
    assert [source for source in track["audioSource"]] == ["imported" if known else None for known in told]
    energy = np.array([value for value in track["energy"] if value is not None])
    assert np.abs(energy - sounds.shares["energy"][told]).mean() < 0.05
    assert [key for key in track["key"] if key is not None] == sounds.key[told].tolist()


def test_clips_are_spread_over_all_genres_with_artists(world: World) -> None:
    per_genre = Counter(world.tracks.genre_row[world.sounds.clip_rows].tolist())
    assert len(per_genre) == sum(genre.share > 0 for genre in GENRES)
    assert max(per_genre.values()) - min(per_genre.values()) <= 1


def test_a_smaller_world_is_a_world_too() -> None:
    small = make_world(
        replace(
            DemoConfig(),
            user_count=20,
            track_count=150,
            artist_count=40,
            playlist_count=8,
            event_count=1_500,
            clip_count=6,
            version_count=5,
            bridge_count=4,
        )
    )
    assert (len(small.events), len(small.tracks.ids), len(small.sounds.clip_rows)) == (1_500, 150, 6)


def test_more_versions_than_old_tracks_are_refused() -> None:
    config = DemoConfig(user_count=20, track_count=300, artist_count=40, event_count=500, version_count=250)
    with pytest.raises(InvalidRequestError, match=r"version_count 250: \d+ tracks are old enough; ask for \d+"):
        make_world(config)
