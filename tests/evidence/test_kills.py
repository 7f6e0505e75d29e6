"""What must survive SIGKILL, tried many times: the managed Neo4j under writes, and the publishing of a model.

``make evidence`` runs this; docs/evidence.md says what it showed.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from gnn import bundle
from gnn.registry import Registry
from graph import kinds
from graph.errors import BundleDamagedError, GraphError
from graph.schema import migrate
from graph.server import PLANS, ManagedServer
from graph.store import GraphStore, Neo4jAddress

pytestmark = pytest.mark.evidence

ROOT = Path(__file__).resolve().parents[2]
KILLS = 20
PUBLISH_KILLS = 10
BATCH = 50
ABSENT = [column.name for column in kinds.NODE["user"].columns if column.name not in ("id", "name")]
PUBLISHER = """
import dataclasses, sys, pathlib
from gnn import bundle
from gnn.registry import Registry
registry = Registry(pathlib.Path(sys.argv[1]))
held = dataclasses.replace(bundle.load(registry, sys.argv[2]), version=sys.argv[3])
print("ready", flush=True)
registry.publish(sys.argv[3], lambda folder: bundle.write(held, folder))
registry.promote(sys.argv[3])
"""


def users(batch: int) -> dict[str, Any]:
    """The parameters of one writing transaction of ``BATCH`` users."""
    ids = [f"evidence:user:{batch}-{place}" for place in range(BATCH)]
    return {"id": ids, "name": ids, **dict.fromkeys(ABSENT)}


class Writer(threading.Thread):
    """Writes batch after batch until the server dies; knows which of them were confirmed."""

    def __init__(self, address: Neo4jAddress, first: int) -> None:
        super().__init__()
        self.address, self.next, self.confirmed = address, first, []
        self.began = threading.Event()

    def run(self) -> None:
        with GraphStore(self.address) as store:
            try:
                while True:
                    store.write("write/user", **users(self.next))
                    self.confirmed.append(self.next)
                    self.next += 1
                    self.began.set()
            except GraphError:  # the server is gone; the batch under way may be in the graph or not
                self.next += 1
                self.began.set()


@pytest.fixture
def server(session_home: Path, neo4j_server: Neo4jAddress) -> Iterator[ManagedServer]:
    cache = os.environ.get("PHONOGRAPH_CACHE")
    managed = ManagedServer(session_home / "evidence", cache=Path(cache) if cache else None, memory=PLANS["test"])
    yield managed
    managed.stop()


def test_neo4j_killed_under_writes_keeps_whole_batches_and_all_confirmed_ones(server: ManagedServer) -> None:
    rng = np.random.default_rng(1)
    confirmed: list[int] = []
    batch = 0
    for kill in range(KILLS):
        writer = Writer(server.ensure_running(), batch)
        if kill == 0:
            with GraphStore(writer.address) as store:
                migrate(store, now=0)
        writer.start()
        assert writer.began.wait(60)
        time.sleep(float(rng.uniform(0, 0.5)))
        pid = server.state().pid
        assert pid is not None
        killed = psutil.Process(pid)
        killed.kill()
        killed.wait(30)
        writer.join(60)
        confirmed += writer.confirmed
        batch = writer.next
    with GraphStore(server.ensure_running()) as store:
        held: dict[int, int] = {}
        for row in store.stream("read/export_user"):
            number = int(str(row[0]).removeprefix("evidence:user:").split("-")[0])
            held[number] = held.get(number, 0) + 1
    assert set(held.values()) == {BATCH}  # no half batch
    assert set(confirmed) <= set(held)  # nothing confirmed is lost
    print(f"{KILLS} kills, {len(confirmed)} confirmed batches of {BATCH}, {len(held)} held")  # noqa: T201


def test_a_publisher_that_is_killed_leaves_a_whole_version_or_none(tiny_bundle: Path, tmp_path: Path) -> None:
    registry = Registry(tiny_bundle)
    first = registry.current()
    assert first is not None
    rng = np.random.default_rng(2)
    whole = 0
    for kill in range(PUBLISH_KILLS):
        version = f"killed-{kill:02d}"
        command = subprocess.Popen(
            [sys.executable, "-c", PUBLISHER, str(tiny_bundle), first, version],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
        )
        assert command.stdout is not None
        assert command.stdout.readline() == b"ready\n"
        time.sleep(float(rng.uniform(0, 0.6)))
        os.kill(command.pid, signal.SIGKILL)
        command.wait(30)
        command.stdout.close()
        for held in registry.versions():
            bundle.read(registry.path(held))
        assert registry.current() in registry.versions()
        whole += version in registry.versions()
    print(f"{PUBLISH_KILLS} kills, {whole} versions whole, {PUBLISH_KILLS - whole} absent")  # noqa: T201
    after = dataclasses.replace(bundle.load(registry, first), version="after")
    registry.publish("after", lambda folder: bundle.write(after, folder))
    assert not list(registry.folder.glob(".publishing-*"))


def _with_what_may_be_there(registry: Registry) -> Path:
    """The live model again, with the files that a bundle may lack: both indexes and the rotation."""
    live = bundle.load(registry)
    rotation = np.eye(live.track_vectors.shape[1], dtype=np.float32)
    full = dataclasses.replace(live, version="full", rotation=rotation)
    registry.publish("full", lambda folder: bundle.write(full, folder, index="annoy"))
    return registry.path("full")


def test_every_damage_to_every_file_is_refused_by_name(tiny_bundle: Path) -> None:
    folder = _with_what_may_be_there(Registry(tiny_bundle))
    assert {"alignment.npz", "als.ann", "tracks.ann"} <= {path.name for path in folder.iterdir()}
    rng = np.random.default_rng(3)
    tried = 0
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        cuts = [0, 1, len(content) // 3, len(content) // 2, len(content) - 1]
        damages = [content[:cut] for cut in cuts] + [None]
        for at in [0, len(content) - 1, *rng.integers(0, len(content), 22).tolist()]:
            flipped = bytearray(content)
            flipped[at] ^= 1 << int(rng.integers(8))
            damages.append(bytes(flipped))
        for damage in damages:
            path.unlink() if damage is None else path.write_bytes(damage)
            with pytest.raises(BundleDamagedError, match=path.name.replace(".", r"\.")):
                bundle.read(folder, index="annoy")
            path.write_bytes(content)
            tried += 1
    bundle.read(folder)
    assert tried >= 200
    print(f"{tried} damages to {len(list(folder.iterdir()))} files, all refused by name")  # noqa: T201
