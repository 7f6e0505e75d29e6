"""Ctrl-C and SIGTERM: one line, nobody left behind, and the same command again ends where an undisturbed one does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from gnn import bundle
from gnn.registry import Registry
from graph.schema import migrate
from graph.server import PLANS, ManagedServer
from graph.store import GraphStore

ENDS = {signal.SIGINT: (130, "interrupted"), signal.SIGTERM: (143, "terminated")}
MODEL = "models"
FROM_DATA = ("catalogue.npz", "genres.npz", "names.json", "neighbours.npz")
"""The files of a bundle that the graph alone decides; GraphSAGE's own differ by rounding that training amplifies."""


def await_(what: Callable[[], Any], command: subprocess.Popen[str]) -> None:
    """Wait until something is so while the command still runs."""
    until = time.monotonic() + 120
    while not what():
        assert command.poll() is None, "it ended before it could be interrupted"
        assert time.monotonic() < until
        time.sleep(0.01)


def family(command: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(command.pid).children(recursive=True)


def interrupt(command: subprocess.Popen[str], number: signal.Signals, *, group: bool = False) -> None:
    """Send the signal to the process, or to its group as a terminal does; it must end with one line and no child."""
    children = family(command)
    send = os.killpg if group else os.kill
    send(command.pid, number)
    out, err = command.communicate(timeout=120)
    code, word = ENDS[number]
    assert (command.returncode, out) == (code, ""), err
    assert err == f"phonograph: {word}: run the same command again to finish it\n"
    _, left = psutil.wait_procs(children, timeout=5)
    assert left == []


def content(ask: Callable[..., list[dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    """Every node and relationship with its properties, in an order of their own."""
    nodes = ask("MATCH (n) WHERE NOT n:SchemaVersion RETURN labels(n) AS labels, properties(n) AS properties")
    links = ask("MATCH (a)-[r]->(b) RETURN a.id AS a, type(r) AS type, b.id AS b, properties(r) AS properties")
    ordered = (sorted(json.dumps(row, sort_keys=True) for row in rows) for rows in (nodes, links))
    return next(ordered), next(ordered)


def test_an_import_stopped_twice_ends_in_the_same_graph(
    elsewhere: Any, store: GraphStore, ask: Callable[..., list[dict[str, Any]]], tmp_path: Path
) -> None:
    words = ("import", "demo", str(tmp_path / "demo"), "--json")
    command = elsewhere.having(WORKERS="2").start(*words)
    await_(lambda: len(family(command)) >= 2, command)  # its workers analyse audio
    interrupt(command, signal.SIGINT)
    assert content(ask) == ([], [])  # nothing is written before everything is read

    command = elsewhere.start(*words)
    await_(lambda: ask("MATCH (:User)-[r:PLAYED]->() RETURN 1 AS one LIMIT 1"), command)
    interrupt(command, signal.SIGTERM)

    assert elsewhere(*words).answer["kinds"]["played"]["rejected"] == []
    mended = content(ask)
    store.autocommit("write/wipe")
    migrate(store, now=0)
    assert elsewhere(*words).answer
    assert content(ask) == mended
    assert len(mended[0]) > 2_000


def test_a_training_that_is_stopped_leaves_the_live_model_and_can_be_repeated(
    phonograph: Any, trained: Any, home: Path, world_store: GraphStore
) -> None:
    registry = Registry(home / MODEL)
    before = registry.versions()

    command = phonograph.start("train", "--json")
    await_(lambda: "torch" in mapped(command), command)
    interrupt(command, signal.SIGINT)
    assert (registry.versions(), registry.current()) == (before, trained["version"])

    command = phonograph.start("train", "--json")
    await_(lambda: any(registry.folder.glob(".publishing-*")) or registry.versions() != before, command)
    interrupt(command, signal.SIGTERM)
    for version in registry.versions():
        bundle.verify(registry.path(version))
    assert registry.current() == trained["version"]

    again = phonograph("train", "--json").answer
    assert registry.current() == again["version"]
    assert not list(registry.folder.glob(".publishing-*"))
    ours, theirs = (files(registry, version) for version in (again["version"], trained["version"]))
    assert {name: ours[name] for name in FROM_DATA} == {name: theirs[name] for name in FROM_DATA}


def mapped(command: subprocess.Popen[str]) -> str:
    """The libraries that a process has mapped."""
    return " ".join(entry.path for entry in psutil.Process(command.pid).memory_maps())


def files(registry: Registry, version: str) -> Any:
    return bundle.verify(registry.path(version))["files"]


def test_a_command_stopped_while_neo4j_starts_leaves_no_server(phonograph: Any, session_home: Path) -> None:
    home = session_home / "stopped-start"
    server = ManagedServer(home, memory=PLANS["test"])
    command = phonograph.having(HOME=str(home)).start("up")
    await_(lambda: server.state().running, command)
    interrupt(command, signal.SIGINT)
    assert not server.state().running


@pytest.mark.parametrize(("number", "group"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_a_demo_can_be_stopped(elsewhere: Any, number: signal.Signals, group: bool) -> None:
    command = elsewhere.having(WORKERS="2").start("demo")
    await_(lambda: len(family(command)) >= 2, command)
    interrupt(command, number, group=group)
