"""``phonograph retrain`` is told what ``train`` is told: the kind of index, how to train, how vectors are kept."""

from __future__ import annotations

from typing import Any

import pytest

from api import retraining
from api.cli import retrain as command
from api.cli.train import Quantise
from api.settings import load_settings
from gnn.config import SERVED_TRACK_CONFIG
from gnn.config_file import write_config


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
