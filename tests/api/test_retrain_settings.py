"""``phonograph retrain`` is told what ``train`` is told (index, config, bytes), and its exit code says how it ended."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from api import retraining
from api.cli import retrain as command
from api.cli.train import Quantise
from api.settings import load_settings
from gnn.config import SERVED_TRACK_CONFIG
from gnn.config_file import write_config
from graph.errors import BusyError, OverBudgetError


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> list[retraining.RetrainConfig]:
    """What the run was told; no run is made."""
    found: list[retraining.RetrainConfig] = []

    def run(settings: Any, config: retraining.RetrainConfig, dry_run: bool, as_json: bool) -> bool:
        found.append(config)
        return True

    monkeypatch.setenv("PHONOGRAPH_HOME", str(tmp_path))
    monkeypatch.setattr(command, "_run", run)
    return found


def test_the_index_of_the_settings_is_built(told, monkeypatch):
    monkeypatch.setenv("PHONOGRAPH_INDEX", "faiss")
    assert load_settings().index == "faiss"
    command.retrain()
    assert (told[0].index, told[0].quantise, told[0].fit) == ("faiss", False, SERVED_TRACK_CONFIG)


def test_options_reach_the_run(told, tmp_path):
    file = tmp_path / "how.json"
    write_config(SERVED_TRACK_CONFIG, file)
    command.retrain(minutes=7.0, keep=3, promote=False, config=file, quantise=Quantise.INT8)
    (found,) = told
    assert (found.quantise, found.budget.minutes, found.keep, found.promote) == (True, 7.0, 3, False)
    assert found.fit == SERVED_TRACK_CONFIG


@pytest.mark.parametrize(
    ("error", "code"), [(BusyError("process 7 trains"), 4), (OverBudgetError("12 minutes are needed"), 5)]
)
def test_what_keeps_a_run_from_beginning_has_an_exit_code_and_is_told(monkeypatch, tmp_path, error, code):
    posted: list[tuple[str, Any]] = []

    def run(*_: Any) -> bool:
        raise error

    monkeypatch.setenv("PHONOGRAPH_HOME", str(tmp_path))
    monkeypatch.setenv("PHONOGRAPH_NOTIFY__WEBHOOK", "http://127.0.0.1:9/hook")
    monkeypatch.setattr(command, "_run", run)
    monkeypatch.setattr("api.notify.post", lambda url, message: posted.append((url, message)))
    with pytest.raises(typer.Exit) as ended:
        command.retrain()
    assert ended.value.exit_code == code
    assert posted == [("http://127.0.0.1:9/hook", {"event": "retrain", "error": str(error)})]


@pytest.mark.parametrize(("live", "code"), [(True, None), (False, 3)])
def test_live_is_0_and_kept_back_is_3(monkeypatch, tmp_path, live, code):
    monkeypatch.setenv("PHONOGRAPH_HOME", str(tmp_path))
    monkeypatch.setattr(command, "_run", lambda *_: live)
    if code is None:
        command.retrain()
        return
    with pytest.raises(typer.Exit) as ended:
        command.retrain()
    assert ended.value.exit_code == code
