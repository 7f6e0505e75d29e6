"""Training with one byte per number and an index of choice: published where it loses little, else refused whole."""

import dataclasses
from functools import partial

import pytest

from api.training import train
from gnn import bundle as bundles
from gnn.config import TRACK_CONFIG
from gnn.index import FaissNeighbours, Int8Vectors
from gnn.quantise import QuantisationGate, in_int8
from gnn.registry import Registry
from graph.errors import ModelError
from ingest.demo.config import DemoConfig
from ingest.load import load
from ingest.sources.demo import Demo

NOW = 1_795_400_000
TINY = DemoConfig(
    user_count=30,
    track_count=200,
    artist_count=30,
    playlist_count=10,
    event_count=2_500,
    clip_count=0,
    version_count=4,
    bridge_count=3,
)

SMALL = dataclasses.replace(
    TRACK_CONFIG,
    als=dataclasses.replace(TRACK_CONFIG.als, factors=16),
    sage=dataclasses.replace(TRACK_CONFIG.sage, dim=16),
)


def test_vectors_are_quantised_or_nothing_is_published(store, tmp_path, monkeypatch):
    pytest.importorskip("faiss", reason="faiss-cpu is not installed: pip install 'phonograph[faiss]'")
    load(store, Demo(None, TINY))
    registry = Registry(tmp_path / "models")
    monkeypatch.setattr("api.training.in_int8", partial(in_int8, gate=QuantisationGate(1.0, 0.0)))
    with pytest.raises(ModelError, match=r"int8 vectors lose too much: .*; train without --quantise"):
        train(store, registry, now=NOW, config=SMALL, quantise=True)
    assert registry.versions() == []
    monkeypatch.setattr("api.training.in_int8", partial(in_int8, gate=QuantisationGate(0.8, 0.1)))
    report = train(store, registry, now=NOW, config=SMALL, quantise=True, index="faiss")
    found = bundles.load(registry, index="faiss")
    assert found.version == report.version
    assert isinstance(found.track_vectors, Int8Vectors)
    assert isinstance(found.index, FaissNeighbours)
    assert found.manifest["quantisation"]["overlapAt20"] >= 0.8
