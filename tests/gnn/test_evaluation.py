"""``phonograph evaluate`` on the public data, and what it says of wrong input."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from api import evaluation
from api.cli.evaluate import evaluate
from api.evaluation import DataSet
from gnn import splits
from gnn.baselines import BASELINES
from gnn.data import TrainingData
from graph.errors import InvalidRequestError, SourceError
from recommend.two_stage import KINDS

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"
HETREC = "hetrec2011-lastfm-2k"


def local(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"local data set absent: ../shared/data/{name}")
    return folder


def test_popularity_on_hetrec_reaches_the_published_figure(capsys: pytest.CaptureFixture[str]) -> None:
    evaluate("hetrec", local(HETREC), split="0", models="popularity", validation=False, seed=0, json=True)
    metrics = json.loads(capsys.readouterr().out)["popularity"]
    assert metrics["recall@20"] == pytest.approx(0.119, abs=0.006)
    assert metrics["ndcg@20"] == pytest.approx(0.108, abs=0.006)
    assert {"coverage@20", "trainSeconds"} <= set(metrics)


def test_all_splits_are_averaged_and_compared(capsys: pytest.CaptureFixture[str]) -> None:
    evaluate("hetrec", local(HETREC), split="all", models="popularity,genre_profile", json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["popularity"]["runs"] == 3
    assert 0 < found["popularity"]["deviation"]["recall@20"] < 0.01
    difference = found["genre_profile"]["difference"]
    assert difference["against"] == "popularity"
    assert 0.1 < difference["recall@20"]["low"] < difference["recall@20"]["high"] < 0.25


def test_the_protocol_of_recbole_measures_ten(capsys: pytest.CaptureFixture[str]) -> None:
    evaluate("hetrec", local(HETREC), split="8:1:1", models="popularity", json=True)
    assert {"recall@10", "ndcg@10", "recall@200"} <= set(json.loads(capsys.readouterr().out)["popularity"])


def test_the_table_for_people_names_the_model_and_its_interval(capsys: pytest.CaptureFixture[str]) -> None:
    evaluate("hetrec", local(HETREC), models="genre_profile,popularity")
    printed = capsys.readouterr().out
    assert "hetrec, split default, test part" in printed
    assert "popularity - genre_profile, recall@20: -0.1" in printed


def test_a_search_prints_its_trials_best_first(capsys: pytest.CaptureFixture[str]) -> None:
    evaluate("hetrec", local(HETREC), tune="genre_profile", budget=1.0)
    assert "PathConfig" in capsys.readouterr().out


def test_a_report_that_cannot_be_written_is_refused_before_the_data_are_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="a report is Markdown or HTML"):
        evaluate("hetrec", tmp_path, models="popularity", report=tmp_path / "report.pdf")


def test_a_baseline_that_is_none_cannot_be_tuned(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="no baseline is called 'sage': choose from popularity"):
        evaluate("hetrec", tmp_path, tune="sage")


def test_the_model_compared_with_must_be_measured(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="'als' was not measured: compare with one of popularity"):
        evaluate("hetrec", tmp_path, models="popularity", against="als")


def test_wrong_names_say_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match=r"no data set is called 'lastfm': choose from lfm1m, hetrec"):
        evaluation.run("lastfm", tmp_path, ["popularity"])
    with pytest.raises(InvalidRequestError, match=r"lfm1m has no split 'random': choose global or per-user"):
        evaluation.run("lfm1m", tmp_path, ["popularity"], split="random")
    with pytest.raises(InvalidRequestError, match=r"hetrec has no split 'first'"):
        evaluation.run("hetrec", tmp_path, ["popularity"], split="first")


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=str(tmp_path)):
        evaluation.run("hetrec", tmp_path, ["popularity"])
    with pytest.raises(SourceError, match=str(tmp_path)):
        evaluation.run("lfm1m", tmp_path, ["popularity"])


def test_all_is_every_model_that_the_data_can_feed(monkeypatch: pytest.MonkeyPatch, listening: TrainingData) -> None:
    """The three rankers and every baseline are asked for; who is left out is told why."""
    assert {*KINDS, *BASELINES, "sage", "sequence", "cultural"} == set(evaluation.EVERY)
    untimed = replace(listening, has_times=False)
    known = {"lfm1m": DataSet(lambda folder, name, part: splits.random_share(untimed, 0), "global", ("global",))}
    monkeypatch.setattr(evaluation, "DATA_SETS", known)
    monkeypatch.setattr(evaluation, "EVERY", ("lambdarank", "popularity", "itemknn"))
    (run,) = evaluation.repeat("lfm1m", Path(), ["all"])
    assert set(run.results) == {"popularity", "itemknn"}
    assert "plays with times" in run.left_out["lambdarank"]
