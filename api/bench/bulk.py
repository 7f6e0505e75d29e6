"""How long a large first load takes: a generated world by Neo4j's own importer, then the start and the constraints."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from api.bench.row import Row
from api.bench.server import seconds
from api.composition import managed_server, now
from api.settings import Settings
from graph.assemble import Column
from graph.offline import Tables, load_offline
from graph.progress import Progress
from graph.schema import migrate
from graph.store import GraphStore

USERS, TRACKS, ARTISTS, PLAYS = 100_000, 1_000_000, 100_000, 10_000_000
BEGAN, SPAN_S = 1_600_000_000, 86_400 * 1000


def generated(users: int = USERS, tracks: int = TRACKS, artists: int = ARTISTS, plays: int = PLAYS) -> Tables:
    """Users, tracks with one artist each, and plays by popularity, each pair once; as ``ingest.records`` has them."""
    rng = np.random.default_rng(0)
    user, track, artist = (_ids(kind, n) for kind, n in (("user", users), ("track", tracks), ("artist", artists)))
    popular = (tracks * rng.random(int(plays * 1.15)) ** 3).astype(np.int64)  # a long tail
    pair = np.unique(rng.integers(0, users, len(popular)) * tracks + popular)
    pair = np.sort(rng.permutation(pair)[:plays])
    first_at = BEGAN + rng.integers(0, SPAN_S, len(pair))
    count = 1 + rng.geometric(0.4, len(pair)).astype(np.int64)
    last_at = first_at + rng.integers(0, 86_400 * 90, len(pair))
    return {
        "user": {"id": user},
        "artist": {"id": artist, "name": artist},
        "track": {"id": track, "name": track, "durationMs": rng.integers(60_000, 400_000, tracks)},
        "performed_by": {
            "source": track,
            "target": artist[rng.integers(0, artists, tracks)],
            "position": np.zeros(tracks, np.int64),
        },
        "played": {
            "source": user[pair // tracks],
            "target": track[pair % tracks],
            "count": count,
            "weight": count.astype(np.float64),
            "weightAt": last_at,
            "firstAt": first_at,
            "lastAt": last_at,
        },
    }


def _ids(kind: str, count: int) -> Column:
    return np.array([f"bench:{kind}:{number}" for number in range(count)])


def bulk(settings: Settings, progress: Progress) -> list[Row]:
    """A million tracks and ten million plays into an empty home of its own."""
    tables = generated()
    with tempfile.TemporaryDirectory(prefix="phonograph-bench-") as home:
        server = managed_server(settings.model_copy(update={"home": Path(home)}), progress)
        try:
            load = seconds(lambda: load_offline(server, tables, progress=progress))
            start = seconds(server.ensure_running)
            with GraphStore(server.ensure_running()) as store:
                constraints = seconds(lambda: migrate(store, now()))
        finally:
            server.stop()
    plays = len(tables["played"]["count"])
    return [
        Row(f"offline load of {TRACKS:,} tracks and {plays:,} plays", load, "s", 1),
        Row("start of Neo4j on it", start, "s", 1),
        Row("constraints and indexes on it", constraints, "s", 1),
    ]
