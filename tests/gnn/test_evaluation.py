"""``phonograph evaluate`` on the public data, and what it says of wrong input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api import evaluation
from api.cli.evaluate import evaluate
from graph.errors import InvalidRequestError, SourceError

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"


def test_popularity_on_hetrec_reaches_the_published_figure(capsys: pytest.CaptureFixture[str]) -> None:
    folder = SHARED / "hetrec2011-lastfm-2k"
    if not folder.is_dir():
        pytest.skip("local data set absent: ../shared/data/hetrec2011-lastfm-2k")
    evaluate("hetrec", folder, split="0", models="popularity", validation=False, seed=0, json=True)
    metrics = json.loads(capsys.readouterr().out)["popularity"]
    assert metrics["recall@20"] == pytest.approx(0.119, abs=0.006)
    assert metrics["ndcg@20"] == pytest.approx(0.108, abs=0.006)
    assert {"coverage@20", "trainSeconds"} <= set(metrics)


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
