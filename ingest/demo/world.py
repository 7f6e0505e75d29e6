"""The demo world as a whole: a small invented music scene, the same for the same seed, and its records by kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from graph.weights import sum_by_pair
from ingest.demo.catalogue import DAY, NONE, Artists, Tracks, genre_styles, make_artists, make_tracks
from ingest.demo.config import DemoConfig
from ingest.demo.genres import GENRES
from ingest.demo.listeners import Listeners, make_follows, make_listeners
from ingest.demo.listening import KINDS, SAVE, Events, listen
from ingest.demo.naming import Names
from ingest.demo.playlists import Playlists, make_playlists
from ingest.demo.sounds import Sounds, catalogue_features, make_sounds
from ingest.demo.words import HOMES

Columns = dict[str, list[Any] | np.ndarray[Any, Any]]

_GENRE_IDS: Final = np.array([f"demo:genre:{genre.slug}" for genre in GENRES])
_SECOND_GENRE_WEIGHT: Final = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Everything there is in it; rows of one part are named in the others."""

    config: DemoConfig
    artists: Artists
    tracks: Tracks
    sounds: Sounds
    listeners: Listeners
    playlists: Playlists
    events: Events
    follows: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]


def make_world(config: DemoConfig = DemoConfig()) -> World:  # noqa: B008 - frozen
    """Build the world; about two seconds. Every part has its own random stream, so that one change moves one part."""
    streams = [np.random.default_rng(seed) for seed in np.random.SeedSequence(config.seed).spawn(8)]
    names = Names(streams[0])
    style = genre_styles(streams[1])
    artists = make_artists(config, streams[2], names, style)
    tracks = make_tracks(config, streams[3], names, artists)
    listeners = make_listeners(config, streams[4], names, style, artists)
    return World(
        config=config,
        artists=artists,
        tracks=tracks,
        sounds=make_sounds(config, streams[5], tracks),
        listeners=listeners,
        playlists=make_playlists(config, streams[6], names, artists, tracks, listeners),
        events=listen(config, streams[7], listeners, tracks),
        follows=make_follows(config, streams[4], listeners),
    )


def records(world: World) -> Iterator[tuple[str, Columns]]:
    """Every kind of ``graph.kinds`` that the world has, with its columns; measured audio features are not in it."""
    yield "user", _users(world)
    yield "artist", {"id": world.artists.ids, "name": world.artists.names, "country": world.artists.countries}
    yield "genre", {"id": _GENRE_IDS, "name": [g.name for g in GENRES], "slug": [g.slug for g in GENRES]}
    yield "track", _tracks(world)
    yield "playlist", _playlists(world)
    yield "subgenre_of", _subgenres()
    yield from _catalogue_links(world)
    yield from _playlist_links(world)
    source, target, since = world.follows
    ids = np.array(world.listeners.ids)
    yield "follows", {"source": ids[source], "target": ids[target], "since": since}
    yield from _event_links(world)


def _users(world: World) -> Columns:
    people = world.listeners
    return {
        "id": people.ids,
        "name": people.names,
        "createdAt": people.joined_at,
        "country": [HOMES[row][0] for row in people.home],
        "timeZone": [HOMES[row][1] for row in people.home],
        "allowExplicit": people.allow_explicit,
    }


def _tracks(world: World) -> Columns:
    tracks = world.tracks
    rank = np.argsort(np.argsort(tracks.fame, kind="stable"), kind="stable")
    return {
        "id": tracks.ids,
        "name": tracks.names,
        "durationMs": tracks.duration_ms,
        "explicit": tracks.explicit,
        "releaseDate": [datetime.fromtimestamp(at, UTC).date().isoformat() for at in tracks.released_at.tolist()],
        "album": tracks.albums,
        "popularity": (100 * (rank / len(rank)) ** 1.5).astype(np.int64),
        "audioSource": ["imported" if imported else None for imported in world.sounds.imported],
        **catalogue_features(np.random.default_rng(world.config.seed), world.sounds),
    }


def _playlists(world: World) -> Columns:
    lists = world.playlists
    return {
        "id": lists.ids,
        "name": lists.names,
        "kind": np.where(lists.owner_row < 0, "EDITORIAL", "USER"),
        "description": [text or None for text in lists.descriptions],
        "createdAt": lists.created_at,
    }


def _subgenres() -> Columns:
    pairs = [(genre.slug, parent) for genre in GENRES for parent in genre.parents]
    return {
        "source": [f"demo:genre:{child}" for child, _ in pairs],
        "target": [f"demo:genre:{parent}" for _, parent in pairs],
        "origin": ["demo"] * len(pairs),
    }


def _catalogue_links(world: World) -> Iterator[tuple[str, Columns]]:
    tracks, artists = world.tracks, world.artists
    ids, artist_ids = np.array(tracks.ids), np.array(artists.ids)
    one = np.zeros(len(ids), np.int64)
    yield "performed_by", {"source": ids, "target": artist_ids[tracks.artist_row], "position": one}
    yield "track_genre", {"source": ids, "target": _GENRE_IDS[tracks.genre_row], "weight": one + 1.0}
    artist_row, place = np.nonzero(artists.genre_rows >= 0)
    yield (
        "artist_genre",
        {
            "source": artist_ids[artist_row],
            "target": _GENRE_IDS[artists.genre_rows[artist_row, place]],
            "weight": np.where(place == 0, 1.0, _SECOND_GENRE_WEIGHT),
        },
    )
    version = np.flatnonzero(tracks.version_of != NONE)
    yield "version_of", {"source": ids[version], "target": ids[tracks.version_of[version]]}


def _playlist_links(world: World) -> Iterator[tuple[str, Columns]]:
    lists = world.playlists
    sizes = [len(rows) for rows in lists.tracks]
    ids = np.array(lists.ids)
    yield (
        "contains",
        {
            "source": np.repeat(ids, sizes),
            "target": np.array(world.tracks.ids)[np.concatenate(lists.tracks)],
            "position": np.concatenate([np.arange(size) for size in sizes]),
            "addedAt": np.concatenate(lists.added_at),
        },
    )
    owned = np.flatnonzero(lists.owner_row >= 0)
    yield "owns", {"source": np.array(world.listeners.ids)[lists.owner_row[owned]], "target": ids[owned]}


def _event_links(world: World) -> Iterator[tuple[str, Columns]]:
    """``PLAYED`` with its decayed weight at the newest event, and ``SAVED``."""
    events, n_tracks = world.events, len(world.tracks.ids)
    users, tracks = np.array(world.listeners.ids), np.array(world.tracks.ids)
    pairs, pair = np.unique(events.user_row * n_tracks + events.track_row, return_inverse=True)
    sums = sum_by_pair(
        pair,
        events.kinds(),
        events.at,
        as_of=int(events.at.max()),
        n_pairs=len(pairs),
        listened_ms=events.listened_ms,
        duration_ms=world.tracks.duration_ms[events.track_row],
    )
    yield (
        "played",
        {
            "source": users[pairs // n_tracks],
            "target": tracks[pairs % n_tracks],
            "count": sums.count,
            "completed": sums.completed,
            "skips": sums.skips,
            "saves": sums.saves,
            "weight": sums.weight,
            "weightAt": np.full(len(pairs), sums.weight_at),
            "firstAt": sums.first_at,
            "lastAt": sums.last_at,
        },
    )
    saved = np.flatnonzero(events.kind == SAVE)
    yield (
        "saved",
        {"source": users[events.user_row[saved]], "target": tracks[events.track_row[saved]], "at": events.at[saved]},
    )


def event_table(world: World) -> Columns:
    """The raw events by id, oldest first: ``user``, ``track``, ``kind``, ``at`` and ``listenedMs`` (-1 where none)."""
    events = world.events
    return {
        "user": np.array(world.listeners.ids)[events.user_row],
        "track": np.array(world.tracks.ids)[events.track_row],
        "kind": np.array(KINDS)[events.kind],
        "at": events.at,
        "listenedMs": events.listened_ms,
    }


def first_day(config: DemoConfig) -> int:
    """Unix seconds before which nobody listened."""
    return (config.ends_at - config.days * DAY) // DAY * DAY
