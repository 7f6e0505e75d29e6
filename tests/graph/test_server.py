"""The managed Neo4j lives through what happens to servers: shared starts, kills, lost files, taken ports.

A start takes seconds, so each test here proves several things of one start.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from graph.errors import GraphUnavailableError, PortTakenError, ServerError
from graph.schema import migrate
from graph.server import PLANS, ManagedServer, config, process
from graph.store import GraphStore, Neo4jAddress

ROOT = Path(__file__).resolve().parents[2]
STARTER = """
import json, pathlib, sys
from graph.server import PLANS, ManagedServer
cache = pathlib.Path(sys.argv[2])
server = ManagedServer(pathlib.Path(sys.argv[1]), cache=cache, memory=PLANS["test"])
address = server.ensure_running()
print(json.dumps([address.uri, address.password, server.state().pid]))
"""


@pytest.fixture
def home(session_home: Path, request: pytest.FixtureRequest, neo4j_server: Neo4jAddress) -> Iterator[Path]:
    """A home of this test's own; asking for the session's server first makes sure that the jars are there."""
    home = session_home / request.node.name
    yield home
    server(home).stop()


def server(home: Path) -> ManagedServer:
    cache = os.environ.get("PHONOGRAPH_CACHE")
    return ManagedServer(home, cache=Path(cache) if cache else None, memory=PLANS["test"])


def starter(home: Path) -> subprocess.Popen[str]:
    """Another command that needs the server, as a process of its own."""
    arguments = [sys.executable, "-c", STARTER, str(home), str(server(home).cache)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment)


def answer(command: subprocess.Popen[str]) -> list[Any]:
    out, _ = command.communicate(timeout=300)
    assert command.returncode == 0
    return list(json.loads(out))


def wait_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_commands_share_one_server_even_if_its_starter_is_killed(home: Path, neo4j_server: Neo4jAddress) -> None:
    first = starter(home)
    wait_for(process.record_path(server(home).folder))
    first.kill()
    first.communicate()
    left = process.find(server(home).folder)
    assert left is not None
    assert not left.ready

    together = [starter(home), starter(home)]
    (uri, password, pid), other = (answer(command) for command in together)
    assert other == [uri, password, pid]
    assert pid == left.pid
    assert uri != neo4j_server.uri

    state = server(home).state()
    assert (state.running, state.uri, state.pid, state.home) == (True, uri, pid, home)
    assert stat.S_IMODE(state.password_file.stat().st_mode) == 0o600
    assert state.password_file.read_text().strip() == password
    assert password not in repr(server(home).ensure_running())
    assert password not in " ".join(psutil.Process(pid).cmdline())
    assert password not in process.record_path(server(home).folder).read_text()

    process.record_path(server(home).folder).unlink()  # the server is recognised without it
    assert server(home).state().pid == pid
    assert server(home).ensure_running().uri == uri

    assert listening(pid) == {("127.0.0.1", int(uri.rpartition(":")[2]))}

    with GraphStore(server(home).ensure_running()) as store:
        migrate(store, now=0)
        rows = store.stream("read/schema_versions")
        next(rows)  # an answer that nobody reads to its end must not hold up the stop
        assert server(home).stop()
        rows.close()
        with pytest.raises(GraphUnavailableError):
            store.ping()
    assert not psutil.pid_exists(pid)
    assert not server(home).stop()
    assert server(home).state().uri is None


def listening(pid: int) -> set[tuple[str, int]]:
    connections = psutil.Process(pid).net_connections(kind="tcp")
    return {(c.laddr.ip.removeprefix("::ffff:"), c.laddr.port) for c in connections if c.status == psutil.CONN_LISTEN}


def test_a_killed_server_comes_back_with_its_data_at_its_address(home: Path) -> None:
    address = server(home).ensure_running()
    with GraphStore(address) as store:
        migrate(store, now=0)
        store.write("write/schema_version", id="9000", name="kept", digest="d", at=1)
        pid = server(home).state().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=30)
        assert not server(home).state().running
        assert server(home).ensure_running() == address
        assert store.read("read/schema_versions")[-1]["id"] == "9000"  # over the pool of before the kill

    server(home).stop()
    password = server(home).password_file.read_text()
    server(home).password_file.unlink()
    with pytest.raises(ServerError, match=r"the password file .* is gone: put it back, or forget the login") as lost:
        server(home).ensure_running()
    assert not server(home).state().running

    server(home).password_file.write_text("not-the-password\n")
    with pytest.raises(ServerError, match=r"Neo4j refuses the password in .*: restore that file, or forget the login"):
        server(home).ensure_running()
    assert not server(home).state().running  # what was started in vain is stopped again

    server(home).password_file.unlink()
    subprocess.run(str(lost.value).rpartition("; ")[2], shell=True, check=True)  # do as the message says
    with socket.socket() as taken:  # and let somebody sit on the port of before
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", int(address.uri.rpartition(":")[2])))
        taken.listen()
        fresh = server(home).ensure_running()
    assert fresh.uri != address.uri
    assert fresh.password != password.strip()
    with GraphStore(fresh) as store:
        assert store.read("read/schema_versions")[-1]["id"] == "9000"


def test_a_port_taken_at_the_last_moment_is_exchanged(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose, chosen = process.choose_port, []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        def race(preferred: int | None = None) -> int:
            chosen.append(choose() if chosen else taken.getsockname()[1])
            return int(chosen[-1])

        monkeypatch.setattr(process, "choose_port", race)
        address = server(home).ensure_running()
    assert len(chosen) == 2
    assert address.uri == f"bolt://127.0.0.1:{chosen[1]}"


def test_a_setting_that_neo4j_does_not_know_is_quoted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = config.settings
    monkeypatch.setattr(config, "settings", lambda port, memory: {**settings(port, memory), "db.jazz": "true"})
    with pytest.raises(ServerError, match=r"Neo4j did not start: .*Unrecognized setting.*db\.jazz"):
        server(home).ensure_running()
    assert not server(home).state().running


@pytest.mark.parametrize(
    ("said", "kind", "means"),
    [
        ("Caused by: PortBindException: An error occurred", PortTakenError, "another program took the port"),
        ("FileLockException: Lock file has been locked", ServerError, "another process uses this home"),
        ("java.io.IOException: No space left on device", ServerError, "the disk is full: free some space"),
        ("Invalid memory configuration - exceeds physical memory.", ServerError, "too little memory"),
        ("Error: Could not create the Java Virtual Machine.\nError: A fatal", ServerError, "Could not create the Java"),
        ("", ServerError, "it wrote nothing"),
    ],
)
def test_what_the_console_says_is_translated(tmp_path: Path, said: str, kind: type[ServerError], means: str) -> None:
    log = tmp_path / "console.log"
    log.write_text(said)
    error = process.death(log)
    assert type(error) is kind
    assert means in str(error)
    assert "\n" not in str(error)


def test_a_home_that_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(ServerError, match=r"cannot use .*/home/neo4j for Neo4j: "):
        server(tmp_path / "home").ensure_running()


def test_a_full_disk_is_said_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.server.managed.FREE_MB", 10**9)
    with pytest.raises(ServerError, match=r"MB are free in .*, Neo4j needs 1000000000 MB: free some space"):
        server(tmp_path).ensure_running()
    assert not server(tmp_path).state().running


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    assert not server(tmp_path / "home").state().running
    assert not server(tmp_path / "home").stop()
    assert not (tmp_path / "home").exists()


def test_a_process_with_the_pid_of_a_dead_server_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    me = psutil.Process()
    process.remember(tmp_path, process.Running(me.pid, me.create_time(), 7687, ready=True), tmp_path / "password")
    assert process.recall(tmp_path) is None


def test_a_record_cut_short_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    process.record_path(tmp_path).write_text('{"pid": 1')
    assert process.recall(tmp_path) is None
