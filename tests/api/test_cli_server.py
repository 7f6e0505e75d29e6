"""``up``, ``down``, ``status`` and ``doctor`` as a user and as a program call them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from api.cli.main import main
from graph.server.process import choose_port
from graph.store import Neo4jAddress

KEYS = ["running", "uri", "user", "passwordFile", "database", "home", "model"]


@pytest.fixture
def ours(session_home: Path, neo4j_server: Neo4jAddress, monkeypatch: pytest.MonkeyPatch) -> Neo4jAddress:
    """The settings of a user whose home is that of the tests' server."""
    for name in [name for name in os.environ if name.startswith("PHONOGRAPH_") and name != "PHONOGRAPH_CACHE"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PHONOGRAPH_HOME", str(session_home))
    return neo4j_server


@pytest.fixture
def named(ours: Neo4jAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Neo4jAddress:
    """The settings of a user who names a Neo4j by its address."""
    monkeypatch.setenv("PHONOGRAPH_HOME", str(tmp_path))
    monkeypatch.setenv("PHONOGRAPH_NEO4J__URI", ours.uri)
    monkeypatch.setenv("PHONOGRAPH_NEO4J__PASSWORD", ours.password)
    return ours


def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["phonograph", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.fixture
def phonograph(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    return lambda *words: call(monkeypatch, capsys, *words)


def test_status_of_our_own_server(phonograph: Any, ours: Neo4jAddress, session_home: Path) -> None:
    code, out, _ = phonograph("status", "--json")
    found = json.loads(out)
    assert (code, list(found)) == (0, KEYS)
    assert Path(found.pop("passwordFile")).read_text().strip() == ours.password
    assert found == {
        "running": True,
        "uri": ours.uri,
        "user": "neo4j",
        "database": "neo4j",
        "home": str(session_home),
        "model": None,
    }
    assert ours.password not in out


def test_status_of_a_home_where_nothing_runs(
    phonograph: Any, ours: Neo4jAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHONOGRAPH_HOME", str(tmp_path / "new"))
    code, out, _ = phonograph("status", "--json")
    assert (code, json.loads(out)["running"], json.loads(out)["uri"]) == (0, False, None)
    assert "is not running: phonograph up" in phonograph("status")[1]
    assert not (tmp_path / "new").exists()


def test_status_of_a_named_server(phonograph: Any, named: Neo4jAddress, tmp_path: Path) -> None:
    found = json.loads(phonograph("status", "--json")[1])
    assert list(found) == KEYS
    assert (found["running"], found["uri"], found["passwordFile"]) == (True, named.uri, None)


def test_status_of_a_named_server_that_is_away(
    phonograph: Any, named: Neo4jAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHONOGRAPH_NEO4J__URI", f"bolt://127.0.0.1:{choose_port()}")
    assert json.loads(phonograph("status", "--json")[1])["running"] is False


def test_up_shares_what_runs(phonograph: Any, ours: Neo4jAddress) -> None:
    code, out, _ = phonograph("up")
    assert (code, out) == (0, f"Neo4j 2026.09.0 (community) runs at {ours.uri}\n")
    assert json.loads(phonograph("up", "--json")[1])["uri"] == ours.uri


def test_a_named_server_is_never_stopped(phonograph: Any, named: Neo4jAddress) -> None:
    code, out, _ = phonograph("down")
    assert code == 0
    assert "is not ours to stop" in out
    assert json.loads(phonograph("down", "--json")[1]) == {"stopped": False}
    assert json.loads(phonograph("status", "--json")[1])["running"] is True


def test_a_wrong_password_is_one_line_and_code_2(
    phonograph: Any, named: Neo4jAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHONOGRAPH_NEO4J__PASSWORD", "not-this-one")
    code, out, err = phonograph("up")
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith(f"phonograph: Neo4j at {named.uri} refuses user 'neo4j': correct")
    assert "Traceback" not in err


def test_a_server_that_is_away_is_one_line_and_code_2(
    phonograph: Any, named: Neo4jAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"bolt://127.0.0.1:{choose_port()}"
    monkeypatch.setenv("PHONOGRAPH_NEO4J__URI", uri)
    code, _, err = phonograph("up")
    assert code == 2
    assert err.splitlines()[-1].startswith(f"phonograph: Neo4j at {uri} does not answer: ")


def test_doctor_answers_for_people_and_programs(phonograph: Any, ours: Neo4jAddress) -> None:
    code, out, _ = phonograph("doctor")
    assert code == 0
    assert f"managed Neo4j    runs at {ours.uri}" in out
    found = json.loads(phonograph("doctor", "--json")[1])
    assert found["ok"] is True
    assert {"name", "ok", "found", "remedy", "needed"} == set(found["checks"][0])
