"""A version is whole or absent, and the pointer moves in one step."""

import os
import subprocess
import sys

import pytest

from gnn.registry import Registry
from graph.errors import ModelError, NoModelError


def _whole(folder):
    (folder / "manifest.json").write_text("{}")


def test_nothing_is_live_at_first(tmp_path):
    registry = Registry(tmp_path / "models")
    assert registry.current() is None
    assert registry.versions() == []
    with pytest.raises(NoModelError, match="run `phonograph train`"):
        registry.path()


def test_publish_then_promote(tmp_path):
    registry = Registry(tmp_path)
    registry.publish("v1", _whole)
    assert registry.current() is None
    registry.promote("v1")
    assert registry.current() == "v1"
    assert registry.path() == tmp_path / "v1"


def test_a_failed_write_leaves_nothing(tmp_path):
    registry = Registry(tmp_path)

    def breaks(folder):
        (folder / "half").write_text("x")
        raise OSError(28, "No space left on device")

    with pytest.raises(ModelError, match="No space left"):
        registry.publish("v1", breaks)
    assert list(tmp_path.iterdir()) == []


def test_a_version_is_never_overwritten(tmp_path):
    registry = Registry(tmp_path)
    registry.publish("v1", _whole)
    with pytest.raises(ModelError, match="exists already"):
        registry.publish("v1", _whole)


def test_a_version_that_is_not_there_cannot_be_promoted(tmp_path):
    with pytest.raises(NoModelError, match="v9"):
        Registry(tmp_path).promote("v9")


def test_a_damaged_pointer_is_one_clear_line(tmp_path):
    (tmp_path / "CURRENT").write_text("{")
    with pytest.raises(ModelError, match="CURRENT cannot be read"):
        Registry(tmp_path).current()


def test_a_killed_publisher_leaves_no_version_and_is_swept(tmp_path):
    program = f"""
import os, signal
from pathlib import Path
from gnn.registry import Registry
def write(folder):
    (folder / "half").write_text("x")
    os.kill(os.getpid(), signal.SIGKILL)
Registry(Path({str(tmp_path)!r})).publish("v1", write)
"""
    killed = subprocess.run([sys.executable, "-c", program], check=False, env={**os.environ})
    assert killed.returncode == -9
    registry = Registry(tmp_path)
    assert registry.versions() == []
    registry.publish("v1", _whole)
    assert registry.versions() == ["v1"]
    assert [path.name for path in tmp_path.iterdir()] == ["v1"]
