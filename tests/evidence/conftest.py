"""A small model in a registry of its own, fitted without a graph."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from gnn import bundle
from gnn.build import build
from gnn.config import TRACK_CONFIG
from gnn.data import of_tracks
from gnn.fit import fit
from gnn.registry import Registry
from ingest.collect import collect
from ingest.demo.config import DemoConfig
from ingest.sources.demo import Demo
from recommend.ranker import default_ranker
from recommend.rankers import stored

SMALL = DemoConfig(user_count=60, track_count=400, artist_count=60, playlist_count=30, event_count=9_000, clip_count=0)


@pytest.fixture
def tiny_bundle(tmp_path: Path) -> Path:
    """The folder of a registry with one live version."""
    arrays = collect(Demo(None, dataclasses.replace(SMALL, version_count=8, bridge_count=6)))
    als = dataclasses.replace(TRACK_CONFIG.als, factors=16)
    sage = dataclasses.replace(TRACK_CONFIG.sage, dim=16)
    fitted = fit(of_tracks(arrays), dataclasses.replace(TRACK_CONFIG, als=als, sage=sage))
    made = build(arrays, fitted, version="first", manifest={}, ranker=stored((default_ranker(),), "linear", "given"))
    registry = Registry(tmp_path / "models")
    registry.publish("first", lambda folder: bundle.write(made, folder))
    registry.promote("first")
    return registry.folder
