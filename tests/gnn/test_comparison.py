"""Several models over several runs: means, deviations, paired intervals, cohorts, and what was recorded meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from gnn import cohorts, curves
from gnn.comparison import tabulate
from gnn.config import TRACK_CONFIG, FitConfig
from gnn.data import TrainingData
from gnn.evaluate import MODELS, Result, evaluate
from gnn.intervals import Run, difference
from gnn.metrics import Lists, Scores, measure
from gnn.splits import Split, global_cut, random_share
from graph.errors import InvalidRequestError, NotEnoughDataError
from graph.progress import Progress

Make = Callable[..., TrainingData]


def result_of(split: Split, items: list[list[int]]) -> Result:
    lists = Lists(np.unique(split.test_user_row), np.array(items))
    return Result(measure(lists, split), 1.0, lists)


def small_split(make_data: Make) -> Split:
    return Split(make_data([(0, 0), (1, 0), (2, 5)], 3, 6), np.array([0, 1, 2]), np.array([1, 1, 1]), 0)


def test_means_and_deviations_over_runs(make_data: Make) -> None:
    split = small_split(make_data)
    good, bad = result_of(split, [[1, 2]] * 3), result_of(split, [[1, 2], [2, 3], [2, 3]])
    table = tabulate({"one": [good, bad], "other": [bad, bad]}, "other")
    assert table.rows["one"].mean["recall@2"] == pytest.approx(2 / 3)
    assert table.rows["one"].deviation["recall@2"] == pytest.approx(np.std([1, 1 / 3], ddof=1))
    assert table.rows["other"].deviation["recall@2"] == 0.0
    assert table.rows["other"].differences == {}
    found = table.rows["one"].differences["recall@2"]
    assert found.mean == pytest.approx(1 / 3)
    assert found.low <= found.mean <= found.high


def test_json_keeps_the_means_on_top_and_adds_the_rest(make_data: Make) -> None:
    split = small_split(make_data)
    one = result_of(split, [[1, 2]] * 3)
    single = tabulate({"a": [one], "b": [one]}, "a").to_json()
    assert {"recall@2", "ndcg@2", "coverage@2", "trainSeconds", "difference"} <= set(single["b"])
    assert "difference" not in single["a"]
    assert single["b"]["difference"] == {
        "against": "a",
        "recall@2": {"mean": 0.0, "low": 0.0, "high": 0.0},
        "ndcg@2": {"mean": 0.0, "low": 0.0, "high": 0.0},
    }
    assert tabulate({"a": [one, one]}, "a").to_json()["a"]["runs"] == 2


def test_a_model_that_was_not_measured_cannot_be_compared_with(make_data: Make) -> None:
    with pytest.raises(InvalidRequestError, match="'sage' was not measured: compare with one of als"):
        tabulate({"als": [result_of(small_split(make_data), [[1]] * 3)]}, "sage")


def test_a_sure_difference_leaves_out_zero_and_runs_are_joined_by_user(make_data: Make) -> None:
    split = small_split(make_data)
    good, bad = result_of(split, [[1, 2]] * 3).run, result_of(split, [[2, 3]] * 3).run
    found = difference([good, good], [bad, bad], "recall")
    assert (found.mean, found.low, found.high, found.sure) == (1.0, 1.0, 1.0, True)
    assert not difference([good], [good], "recall").sure
    part = Run(np.array([2]), measure(Lists(np.array([2]), np.array([[2, 3]])), split))
    assert difference([good, part], [good, part], "recall").mean == 0.0


def test_recall_by_history_and_cohort_counts_every_user_once(listening: TrainingData) -> None:
    split = global_cut(listening)
    found = evaluate(split, ["popularity"], k=5)["popularity"]
    users = found.lists.user_row
    lengths = cohorts.by_length(found.quality, users, split.train)
    assert sum(group.count for group in lengths) == len(users)
    weighted = sum(group.count * group.recall for group in lengths) / len(users)
    assert weighted == pytest.approx(found.quality.recall.mean())
    halves = cohorts.by_cohort(found.quality, users, split.train)
    assert [group.label for group in halves] == [label for pair in cohorts.COHORTS for label in pair]
    for low, high in zip(halves[::2], halves[1::2], strict=True):
        assert low.count + high.count == len(users)


def test_without_times_nobody_is_new(listening: TrainingData) -> None:
    data = replace(listening, at=np.zeros(len(listening), np.int64), has_times=False)
    split = random_share(data, 0)
    found = evaluate(split, ["popularity"], k=5)["popularity"]
    labels = {group.label for group in cohorts.by_cohort(found.quality, found.lists.user_row, split.train)}
    assert not labels & {"new", "established"}


def test_popular_lists_find_popular_items_only(make_data: Make) -> None:
    pairs = [(user, 0) for user in range(6)] + [(user, 1) for user in range(5)] + [(0, 2), (1, 3), (2, 4)]
    train = make_data(pairs, 8, 6)
    split = Split(train, np.array([6, 6, 7, 7]), np.array([0, 2, 1, 3]), 0)
    lists = Lists(np.array([6, 7]), np.array([[0, 1, 5], [0, 1, 5]]))
    groups = cohorts.by_popularity(lists, split, 2)
    assert [(group.label, group.count, group.recall) for group in groups] == [
        ("1-1", 2, 0.0),
        ("5-5", 1, 1.0),
        ("6-6", 1, 1.0),
    ]


def test_curves_are_kept_only_while_somebody_records() -> None:
    curves.record("loss", 1, 9.0)
    with curves.recording() as outer:
        curves.record("loss", 1, 3.0)
        with curves.recording() as inner:
            curves.record("loss", 2, 2.0)
        curves.record("loss", 3, 1.0)
    curves.record("loss", 4, 0.0)
    assert [point.value for point in outer] == [3.0, 1.0]
    assert [point.step for point in inner] == [2]


def test_the_evaluation_keeps_the_curve_of_each_model(listening: TrainingData) -> None:
    def learner(split: Split, config: FitConfig, progress: Progress) -> Scores:
        curves.record("loss", 1, 0.5)
        return MODELS["popularity"](split, config, progress)

    found = evaluate(global_cut(listening), ["learner", "popularity"], registry={**MODELS, "learner": learner}, k=5)
    assert [point.value for point in found["learner"].curve] == [0.5]
    assert found["popularity"].curve == ()


def test_networks_draw_the_curve_of_their_loss_one_point_an_epoch(listening: TrainingData) -> None:
    small = replace(
        TRACK_CONFIG, als=replace(TRACK_CONFIG.als, factors=8), sage=replace(TRACK_CONFIG.sage, dim=16, epochs=2)
    )
    found = evaluate(global_cut(listening), ["sage", "sequence"], config=small, k=5)
    curve = found["sage"].curve
    assert [(point.name, point.step) for point in curve] == [("loss of GraphSAGE", 1), ("loss of GraphSAGE", 2)]
    assert all(0 < point.value < 20 for point in curve)
    steps = [point.step for point in found["sequence"].curve]
    assert steps == list(range(1, len(steps) + 1))


def test_what_the_data_cannot_feed_is_left_out_with_its_reason_where_that_is_asked(listening: TrainingData) -> None:
    def hungry(split: Split, config: FitConfig, progress: Progress) -> Scores:
        raise InvalidRequestError("needs tags")

    registry, left_out = {**MODELS, "hungry": hungry}, dict[str, str]()
    found = evaluate(global_cut(listening), ["hungry", "popularity"], registry=registry, left_out=left_out, k=5)
    assert set(found) == {"popularity"}
    assert left_out == {"hungry": "needs tags"}
    with pytest.raises(NotEnoughDataError, match="no model can be fed by these data, such as hungry"):
        evaluate(global_cut(listening), ["hungry"], registry=registry, left_out={}, k=5)
    with pytest.raises(InvalidRequestError, match="needs tags"):
        evaluate(global_cut(listening), ["hungry"], registry=registry, k=5)
