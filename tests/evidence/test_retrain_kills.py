"""`phonograph retrain` killed at random moments and begun again ends in the model of a run that nobody killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from gnn import bundle
from gnn.registry import Registry
from graph.store import GraphStore
from ingest.demo.config import DemoConfig
from ingest.load import load
from ingest.sources.demo import Demo

pytestmark = pytest.mark.evidence

ROOT = Path(__file__).resolve().parents[2]
KILLS, LEAST = 8, 3
"""At most and at least: the last results of a run are kept within a moment."""
SMALL = DemoConfig(
    user_count=120,
    track_count=600,
    artist_count=80,
    playlist_count=30,
    event_count=20_000,
    clip_count=0,
    version_count=8,
    bridge_count=6,
)


def begin(home: Path, store: GraphStore) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PHONOGRAPH_")}
    address = store.address
    environment |= {
        "PYTHONPATH": str(ROOT),
        "PHONOGRAPH_HOME": str(home),
        "PHONOGRAPH_NEO4J__URI": address.uri,
        "PHONOGRAPH_NEO4J__PASSWORD": address.password,
    }
    command = [sys.executable, "-m", "api.cli.main", "retrain", "--json"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(command: subprocess.Popen[str]) -> dict[str, object]:
    out, err = command.communicate(timeout=600)
    assert command.returncode in (0, 3), err
    answer: dict[str, object] = json.loads(out)
    return answer


def test_killed_again_and_again_the_model_is_the_same(store: GraphStore, tmp_path: Path) -> None:
    load(store, Demo(None, SMALL))
    whole = finished(begin(tmp_path / "whole", store))
    rng = np.random.default_rng(4)
    home, kept, answer = tmp_path / "killed", list[int](), None
    while len(kept) < KILLS and answer is None:
        command = begin(home, store)
        found = await_more(command, home, kept[-1] if kept else 0)
        time.sleep(float(rng.uniform(0, 0.4)))
        command.send_signal(signal.SIGKILL)
        out, err = command.communicate(timeout=60)
        if command.returncode == -signal.SIGKILL:
            kept.append(found)
        else:  # it was at its end already
            assert command.returncode in (0, 3), err
            answer = json.loads(out)
        registry = Registry(home / "models")
        for version in registry.versions():
            bundle.read(registry.path(version))
    answer = answer or finished(begin(home, store))
    assert answer["resumed"]
    assert len(kept) >= LEAST
    compare(whole, answer, tmp_path / "whole", home)
    print(f"{len(kept)} kills with {kept} checkpoints; the same metrics and vectors")  # noqa: T201


def await_more(command: subprocess.Popen[str], home: Path, before: int) -> int:
    """Wait until the run has kept another result; how many there are then."""
    while True:
        found = len(list((home / "retrain" / "kept").glob("[!.]*")))
        if found > before or command.poll() is not None:
            return found
        time.sleep(0.01)


def compare(whole: dict[str, object], answer: dict[str, object], one: Path, other: Path) -> None:
    """The same ids, the same metrics within 1e-6, the same vectors."""
    ours, theirs = (
        bundle.load(Registry(home / "models"), str(said["version"])) for home, said in ((other, answer), (one, whole))
    )
    assert ours.catalogue.tracks.digest() == theirs.catalogue.tracks.digest()
    np.testing.assert_allclose(ours.track_vectors, theirs.track_vectors, atol=1e-6)
    for model, metrics in whole["metrics"].items():  # type: ignore[attr-defined]
        for name, value in metrics.items():
            if name != "trainSeconds":
                assert answer["metrics"][model][name] == pytest.approx(value, abs=1e-6), (model, name)  # type: ignore[index]
