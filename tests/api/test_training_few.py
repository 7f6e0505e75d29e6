"""A graph with one listener: their model comes from playlists, and knows which scene is theirs."""

import dataclasses

import pytest

from api.service import Service
from api.training import train
from gnn.config import TRACK_CONFIG
from gnn.registry import Registry
from graph.errors import NotEnoughDataError
from ingest.load import load
from ingest.log.dead_letters import DeadLetters
from ingest.log.sqlite import SqliteLog
from ingest.source import Batch
from recommend.types import RecommendRequest

NOW = 1_700_000_000
DAY = 86_400
SCENES, TRACKS, PLAYLISTS, ON_EACH = 2, 80, 25, 12


class World:
    """Two scenes with playlists of their own; one listener, who heard a part of the first."""

    name = "w"

    def __init__(self, playlists=True):
        self.has_playlists = playlists

    def extract(self):
        return None

    def transform(self, raw):
        ids = [f"w:track:{scene}-{n:03d}" for scene in range(SCENES) for n in range(TRACKS)]
        artists = [f"w:artist:{scene}-{n}" for scene in range(SCENES) for n in range(10)]
        yield Batch("user", {"id": ["w:user:1"]})
        yield Batch("artist", {"id": artists, "name": artists})
        yield Batch("track", {"id": ids, "name": ids})
        of = [f"w:artist:{id[8]}-{int(id[10:]) % 10}" for id in ids]
        yield Batch("performed_by", {"source": ids, "target": of})
        if self.has_playlists:
            lists = [f"w:playlist:{scene}-{n}" for scene in range(SCENES) for n in range(PLAYLISTS)]
            yield Batch("playlist", {"id": lists, "name": lists})
            pairs = [
                (f"w:playlist:{scene}-{n}", f"w:track:{scene}-{(n * 7 + k * (n % 5 + 1)) % TRACKS:03d}")
                for scene in range(SCENES)
                for n in range(PLAYLISTS)
                for k in range(ON_EACH)
            ]
            pairs = sorted(set(pairs))
            yield Batch("contains", {"source": [pair[0] for pair in pairs], "target": [pair[1] for pair in pairs]})
        heard = [f"w:track:0-{n:03d}" for n in range(0, TRACKS, 2)] + [f"w:track:1-{n:03d}" for n in range(70)][:4]
        at = [NOW - DAY * (60 - n) for n in range(len(heard))]
        played = {"source": ["w:user:1"] * len(heard), "target": heard, "count": [3] * len(heard)}
        times = {name: at for name in ("weightAt", "firstAt", "lastAt")}
        yield Batch("played", played | times | {"weight": [3.0] * len(heard)})


SMALL = dataclasses.replace(
    TRACK_CONFIG,
    als=dataclasses.replace(TRACK_CONFIG.als, factors=16),
    sage=dataclasses.replace(TRACK_CONFIG.sage, dim=16),
)


def test_one_listener_among_playlists_is_understood(store, tmp_path, monkeypatch):
    for module in ("training", "validation"):
        monkeypatch.setattr(f"api.{module}.LEAST_PLAYS", 40)
    load(store, World())
    registry = Registry(tmp_path / "models")
    report = train(store, registry, now=NOW, config=SMALL)
    assert (report.sizes["users"], report.sizes["played"]) == (1, 44)  # stand-ins are no listeners
    log, letters = SqliteLog(tmp_path / "events.sqlite"), DeadLetters(tmp_path / "dead_letters.sqlite")
    with log, letters:
        service = Service(store, registry, log, letters, now=lambda: NOW)
        answer = service.recommend(RecommendRequest("w:user:1", "home", 10))
        scenes = [item.track.id.split(":")[2][0] for item in answer.items]
        assert len(scenes) == 10
        assert scenes.count("0") >= 8
        assert all(abs(sum(item.contributions.values()) - item.score) < 1e-6 for item in answer.items)
        assert len(service.weekly("w:user:1").items) > 0


def test_too_little_of_everything_says_what_to_do(store, tmp_path):
    load(store, World(playlists=False))
    with pytest.raises(NotEnoughDataError, match="import plays first"):
        train(store, Registry(tmp_path / "models"), now=NOW, config=SMALL)
