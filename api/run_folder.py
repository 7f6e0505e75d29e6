"""What a retraining leaves in the home while it runs: the lock, what it began with, and what is finished already."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from gnn import durable
from graph import snapshot
from graph.arrays import GraphArrays
from graph.errors import BusyError

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Begun:
    """What a run is, so that the same run can be told from another.

    Attributes:
        at: unix seconds; the version is named after it.
        what: a digest of the configuration and the program.
        parent: the version that was live; None without one.
    """

    at: int
    what: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that holds the lock.

    Attributes:
        started: unix seconds at which the process started: pids are used again.
    """

    pid: int
    started: float


class RunFolder:
    """The folder ``retrain`` of a home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def kept(self) -> Path:
        """Where checkpoints are."""
        return self.folder / "kept"

    @property
    def last(self) -> Path:
        """What the last whole run took."""
        return self.folder / "last.json"

    @contextmanager
    def alone(self) -> Iterator[Owner | None]:
        """Hold the lock; yields the owner of a stale one, None where there was none.

        Raises:
            BusyError: another process holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                owner = _owner(self.folder / "lock")
                who = f"process {owner.pid}" if owner else "another process"
                raise BusyError(f"{who} is retraining already: wait for it, or stop it and run this again") from None
            stale = _owner(self.folder / "lock")
            _write_owner(self.folder / "lock")
            yield stale
            (self.folder / "lock").write_text("", encoding="utf-8")  # not where we are killed: then it is stale

    def resume(self, what: str, now: int) -> tuple[Begun, GraphArrays] | None:
        """The run that was begun with the same configuration within a day, and its arrays; None without one."""
        try:
            said = json.loads((self.folder / "begun.json").read_text(encoding="utf-8"))
            begun = Begun(int(said["at"]), str(said["what"]), said["parent"])
            if begun.what != what or now - begun.at > DAY_S:
                return None
            return begun, snapshot.from_bytes((self.folder / "snapshot.npz").read_bytes())
        except (OSError, ValueError, KeyError, TypeError, EOFError):
            return None

    def begin(self, begun: Begun, arrays: GraphArrays) -> None:
        """Forget what another run left, and keep what this one begins with; ``begun.json`` says that it is whole."""
        self.clear()
        self.kept.mkdir(parents=True)
        durable.replace_bytes(self.folder / "snapshot.npz", snapshot.to_bytes(arrays))
        durable.replace_text(self.folder / "begun.json", json.dumps(asdict(begun)) + "\n")

    def clear(self) -> None:
        """Forget the run: it is over, or another begins."""
        (self.folder / "begun.json").unlink(missing_ok=True)
        (self.folder / "snapshot.npz").unlink(missing_ok=True)
        shutil.rmtree(self.kept, ignore_errors=True)


def _write_owner(path: Path) -> None:
    owner = Owner(os.getpid(), psutil.Process().create_time())
    path.write_text(json.dumps(asdict(owner)) + "\n", encoding="utf-8")


def _owner(path: Path) -> Owner | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Owner(int(said["pid"]), float(said["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
