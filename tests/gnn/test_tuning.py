"""``phonograph tune``: its answer, its file, and going on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api import evaluation, tuning
from api.cli.evaluate import evaluate
from api.cli.tune import tune
from gnn.config import TRACK_CONFIG
from gnn.config_file import read_config
from gnn.data import TrainingData
from gnn.search import LEARNING
from gnn.splits import global_cut
from graph.errors import InvalidRequestError

SMALL = replace(
    TRACK_CONFIG,
    als=replace(TRACK_CONFIG.als, factors=6, iterations=3),
    sage=replace(TRACK_CONFIG.sage, dim=6, folds=replace(TRACK_CONFIG.sage.folds, count=2)),
)

Tune = Callable[..., Any]


@pytest.fixture
def tuned(
    listening: TrainingData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Tune:
    monkeypatch.setenv("PHONOGRAPH_HOME", str(tmp_path))
    monkeypatch.setattr(tuning, "preset", lambda _: SMALL)
    sets = {"planted": evaluation.DataSet(lambda _folder, _split, _part: global_cut(listening), "0", ("0",))}
    monkeypatch.setattr(evaluation, "DATA_SETS", sets)

    def run(trials: int, *, dataset: str = "planted", dials: str = "learning", as_json: bool = True) -> Any:
        tune(dataset, tmp_path, split=None, trials=trials, minutes=5.0, dials=dials, seed=0, json=as_json)
        text = capsys.readouterr().out
        return json.loads(text) if as_json else text

    return run


def test_the_best_config_is_kept_in_a_file_that_evaluation_reads(
    tuned: Tune, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = tuned(3)
    assert answer["goal"] == "ndcg@20"
    assert [trial["number"] for trial in answer["trials"]] == [0, 1, 2]
    assert set(answer["trials"][0]["factors"]) == {dial.path for dial in LEARNING}
    assert answer["value"] == max(trial["value"] for trial in answer["trials"])
    config = Path(answer["config"])
    assert read_config(config).als == SMALL.als
    evaluate("planted", tmp_path, models="sage", validation=True, config=config, seed=0, json=True)
    assert json.loads(capsys.readouterr().out)["sage"]["ndcg@20"] == pytest.approx(answer["value"])


def test_a_second_run_goes_on_and_tells_how_to_use_what_it_found(tuned: Tune) -> None:
    first = tuned(1)
    text = tuned(2, as_json=False)
    assert "the best of 2 trials" in text
    assert f"phonograph train --config {first['config']}" in text.replace("\n", "")


def test_wrong_names_say_what_there_is(tuned: Tune) -> None:
    with pytest.raises(InvalidRequestError, match="no data set is called 'lastfm': choose from planted"):
        tuned(1, dataset="lastfm")
    with pytest.raises(InvalidRequestError, match="no set of dials is called 'all': choose from learning, everything"):
        tuned(1, dials="all")
