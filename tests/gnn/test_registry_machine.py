"""Whatever is done to a registry, in any order, and wherever it breaks off: it is consistent, and goes on from there.

Every step that changes the disk can fail (the disk is full) or be the last one of its process (it is killed: nothing
that follows happens, not even the cleaning up). A model of sets and names says what must be there.
"""

from __future__ import annotations

import builtins
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gnn import asides, manifest
from gnn.records import Cause
from gnn.registry import Registry
from graph.errors import ModelError

MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
"""Syncing to a real disk thousands of times shows nothing more."""
STEPS = ("fsync", "rename", "replace", "unlink", "rmdir", "mkdir", "open", "chmod")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Killed(BaseException):
    """SIGKILL: whatever the process would have done next does not happen."""


class Disk:
    """Counts steps; from the chosen one on, every step fails or the process is dead."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.kind: type[BaseException] = OSError
        self.taken = 0

    def step(self) -> None:
        self.taken += 1
        if self.left is None:
            return
        if self.left <= 0:
            if self.kind is OSError:
                self.left = None  # one failure; the error handling may use the disk again
                raise OSError(28, "No space left on device")
            raise Killed
        self.left -= 1

    @contextmanager
    def breaking(self, after: int | None, kind: type[BaseException]):
        self.left, self.kind, self.taken = after, kind, 0
        with _counted(self):
            yield
        self.left = None


@contextmanager
def _counted(disk: Disk):
    """Every way in which the registry changes the disk goes through ``disk.step`` first."""
    real = {name: getattr(os, name) for name in STEPS}

    def counted(name: str) -> Callable[..., object]:
        def call(*args, **options):
            if name != "open" or (len(args) > 1 and args[1] & WRITES):
                disk.step()
            return real[name](*args, **options)

        return call

    plain = builtins.open

    def opened(file, mode="r", *args, **options):
        if any(sign in mode for sign in "wax+"):
            disk.step()
        return plain(file, mode, *args, **options)

    with patch.multiple(os, **{name: counted(name) for name in STEPS}), patch("io.open", opened):
        yield


def whole(version: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "arrays").write_text(version)
        manifest.write(folder, version, {})

    return write


FAULT = st.one_of(st.none(), st.tuples(st.integers(0, 25), st.sampled_from([OSError, Killed])))


class Machine(RuleBasedStateMachine):
    """A registry beside what it must hold."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(dir=MEMORY))
        self.disk = Disk()
        self.published: list[str] = []
        self.live: str | None = None
        self.previous: str | None = None
        self.rejected: set[str] = set()
        self.pinned: set[str] = set()
        self.count = 0

    def teardown(self) -> None:
        shutil.rmtree(self.home)

    @property
    def registry(self) -> Registry:
        """A process of its own each time: nothing is remembered."""
        return Registry(self.home)

    def attempt(self, change: Callable[[], object], fault: tuple[int, type[BaseException]] | None) -> bool:
        """Whether the change went through; a refusal of ours and a fault are both no."""
        try:
            with self.disk.breaking(*(fault or (None, OSError))):
                change()
        except (ModelError, Killed):
            self.disk.left = None
            return False
        return True

    def pick(self, which: int) -> str | None:
        return self.published[which % len(self.published)] if self.published else None

    @rule(fault=FAULT)
    def publish(self, fault) -> None:
        self.count += 1
        version = f"v{self.count:04d}"
        done = self.attempt(lambda: self.registry.publish(version, whole(version), Cause(self.count)), fault)
        there = version in self.registry.versions()
        assert there or not done
        assert fault is not None or done
        if there:
            self.published.append(version)

    @rule(which=st.integers(0, 50), fault=FAULT)
    def promote(self, which, fault) -> None:
        version = self.pick(which)
        if version is None:
            return
        done = self.attempt(lambda: self.registry.promote(version, Cause(self.count)), fault)
        allowed = version not in self.rejected or version == self.live
        assert not done or allowed
        assert done or fault is not None or not allowed
        self.moved(version)

    @rule(fault=FAULT)
    def rollback(self, fault) -> None:
        target = self.previous
        done = self.attempt(lambda: self.registry.rollback(), fault)
        assert not done or target is not None
        assert done or fault is not None or target is None
        if target is not None:
            self.moved(target)

    def moved(self, version: str) -> None:
        """The pointer went to the version, or stayed: both are whole states."""
        now = self.registry.current()
        assert now in (version, self.live)
        if now != self.live:
            self.previous, self.live = self.live, now
            self.rejected.discard(version)

    @rule(which=st.integers(0, 50), fault=FAULT)
    def reject(self, which, fault) -> None:
        version = self.pick(which)
        if version is None:
            return
        done = self.attempt(lambda: self.registry.reject(version, Cause(1, "test", "bad")), fault)
        assert not done or version != self.live
        if self.registry.state(version) == "rejected":
            self.rejected.add(version)
        assert not done or version in self.rejected

    @rule(which=st.integers(0, 50), pinned=st.booleans(), fault=FAULT)
    def pin(self, which, pinned, fault) -> None:
        version = self.pick(which)
        if version is None:
            return
        done = self.attempt(lambda: self.registry.pin(version, pinned), fault)
        now = self.registry.record(version).pinned
        assert not done or now is pinned
        (self.pinned.add if now else self.pinned.discard)(version)

    @rule(keep=st.integers(0, 4), fault=FAULT)
    def collect(self, keep, fault) -> None:
        kept = set(self.published[len(self.published) - min(keep, len(self.published)) :])
        kept |= {self.live, self.previous, *self.pinned}
        done = self.attempt(lambda: self.registry.collect(keep), fault)
        left = self.registry.versions()
        assert [one for one in self.published if one in kept] == [one for one in left if one in kept]
        assert not done or set(left) <= kept
        self.published = left

    @invariant()
    def is_consistent(self) -> None:
        registry = self.registry
        assert registry.versions() == self.published
        for version in self.published:
            assert manifest.verify(registry.path(version))["version"] == version
        assert registry.current() == self.live
        pointer = registry.pointer()
        assert (pointer.previous if pointer else None) == self.previous
        assert [one for one in self.published if registry.state(one) == "live"] == ([self.live] if self.live else [])
        assert {one for one in self.published if registry.state(one) == "rejected"} == self.rejected & set(
            self.published
        )
        assert {one for one in self.published if registry.record(one).pinned} == self.pinned & set(self.published)

    @invariant()
    def nothing_is_left_after_the_next_sweep(self) -> None:
        if self.count and self.home.joinpath(".lock").exists():
            asides.sweep(self.home)
            names = {path.name for path in self.home.rglob("*")} - {".lock"}
            assert not [name for name in names if name.startswith(".")]


Machine.TestCase.settings = settings(max_examples=50, stateful_step_count=20, deadline=None)
TestRegistry = Machine.TestCase


def test_the_faults_reach_every_step(tmp_path: Path) -> None:
    """Publishing, promoting and collecting take the disk through more steps than one: each is tried by the machine."""
    disk, registry = Disk(), Registry(tmp_path)
    with disk.breaking(None, OSError):
        registry.publish("v1", whole("v1"))
    steps = disk.taken
    assert 10 <= steps <= 25
    for after in range(steps):
        other = Registry(tmp_path / f"{after}")
        with pytest.raises((Killed, ModelError)), disk.breaking(after, Killed):
            other.publish("v1", whole("v1"))
        disk.left = None
        assert other.versions() in ([], ["v1"])
        if other.versions():
            manifest.verify(other.path("v1"))


KILLER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_registry_machine import Disk, Registry, manifest, whole

class Fatal(Disk):
    def step(self):
        if self.left is not None and self.left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        super().step()

def work(home):
    registry = Registry(home)
    registry.publish("v3", whole("v3"))
    registry.promote("v3")
    registry.rollback()
    registry.collect(0)

def prepared(home):
    registry = Registry(home)
    for version in ("v1", "v2"):
        registry.publish(version, whole(version))
        registry.promote(version)
    return registry

disk = Disk()
prepared(Path({home!r}, "count"))
with disk.breaking(None, OSError):
    work(Path({home!r}, "count"))
for after in range(disk.taken):
    home = Path({home!r}, str(after))
    registry = prepared(home)
    child = os.fork()
    if not child:
        with Fatal().breaking(after, OSError):
            work(home)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL, after
    assert registry.current() in ("v2", "v3", "v1"), after
    for version in registry.versions():
        manifest.verify(registry.path(version))
    live = [version for version in registry.versions() if registry.state(version) == "live"]
    assert live == [registry.current()], (after, live)
    registry.publish("v4", whole("v4"))
    registry.promote("v4")
    registry.collect(1)
    left = sorted(path.name for path in home.rglob("*") if path.name.startswith(".") and path.name != ".lock")
    assert left == [], (after, left)
print(disk.taken)
"""


def test_sigkill_at_every_step() -> None:
    """Real processes this time: publish, promote, roll back and collect, killed before each of their steps in turn."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as home:
        program = KILLER.format(tests=str(Path(__file__).parent), home=home)
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 40
