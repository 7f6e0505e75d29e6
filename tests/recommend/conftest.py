"""Small worlds for the core: arrays, a bundle fitted on them, and reads that answer from the same arrays."""

import dataclasses

import numpy as np
import pytest

from gnn.build import build
from gnn.config import TRACK_CONFIG
from gnn.data import of_tracks
from gnn.fit import fit
from graph.arrays import GraphArrays, Ids, Links
from graph.errors import NotFoundError
from graph.reads import Profile
from ingest.collect import collect
from ingest.sources.demo import Demo
from recommend.engine import Engine
from recommend.ranker import default_ranker
from recommend.rankers import stored

START = 1_700_000_000
DAY = 86_400


class ArrayReads:
    """What the engine asks of the graph, answered from arrays and from the bundle's own edges."""

    def __init__(self, arrays: GraphArrays, bundle) -> None:
        self.arrays, self.bundle = arrays, bundle
        self.refused = set()
        self.verified = 0

    def profile(self, user_id, as_of):
        row = self.arrays.users.row(user_id)
        if row is None:
            raise NotFoundError(f"there is no user {user_id!r}")
        own = self.arrays.played.select(self.arrays.played.source_row == row)
        seen = own.columns["lastAt"] <= as_of
        own = own.select(np.asarray(seen))
        order = np.lexsort((own.target_row, own.columns["lastAt"]))
        count = len(own)
        return Profile(
            user_id=user_id,
            name=None,
            track_ids=self.arrays.tracks.values[own.target_row[order]],
            counts=own.columns["count"][order].astype(np.float32),
            last_at=own.columns["lastAt"][order].astype(np.int64),
            skips=np.zeros(count, np.float32),
        )

    def verify(self, steps):
        self.verified += 1
        return [step.type not in self.refused for step in steps]


def arrays_of(plays, *, artist_of, genre_of=None, names=None):
    """Arrays from (user, track, time) plays: ids ``u1``, ``t1``; every track has one artist."""
    users = Ids.of(sorted({play[0] for play in plays}))
    tracks = Ids.of(sorted(artist_of))
    artists = Ids.of(sorted(set(artist_of.values())))
    genre_of = genre_of or {}
    genres = Ids.of(sorted({genre for several in genre_of.values() for genre in several}))
    times = np.array([play[2] for play in plays], np.int64)
    played = Links(
        users.rows([play[0] for play in plays]),
        tracks.rows([play[1] for play in plays]),
        {"count": np.ones(len(plays), np.int64), "firstAt": times, "lastAt": times},
    )
    in_genre = [(track, genre) for track, several in sorted(genre_of.items()) for genre in several]
    return GraphArrays(
        users=users,
        tracks=tracks,
        artists=artists,
        genres=genres,
        playlists=Ids.of([]),
        names={
            "user": users.values,
            "track": np.array([(names or {}).get(id, f"Song {id}") for id in tracks.values], np.str_),
            "artist": artists.values,
            "genre": genres.values,
            "playlist": np.empty(0, np.str_),
        },
        track_columns={},
        played=played,
        listens_to=Links.none(),
        performed_by=Links(tracks.rows(tracks.values), artists.rows([artist_of[id] for id in tracks.values])),
        track_genre=Links(
            tracks.rows([link[0] for link in in_genre]),
            genres.rows([link[1] for link in in_genre]),
            {"weight": np.ones(len(in_genre))},
        ),
        artist_genre=Links.none(),
        subgenre_of=Links.none(),
        contains=Links.none(),
        follows=Links.none(),
        version_of=Links.none(),
        saved=Links.none(),
        watermark=int(times.max()),
    )


def small_config():
    als = dataclasses.replace(TRACK_CONFIG.als, factors=16)
    sage = dataclasses.replace(TRACK_CONFIG.sage, dim=16)
    return dataclasses.replace(TRACK_CONFIG, als=als, sage=sage)


@pytest.fixture(scope="session")
def make_engine():
    """A function from arrays to an engine with a freshly fitted bundle, its reads at ``engine.reads``."""

    def make(arrays, config=None, ranker=None):
        fitted = fit(of_tracks(arrays), config or small_config())
        one = ranker or default_ranker()
        bundle = build(arrays, fitted, version="v", manifest={}, ranker=stored((one,), one.kind, "given"))
        reads = ArrayReads(arrays, bundle)
        engine = Engine(bundle, reads)
        engine.reads = reads
        return engine

    return make


@pytest.fixture(scope="session")
def two_scenes():
    """Two scenes that share no listener and no track, but for one bridge artist whom both play.

    Each scene: 20 listeners, 10 artists with 6 tracks; each listener misses some tracks of their scene.
    """
    rng = np.random.default_rng(3)
    artist_of = {f"{scene}{n:02}": f"artist-{scene}{n // 6}" for scene in "ab" for n in range(60)}
    artist_of |= {f"x{n}": "bridge" for n in range(8)}
    plays = []
    for scene in "ab":
        for user in range(20):
            heard = rng.choice(60, 25, replace=False)
            chosen = [f"{scene}{n:02}" for n in heard] + [f"x{n}" for n in rng.choice(8, 3, replace=False)]
            plays += [
                (f"u-{scene}{user:02}", track, START + DAY * at) for at, track in enumerate(rng.permutation(chosen))
            ]
    genre_of = {track: [f"genre-{track[0]}"] for track in artist_of}
    return arrays_of(plays, artist_of=artist_of, genre_of=genre_of)


@pytest.fixture(scope="session")
def scenes(make_engine, two_scenes):
    return make_engine(two_scenes)


@pytest.fixture(scope="session")
def demo(make_engine):
    """The demo world without clips, with its listeners and playlists."""
    arrays = collect(Demo())
    counts = arrays.played.columns["count"] > 0
    return make_engine(dataclasses.replace(arrays, played=arrays.played.select(np.asarray(counts))))
