"""A home that was backed up comes back whole: the drill, damages by name, interruptions, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from neo4j import GraphDatabase

from api import backup as module
from api.backup import DUMP, MANIFEST, backup, read_manifest, restore, verify
from graph.errors import DownloadError, InvalidRequestError, ServerError, SourceError
from graph.schema import migrate
from graph.server import PLANS, ManagedServer
from graph.store import GraphStore
from ingest.consumer import Consumer
from ingest.events import Event
from ingest.load import load
from ingest.log.archive import Archive
from ingest.log.dead_letters import DeadLetters
from ingest.log.segments import Segments
from ingest.log.sqlite import SqliteLog
from ingest.source import Batch

NOW = 1_700_000_000
MODEL = "20231114T221320Z-abc"


class World:
    """Two listeners with plays."""

    name = "w"

    def extract(self):
        return None

    def transform(self, raw):
        yield Batch("user", {"id": ["w:user:1", "w:user:2"]})
        yield Batch("track", {"id": ["w:track:1", "w:track:2"], "name": ["One", "Zwei ü"]})
        played = {"source": ["w:user:1"], "target": ["w:track:1"], "count": [3], "weight": [1.5]}
        yield Batch("played", played | {name: [NOW - 9] for name in ("weightAt", "firstAt", "lastAt")})


def server_of(home):
    cache = os.environ.get("PHONOGRAPH_CACHE")
    return ManagedServer(home, cache=Path(cache) if cache else None, memory=PLANS["test"])


def graph_of(address):
    """Every node and relationship, in an order of their own."""
    with (
        GraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver,
        driver.session(database=address.database) as session,
    ):
        nodes = session.run("MATCH (n) RETURN labels(n) AS labels, properties(n) AS p").data()
        links = session.run("MATCH (a)-[r]->(b) RETURN a.id AS a, type(r) AS t, b.id AS b, properties(r) AS p").data()
    return sorted(json.dumps(row, sort_keys=True) for row in nodes + links)


def play(name, user="w:user:1"):
    return Event(name, "PLAY", user, "w:track:2", NOW)


def record_and_apply(home, store, *names):
    with SqliteLog(home / "log" / "events.sqlite") as log, DeadLetters(home / "log" / "dead_letters.sqlite") as letters:
        log.append([play(name) for name in names], NOW)
        while Consumer(store, log, letters, now=lambda: NOW).step(0):
            pass


@pytest.fixture(scope="module")
def home(session_home):
    """A home with a graph, a log, a segment, an archive and a model; its Neo4j runs."""
    home = session_home / "backed-up"
    server = server_of(home)
    try:
        address = server.ensure_running()
    except DownloadError as error:
        pytest.skip(f"no Neo4j to test with: {error}")
    with GraphStore(address) as store:
        migrate(store, now=0)
        load(store, World(), segments=Segments(home / "log" / "segments"))
        record_and_apply(home, store, "a", "b")
        with SqliteLog(home / "log" / "events.sqlite") as log:
            Archive(home / "log" / "archive").take(log, {0: 1}, NOW + 1)
        record_and_apply(home, store, "c")
    bundle = home / "models" / MODEL
    bundle.mkdir(parents=True)
    (bundle / "manifest.json").write_text("{}")
    (bundle / "vectors.npy").write_bytes(bytes(range(256)) * 40)
    (home / "models" / "CURRENT").write_text(json.dumps({"version": MODEL}))
    return home


@pytest.fixture(scope="module")
def kept(home, tmp_path_factory):
    """The backup of that home; an event came while it was made: after the dump, before the log was copied."""
    folder = tmp_path_factory.mktemp("backups") / "kept"
    server, real = server_of(home), module._copy

    def recording(*args):
        with SqliteLog(home / "log" / "events.sqlite") as log:
            log.append([play("late")], NOW)
        real(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_copy", recording)
        backup(home, folder, now=NOW, server=server)
    assert server.state().running  # it ran before
    return folder


def contents(folder):
    """The files of a backup but the dump, whose bytes differ from dump to dump, and the databases by what they hold."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".sqlite":
            with closing(sqlite3.connect(path)) as database:  # closing takes its -wal and -shm away
                found[name] = list(database.iterdump())
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.suffix != ".sqlite" and name not in (DUMP, MANIFEST):
            found[name] = path.read_bytes()
    return found


def test_the_drill(home, kept, session_home, tmp_path):
    before = graph_of(server_of(home).ensure_running())
    other = session_home / "restored"
    manifest = restore(other, kept, server=server_of(other))
    assert manifest.has_graph
    assert (manifest.created_at, manifest.bytes > 0) == (NOW, True)
    address = server_of(other).ensure_running()
    assert graph_of(address) == before
    assert address.password != server_of(home).ensure_running().password
    with GraphStore(address) as store:
        record_and_apply(other, store, "a", "c", "d")  # two are known
        counts = {row["p"]["count"] for row in map(json.loads, graph_of(address)) if row.get("t") == "PLAYED"}
        assert counts == {3, 5}  # that of the import; a, b and c, and after the restore the late one and d
    with closing(sqlite3.connect(other / "log" / "events.sqlite")) as database:
        assert database.execute("SELECT count(*), count(kind) FROM events").fetchone() == (5, 4)
    shutil.rmtree(other / "log")
    shutil.copytree(kept / "log", other / "log")
    server_of(other).stop()
    backup(other, tmp_path / "again", now=NOW, server=server_of(other))
    assert not server_of(other).state().running  # it did not run before
    assert contents(tmp_path / "again") == contents(kept)


def copy_of(kept, tmp_path):
    return Path(shutil.copytree(kept, tmp_path / "copy"))


def test_every_damage_is_named(kept, tmp_path):
    manifest = read_manifest(kept)
    assert len(manifest.files) >= 7
    for name in manifest.files:
        for damage in ("flip", "truncate", "remove"):
            folder = copy_of(kept, tmp_path)
            path = folder / name
            content = bytearray(path.read_bytes())
            if damage == "remove":
                path.unlink()
            else:
                content[len(content) // 2] ^= 1
                path.write_bytes(content if damage == "flip" else content[:-1])
            with pytest.raises(SourceError, match=f"{Path(name).name} is (damaged|missing)"):
                restore(tmp_path / "new", folder, server=None)
            assert not (tmp_path / "new").exists()
            shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 2}, "has format 2, this Phonograph reads 1"),
        ({"files": {"../outside": {"bytes": 1, "sha256": "x"}}}, "which lies outside"),
        ({"files": [1]}, "is no backup"),
    ],
)
def test_a_manifest_that_cannot_be_trusted(kept, tmp_path, change, says):
    folder = copy_of(kept, tmp_path)
    said = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(said | change))
    with pytest.raises(SourceError, match=says):
        restore(tmp_path / "new", folder, server=None)


def test_what_is_there_is_not_overwritten(home, kept, tmp_path):
    with pytest.raises(InvalidRequestError, match="exists: name a new folder"):
        backup(home, kept, now=NOW, server=None)
    with pytest.raises(InvalidRequestError, match="lies in the home that it would keep"):
        backup(home, home / "backup", now=NOW, server=None)
    with pytest.raises(InvalidRequestError, match="holds log, models, neo4j already: set PHONOGRAPH_HOME to an empty"):
        restore(home, kept, server=server_of(home))
    with pytest.raises(SourceError, match="is no backup"):
        restore(tmp_path / "new", tmp_path, server=None)


def test_what_is_there_can_be_moved_aside(kept, tmp_path):
    new = tmp_path / "new"
    (new / "log").mkdir(parents=True)
    (new / "log" / "mine").write_text("mine")
    restore(new, kept, server=None, replaced="replaced-1")
    assert (new / "replaced-1" / "log" / "mine").read_text() == "mine"
    assert not (new / "log" / "mine").exists()
    assert json.loads((new / "models" / "CURRENT").read_text())["version"] == MODEL


def test_an_interrupted_restore_is_finished_by_the_same_command(kept, tmp_path, monkeypatch):
    new, real, left = tmp_path / "new", module._put, iter(range(3))

    def stopping(path, into):
        if next(left, None) is None:
            raise KeyboardInterrupt
        real(path, into)

    monkeypatch.setattr(module, "_put", stopping)
    with pytest.raises(KeyboardInterrupt):
        restore(new, kept, server=None)
    monkeypatch.undo()
    assert not (new / "models" / "CURRENT").exists()
    restore(new, kept, server=None)
    assert contents(new) == contents(kept)


def test_a_foreign_graph_is_left_alone(home, tmp_path):
    manifest = backup(home, tmp_path / "kept", now=NOW, server=None)
    assert not manifest.has_graph
    assert DUMP not in manifest.files


def test_a_dump_that_fails_leaves_nothing_and_the_server_running(home, tmp_path, monkeypatch):
    server = server_of(home)
    server.ensure_running()

    def refusing(arguments, **options):
        raise ServerError("no dump today")

    monkeypatch.setattr(server, "administer", refusing)
    with pytest.raises(ServerError, match="no dump today"):
        backup(home, tmp_path / "kept", now=NOW, server=server)
    assert server.state().running
    assert list(tmp_path.iterdir()) == []


CHILD = """
import sys
from pathlib import Path
from api.backup import backup
print("begin", flush=True)
backup(Path(sys.argv[1]), Path(sys.argv[2]), now=1, server=None)
"""


def test_killed_in_the_middle_it_leaves_no_backup_and_the_next_one_is_whole(home, tmp_path):
    folder = tmp_path / "kept"
    for pause in (0.0, 0.002, 0.005, 0.01, 0.02):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(home), str(folder)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        child.stdout.readline()
        time.sleep(pause)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        if folder.exists():  # it was faster
            verify(folder, read_manifest(folder))
            shutil.rmtree(folder)
    backup(home, folder, now=NOW, server=None)
    verify(folder, read_manifest(folder))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
