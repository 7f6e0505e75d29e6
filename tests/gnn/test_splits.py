"""The splits, against the scripts that define them and on worlds small enough to see through."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gnn import metrics, splits
from gnn.data import TrainingData
from gnn.splits import Split

SHARED = Path(__file__).resolve().parents[2] / "../shared"
Make = Callable[..., TrainingData]


def local(name: str) -> Path:
    folder = SHARED / "data" / name
    if not folder.is_dir():
        pytest.skip(f"local data set absent: ../shared/data/{name}")
    return folder


def written(script: str, arguments: list[str], out: Path, data: Path) -> tuple[set[tuple[int, int]], ...]:
    """The (user, item) pairs of train and test as a script writes them."""
    path = SHARED / "evaluation" / script
    subprocess.run([sys.executable, "-B", str(path), *arguments, str(out), str(data)], check=True, capture_output=True)
    parts = (np.loadtxt(out / f"{name}.tsv", dtype=np.int64)[:, :2] for name in ("train", "test"))
    return tuple(set(map(tuple, part.tolist())) for part in parts)


def found(split: Split) -> tuple[set[tuple[int, int]], ...]:
    """The pairs of train and test by the numbers in their ids."""
    train = split.train
    users, items = (
        np.array([int(value.rsplit(":", 1)[-1]) for value in ids.values.tolist()]) for ids in (train.users, train.items)
    )
    parts = ((train.user_row, train.item_row), (split.test_user_row, split.test_item_row))
    return tuple(set(zip(users[user].tolist(), items[item].tolist(), strict=True)) for user, item in parts)


def test_hetrec_splits_are_those_of_the_script(tmp_path: Path) -> None:
    data = local("hetrec2011-lastfm-2k")
    from api.evaluation import hetrec_split

    for seed in ("0", "2"):
        assert found(hetrec_split(data, seed, "test")) == written("hetrec_split.py", [seed], tmp_path, data)


@pytest.mark.parametrize("protocol", ["global", "per-user"])
def test_lfm1m_splits_are_those_of_the_script(protocol: str, tmp_path: Path, lfm1m: dict[str, TrainingData]) -> None:
    data = local("lfm1m-kg")
    whole, earlier = lfm1m["whole"], lfm1m["earlier"]
    if protocol == "global":
        test, validation = splits.global_cut(whole), splits.global_cut(whole, validation=True)
    else:
        test = splits.per_user(whole, splits.absent_from(whole, earlier))
        validation = splits.per_user_validation(earlier)
    assert found(test) == written("lfm1m_split.py", [protocol, "test"], tmp_path, data)
    assert found(validation) == written("lfm1m_split.py", [protocol, "validation"], tmp_path, data)


@pytest.fixture(scope="module")
def lfm1m() -> dict[str, TrainingData]:
    folder = local("lfm1m-kg")
    from gnn.data import of_tracks
    from ingest.collect import collect
    from ingest.sources.lfm1m import Lfm1m

    return {
        "whole": of_tracks(collect(Lfm1m(folder, include_test=True))),
        "earlier": of_tracks(collect(Lfm1m(folder))),
    }


def test_global_cut_shows_nothing_from_the_cut_on(listening: TrainingData) -> None:
    split = splits.global_cut(listening)
    cut = int(np.quantile(listening.at, 0.8))
    assert (split.train.at < cut).all()
    assert len(split.train) == int((listening.at < cut).sum())
    assert split.as_of < cut


def test_users_without_history_are_not_tested(make_data: Make) -> None:
    pairs = [(0, item) for item in range(8)] + [(1, 8), (1, 0)]
    data = make_data(pairs, 2, 9, at=[10, 11, 12, 13, 14, 15, 90, 91, 92, 93])
    split = splits.global_cut(data, share=0.6)
    assert set(split.test_user_row.tolist()) <= {0}
    assert 8 not in split.test_item_row.tolist()


def test_five_core_drops_until_nothing_is_left_to_drop(make_data: Make) -> None:
    block = [(user, item) for user in range(5) for item in range(5)]
    chain = [(5, item) for item in range(4)] + [(5, 5), (6, 5)]  # item 5 goes, then user 5 has four items
    core = splits.five_core(make_data(block + chain, 7, 6))
    assert (len(core.users), len(core.items), len(core)) == (5, 5, 25)


def test_random_share_holds_out_a_fifth_of_each_user(listening: TrainingData) -> None:
    split = splits.random_share(listening, 0)
    held = np.bincount(split.test_user_row, minlength=60)
    had = np.bincount(listening.user_row, minlength=60)
    assert held.tolist() == [max(1, round(count * 0.2)) for count in had.tolist()]
    assert len(split.train) + len(split.test_user_row) == len(listening)


def test_tenths_are_eight_one_and_one_of_each_user_and_leave_nobody_out(listening: TrainingData) -> None:
    split, validation = splits.random_tenths(listening, 0), splits.random_tenths(listening, 0, validation=True)
    had = np.bincount(listening.user_row, minlength=60)
    tenth = np.maximum(1, had // 10)
    assert np.bincount(split.test_user_row, minlength=60).tolist() == tenth.tolist()
    assert np.bincount(split.hidden_user_row, minlength=60).tolist() == tenth.tolist()
    assert split.train.pairs.tolist() == validation.train.pairs.tolist()
    assert validation.test_item_row.tolist() == split.hidden_item_row.tolist()
    assert len(split.train) + len(split.test_user_row) + len(split.hidden_user_row) == len(listening)


@pytest.mark.parametrize(("events", "parts"), [(1, (1, 0, 0)), (2, (1, 0, 1)), (3, (1, 1, 1)), (50, (40, 5, 5))])
def test_tenths_of_short_histories_leave_one_to_train_on(
    events: int, parts: tuple[int, int, int], make_data: Make
) -> None:
    split = splits.random_tenths(make_data([(0, item) for item in range(events)], 1, events), 0)
    assert (len(split.train), len(split.hidden_item_row), len(split.test_item_row)) == parts


def test_hidden_pairs_are_not_ranked(make_data: Make) -> None:
    split = Split(make_data([(0, 0)], 1, 4), np.array([0]), np.array([3]), 0, "", np.array([0, 0]), np.array([1, 2]))
    assert metrics.rank(lambda rows: np.ones((len(rows), 4), np.float32), split, 1).items.tolist() == [[3]]


def test_hetrec_in_tenths_is_the_whole_data_set() -> None:
    data = local("hetrec2011-lastfm-2k")
    from api.evaluation import hetrec_split

    split = hetrec_split(data, "8:1:1", "test")
    assert (len(split.train.users), len(split.train.items)) == (1892, 17_632)
    assert len(split.train) + len(split.test_user_row) + len(split.hidden_user_row) == 92_834
