"""``phonograph models`` and ``retrain`` as an operator has them: answers for programs, one line per error, codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gnn import manifest
from gnn.records import Cause
from gnn.registry import Registry


def _publish(registry: Registry, version: str, tracks: list[str], gate: dict[str, Any] | None = None) -> None:
    def write(folder: Path) -> None:
        (folder / "names.json").write_text(json.dumps({"track": {"ids": tracks}}))
        metrics = {"served": {"recall@20": 0.1, "ndcg@20": 0.2, "coverage@20": 0.3}}
        said = {"createdAt": "2026-11-25T00:00:00Z", "watermark": 9, "parent": None, "metrics": metrics}
        manifest.write(folder, version, {**said, "config": {"als": {"factors": len(tracks)}}, "sizes": {"played": 7}})

    registry.publish(version, write, Cause(1_795_000_000, "retrain", "passed every check"), gate=gate)


@pytest.fixture
def operator(phonograph: Any, tmp_path: Path) -> Any:
    """A user with three models: one live, one a candidate, one that the gate refused."""
    registry = Registry(tmp_path / "models")
    check = {"name": "coverage", "observed": 0.1, "required": ">= 0.2", "passed": False, "binding": True}
    refused = {
        "passed": False,
        "first": False,
        "reason": "refused: coverage is 0.1, required >= 0.2",
        "checks": [check],
    }
    _publish(registry, "a1", ["x", "y"])
    _publish(registry, "b2", ["x", "z", "w"])
    _publish(registry, "c3", ["x"], refused)
    registry.promote("a1")
    return phonograph.having(HOME=str(tmp_path))


def test_list_and_show(operator: Any) -> None:
    listed = operator("models", "list", "--json").answer
    assert (listed["live"], listed["previous"]) == ("a1", None)
    assert [(one["version"], one["state"]) for one in listed["models"]] == [
        ("a1", "live"),
        ("b2", "candidate"),
        ("c3", "candidate"),
    ]
    shown = operator("models", "show", "c", "--json").answer
    assert shown["gate"]["reason"].startswith("refused: coverage")
    assert shown["history"][0]["by"] == "retrain"
    assert "coverage" in operator("models", "show", "c3").out


def test_diff(operator: Any) -> None:
    found = operator("models", "diff", "a1", "b2", "--json").answer
    assert found["tracks"] == {"added": 2, "removed": 1, "shared": 1}
    assert found["changed"]["config"] == {"als.factors": [2, 3]}


def test_promote_rollback_pin_and_gc(operator: Any) -> None:
    assert operator("models", "promote", "b2", "--why", "better", "--json").answer == {"live": "b2", "previous": "a1"}
    assert operator("models", "rollback", "--json").answer == {"live": "a1", "previous": "b2"}
    assert operator("models", "pin", "c3", "--json").answer["pinned"] is True
    assert operator("models", "gc", "--keep", "0", "--json").answer == {"removed": []}
    operator("models", "unpin", "c3")
    assert operator("models", "gc", "--keep", "0", "--json").answer == {"removed": ["c3"]}
    shown = operator("models", "show", "b2", "--json").answer
    assert [step["to"] for step in shown["history"]] == ["candidate", "live", "retired"]
    assert shown["history"][1]["why"] == "better"


def test_what_the_gate_refused_needs_force(operator: Any) -> None:
    complaint = operator("models", "promote", "c3").complaint
    assert complaint.startswith("model c3 was refused: coverage is 0.1")
    assert complaint.endswith("promote another, or this one with --force")
    assert operator("models", "promote", "c3", "--force", "--json").answer["live"] == "c3"


def test_trials(operator: Any, tmp_path: Path) -> None:
    begun = operator("models", "canary", "b2", "--share", "0.1", "--json").answer
    assert begun == {"version": "b2", "kind": "canary", "share": 0.1}
    assert json.loads((tmp_path / "models" / "TRIAL").read_text())["version"] == "b2"
    assert operator("models", "retreat", "--json").answer == {"version": "b2"}
    assert operator("models", "retreat", "--json").answer == {"version": None}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["models", "explode"], "unknown action 'explode'"),
        (["models", "show"], "models show needs 1 versions, was given 0"),
        (["models", "show", "zz"], "model zz is not in the registry"),
        (["models", "reject", "b2"], "models reject needs a reason: add --why"),
        (["models", "reject", "a1", "--why", "bad"], "model a1 is live"),
        (["models", "rollback"], "nothing was live before"),
        (["models", "canary", "a1"], "model a1 is live already"),
        (["materialise", "--quantise", "BINARY"], "--quantise BINARY: choose NONE or SCALAR"),
    ],
)
def test_complaints(operator: Any, words: list[str], message: str) -> None:
    assert message in operator(*words).complaint


def test_retrain(trained: Any, phonograph: Any, home: Path) -> None:
    planned = phonograph("retrain", "--dry-run", "--json").answer
    assert set(planned) == {
        "dryRun",
        "seconds",
        "memoryMb",
        "diskMb",
        "freeMemoryMb",
        "freeDiskMb",
        "source",
    }
    short = phonograph("retrain", "--minutes", "0.0001")
    assert short.code == 5
    assert "are allowed: raise --minutes" in short.err
    before = phonograph("models", "list", "--json").answer
    ended = phonograph("retrain", "--no-promote", "--json")
    assert ended.code == 3, ended.err
    answer = json.loads(ended.out)
    assert set(answer) == {
        "version",
        "live",
        "reason",
        "gate",
        "metrics",
        "sizes",
        "seconds",
        "memoryMb",
        "resumed",
    }
    assert answer["live"] is False
    after = phonograph("models", "list", "--json").answer
    assert after["live"] == before["live"]
    assert len(after["models"]) == len(before["models"]) + 1
    phonograph("models", "gc", "--keep", "1")
