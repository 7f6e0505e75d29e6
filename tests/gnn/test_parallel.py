"""Where and how the network is trained does not change what it learns: lazy features, devices, several processes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gnn import folds, paths, training
from gnn.config import TRACK_CONFIG, FitConfig
from gnn.data import TrainingData
from gnn.fit import fit, fit_als
from gnn.parallel import Workers, leads, training_device
from gnn.sage import Sage, shape_of

ROOT = Path(__file__).resolve().parents[2]
SMALL = replace(
    TRACK_CONFIG,
    als=replace(TRACK_CONFIG.als, factors=6, iterations=3),
    sage=replace(TRACK_CONFIG.sage, dim=6, epochs=2, batch_users=16, candidates=20),
)


def lesson_of(data: TrainingData, config: FitConfig) -> tuple[training.Lesson, Sage]:
    start = training.start(data, fit_als(data, config), config.sage)
    fold = folds.make(data, config.sage.folds)[0]
    return training.prepare(data, start, fold, config.sage), Sage(shape_of(start.inputs, start.graph), config.sage)


def test_lazy_features_equal_those_made_at_once(listening: TrainingData, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = lesson_of(listening, SMALL)
    monkeypatch.setattr(paths, "DENSE_BYTES", 0)
    lazy, _ = lesson_of(listening, SMALL)
    rows = np.array([7, 0, 3, 7])
    for one, other in ((whole.users, lazy.users), (whole.items, lazy.items)):
        assert isinstance(other, paths.LazyFeatures)
        assert len(one) == len(other)
        np.testing.assert_array_equal(one.rows(rows).dense, other.rows(rows).dense)
        for matrix, again in zip(one.rows(rows).groups, other.rows(rows).groups, strict=True):
            np.testing.assert_array_equal(matrix.toarray(), again.toarray())


@pytest.mark.parametrize("candidates", [20, 4096])
def test_training_on_lazy_features_is_the_same_training(
    listening: TrainingData, monkeypatch: pytest.MonkeyPatch, candidates: int
) -> None:
    config = replace(SMALL, sage=replace(SMALL.sage, candidates=candidates))
    whole = fit(listening, config)
    monkeypatch.setattr(paths, "DENSE_BYTES", 0)
    np.testing.assert_allclose(fit(listening, config).item_vectors, whole.item_vectors, atol=1e-5)


@pytest.mark.parametrize("candidates", [20, 4096])
def test_a_step_computes_where_the_model_is(listening: TrainingData, candidates: int) -> None:
    """The device ``meta`` has no numbers, and refuses what mixes it with the CPU as CUDA does."""
    config = replace(SMALL, sage=replace(SMALL.sage, candidates=candidates))
    lesson, model = lesson_of(listening, config)
    rows = np.arange(8)
    chosen = training._candidates(lesson, rows, candidates, np.random.default_rng(0))
    loss = training._Loss(model.to("meta"), config.sage, Workers())(lesson, rows, chosen)
    loss.backward()
    assert loss.device.type == "meta"
    assert {p.grad.device.type for p in model.parameters() if p.grad is not None} == {"meta"}


def test_parts_of_a_batch_cover_it_once() -> None:
    rows = np.arange(100, 111)
    parts = [Workers(rank, 3).part(rows) for rank in range(3)]
    assert sorted(np.concatenate(parts).tolist()) == rows.tolist()
    assert Workers().part(rows) is rows


def test_alone_this_process_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    assert leads()
    for name, value in (("RANK", "1"), ("WORLD_SIZE", "2"), ("LOCAL_RANK", "1")):
        monkeypatch.setenv(name, value)
    assert not leads()


def test_the_device_is_the_gpu_of_this_process_or_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert training_device(Workers(3, 4, local_rank=1)) == torch.device("cuda", 1)
    assert training_device(Workers(3, 4, local_rank=2)) == torch.device("cpu")


def test_two_processes_learn_what_one_learns(listening: TrainingData, tmp_path: Path) -> None:
    """Started by ``torchrun``, connected by Gloo, with the same global batch."""
    given = tmp_path / "world.npz"
    np.savez(given, user=listening.user_row, item=listening.item_row, at=listening.at)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--master-port=0", "--standalone"]
    script = Path(__file__).with_name("two_processes.py")
    done = subprocess.run(
        [*command, str(script), str(given), str(tmp_path)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    first, second = (np.load(tmp_path / f"rank{rank}.npz") for rank in (0, 1))
    np.testing.assert_array_equal(first["vectors"], second["vectors"])
    together, alone = first["vectors"][:, :-1], first["alone"][:, :-1]  # the last is a root of what rounding left of 1
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert not np.allclose(first["alone"], first["untrained"], atol=1e-3), "training must have moved the vectors"
