"""The report of an evaluation: what it says, and that its pictures are whole."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from api.evaluation import Measured, table, write_report
from api.report.charts import charts
from gnn import curves
from gnn.config import FitConfig
from gnn.data import TrainingData
from gnn.evaluate import MODELS, evaluate
from gnn.metrics import Scores
from gnn.splits import Split, global_cut
from graph.errors import InvalidRequestError, ModelError
from graph.progress import Progress

pytest.importorskip("matplotlib", reason="the extra `report` is absent: matplotlib")


def learner(split: Split, config: FitConfig, progress: Progress) -> Scores:
    for epoch in range(3):
        curves.record("loss", epoch + 1, 1.0 / (epoch + 1))
    return MODELS["itemknn"](split, config, progress)


@pytest.fixture(scope="module")
def runs(listening: TrainingData) -> list[Measured]:
    split = global_cut(listening)
    registry = {**MODELS, "learner <1>": learner}
    names = ["popularity", "learner <1>", "artist_path"]
    return [Measured(split, evaluate(split, names, registry=registry, seed=seed, k=5)) for seed in (0, 1)]


def test_html_holds_the_table_the_intervals_and_every_picture(runs: list[Measured], tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    write_report(path, "a world, split <global>", table(runs, "popularity"), runs)
    text = path.read_text(encoding="utf-8")
    assert "<title>a world, split &lt;global&gt;</title>" in text
    assert "learner &lt;1&gt;" in text
    assert "Each model minus popularity" in text
    assert text.count("<svg") == text.count("</svg>") == 4  # popularity, history, cohorts, one curve
    assert "±" in text
    assert "http://www.w3.org/2000/svg" in text
    assert "<img" not in text


def test_markdown_points_at_pictures_that_lie_beside_it(runs: list[Measured], tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    write_report(path, "a world", table(runs, "popularity"), runs)
    text = path.read_text(encoding="utf-8")
    pictures = sorted(tmp_path.glob("report-*.svg"))
    assert [picture.name for picture in pictures] == [
        f"report-{name}.svg" for name in ("cohorts", "history", "learning-loss", "popularity")
    ]
    for picture in pictures:
        assert f"({picture.name})" in text
        ElementTree.fromstring(picture.read_text(encoding="utf-8"))
    assert "| popularity |" in text
    assert "| model | recall@5 | ndcg@5 |" in text


def test_equal_results_draw_equal_pictures(runs: list[Measured]) -> None:
    again = [charts(runs[0].results, runs[0].split) for _ in range(2)]
    assert again[0] == again[1]


def test_another_ending_is_refused(runs: list[Measured], tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match=r"not 'report.pdf': name a file ending in .md or .html"):
        write_report(tmp_path / "report.pdf", "a world", table(runs, "popularity"), runs)


def test_without_matplotlib_the_extra_is_named(
    runs: list[Measured], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ModelError, match=r"a report needs matplotlib: pip install 'phonograph\[report\]'"):
        write_report(tmp_path / "report.html", "a world", table(runs, "popularity"), runs)


def test_one_run_has_no_deviation(runs: list[Measured], tmp_path: Path) -> None:
    single = [replace(runs[0])]
    write_report(tmp_path / "report.md", "a world", table(single, "popularity"), single)
    assert "±" not in (tmp_path / "report.md").read_text(encoding="utf-8")
