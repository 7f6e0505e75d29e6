"""The command line as a user has it: a process of its own, a home with a managed Neo4j, a small world, a live model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from api.composition import open_store
from api.settings import load_settings
from graph.store import GraphStore, Neo4jAddress
from ingest.demo.config import DemoConfig
from ingest.load import load
from ingest.sources.demo import Demo

ROOT = Path(__file__).resolve().parents[2]
SMALL = DemoConfig(
    user_count=60,
    track_count=400,
    artist_count=60,
    playlist_count=30,
    event_count=9_000,
    clip_count=0,
    version_count=8,
    bridge_count=6,
)
COMMAND = (sys.executable, "-m", "api.cli.main")


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that came to its end."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line of a command that failed as it should."""
        assert self.code == 2, (self.code, self.err)
        assert self.out == ""
        (line,) = self.err.splitlines()
        return line.removeprefix("phonograph: ")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who calls commands with these settings and no others."""

    settings: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PHONOGRAPH_")}
        cache = {name: os.environ[name] for name in ("PHONOGRAPH_CACHE",) if name in os.environ}
        return {**kept, **cache, "PYTHONPATH": str(ROOT), **self.settings}

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Begin a command in a process group of its own, as a shell does."""
        return subprocess.Popen(
            [*COMMAND, *words],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_listen,
        )

    def __call__(self, *words: str) -> Ended:
        return end(self.start(*words))

    def having(self, **settings: str) -> User:
        """The same user with other settings: ``having(NEO4J__URI=...)``."""
        return User(self.settings | {f"PHONOGRAPH_{name}": value for name, value in settings.items()})


def _listen() -> None:
    """Let the command hear Ctrl-C: a runner in the background of a shell ignores it, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def end(command: subprocess.Popen[str]) -> Ended:
    """Wait for a command."""
    out, err = command.communicate(timeout=240)
    return Ended(command.returncode, out, err)


@pytest.fixture(scope="session")
def home(session_home: Path, neo4j_server: Neo4jAddress) -> Path:
    """A home of our own with its own Neo4j; the session stops it. Asking for the session's server fetches the jars."""
    return session_home / "cli"


@pytest.fixture(scope="session")
def phonograph(home: Path) -> User:
    """A user of that home."""
    return User({"PHONOGRAPH_HOME": str(home), "PHONOGRAPH_NEO4J__MEMORY": "test"})


@pytest.fixture(scope="session")
def world_store(phonograph: User) -> Iterator[GraphStore]:
    """The graph of that home, with the small world in it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PHONOGRAPH_") and name != "PHONOGRAPH_CACHE"]:
            patch.delenv(name)
        for name, value in phonograph.settings.items():
            patch.setenv(name, value)
        store = open_store(load_settings())
    with store:
        load(store, Demo(None, SMALL))
        yield store


@pytest.fixture(scope="session")
def trained(phonograph: User, world_store: GraphStore) -> Any:
    """What ``train --json`` said of the small world."""
    return phonograph("train", "--json").answer


@pytest.fixture
def elsewhere(neo4j_server: Neo4jAddress, store: GraphStore, tmp_path: Path) -> User:
    """A user with an empty home who names the tests' shared server, its graph empty."""
    return User(
        {
            "PHONOGRAPH_HOME": str(tmp_path / "home"),
            "PHONOGRAPH_NEO4J__URI": neo4j_server.uri,
            "PHONOGRAPH_NEO4J__PASSWORD": neo4j_server.password,
        }
    )
