"""The NumPy network says what PyTorch says, its scores split without a rest, and it learns a planted order."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gnn import als
from gnn.als import AlsConfig
from gnn.data import TrainingData
from gnn.sequence import BUCKETS, SequenceConfig, SequenceModel, bucket, pauses
from gnn.sequence_windows import batches, sequences
from gnn.tower import History
from gnn.user_scores import vectors_of
from graph.errors import NotEnoughDataError

HOUR, DAY = 3_600, 86_400
LATE = 2**40
ALS = AlsConfig(factors=8, regularization=1.0, alpha=5.0, iterations=3, weighting="binary")
SMALL = SequenceConfig(length=12, state_dim=8, half_lives_days=(5.0, 100.0), negatives=16, epochs=2, batch=8)
ITEMS = np.arange(40)


def random_model(seed: int, blocks: int = 1) -> SequenceModel:
    import torch

    from gnn.sequence_net import SequenceNet, export

    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    net = SequenceNet(40, 6, 6, replace(SMALL, blocks=blocks))
    for parameter in net.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return export(net, generator.standard_normal((40, 6)).astype(np.float32))


def random_history(seed: int, length: int) -> History:
    generator = np.random.default_rng(seed)
    at = np.cumsum(generator.choice([0, 60, 200, 5 * HOUR, 3 * DAY], length))
    rows = generator.choice(40, length, replace=False)
    return History(rows, np.ones(length, np.float32), 1_400_000_000 + at)


def fitted_als(data: TrainingData) -> als.AlsModel:
    return als.fit(data.user_row, data.item_row, data.count, (len(data.users), len(data.items)), ALS)


@pytest.mark.parametrize("items", ["learned", "projected"])
@pytest.mark.parametrize("blocks", [1, 2])
def test_numpy_equals_pytorch(items: str, blocks: int) -> None:
    import torch

    from gnn.sequence_net import SequenceNet, export

    torch.manual_seed(3)
    generator = np.random.default_rng(3)
    config = replace(SMALL, blocks=blocks, items="learned" if items == "learned" else "projected")
    net, given = SequenceNet(40, 9, 6, config), generator.standard_normal((40, 9)).astype(np.float32)
    for parameter in net.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    model = export(net, given)
    history = random_history(4, 12)
    order = np.lexsort((history.item_rows, history.last_at))
    rows, at = history.item_rows[order], history.last_at[order]
    pause, starts = (torch.from_numpy(part)[None] for part in pauses(at))
    with torch.no_grad():
        values = net.items(torch.from_numpy(given))[torch.from_numpy(rows)][None]
        nothing = torch.zeros(1, 12, dtype=torch.bool)
        vectors = net(values, torch.from_numpy(at)[None], pause, starts, nothing)[0].numpy()
    for seen in range(1, 13):
        prefix = History(rows[:seen], np.ones(seen, np.float32), at[:seen])
        np.testing.assert_allclose(model.vector(prefix, LATE), vectors[seen - 1], atol=1e-5)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_shares_sum_to_the_score(seed: int, length: int) -> None:
    model, history = random_model(seed % 5), random_history(seed, length)
    shares = model.shares(history, LATE, ITEMS)
    assert shares.shape == (length, 40)
    np.testing.assert_allclose(shares.sum(axis=0), model.scores(history, LATE, ITEMS), atol=1e-4)


@given(st.integers(0, 2**32 - 1), st.integers(2, 30))
@settings(max_examples=25, deadline=None)
def test_only_the_last_plays_up_to_the_moment_are_read(seed: int, length: int) -> None:
    model, history = random_model(1), random_history(seed, length)
    as_of = int(np.median(history.last_at))
    seen = history.select(history.last_at <= as_of)
    order = np.lexsort((seen.item_rows, seen.last_at))[-SMALL.length :]
    np.testing.assert_array_equal(model.vector(history, as_of), model.vector(seen.select(order), LATE))
    turned = history.select(np.arange(length)[::-1])
    np.testing.assert_array_equal(model.vector(turned, LATE), model.vector(history, LATE))


def test_no_history_is_zeros_and_a_saved_model_is_the_same(tmp_path: object) -> None:
    model = random_model(2, blocks=2)
    assert not model.vector(History.none(), LATE).any()
    assert not model.scores(History.none(), LATE, ITEMS).any()
    path = f"{tmp_path}/sequence.npz"
    np.savez(path, **model.to_arrays())
    with np.load(path, allow_pickle=False) as arrays:
        again = SequenceModel.from_arrays(arrays)
    assert again.config == model.config
    history = random_history(5, 20)
    np.testing.assert_array_equal(again.vector(history, LATE), model.vector(history, LATE))


def test_pauses_are_bucketed_by_powers_of_two_and_sessions_begin_after_half_an_hour() -> None:
    np.testing.assert_array_equal(bucket(np.array([0, 1, 2, 3, 7, 2**40])), [0, 1, 1, 2, 3, BUCKETS - 1])
    pause, starts = pauses(np.array([0, 60, 60 + 1801, 60 + 1801 + 1800]))
    np.testing.assert_array_equal(starts, [1, 0, 1, 0])
    assert pause[0] == 0


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 5, 8]))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_asked_position_is_supervised_once_and_targets_follow(
    listening: TrainingData, seed: int, length: int
) -> None:
    found = sequences(listening)
    config = replace(SMALL, length=length, horizon=3, after_session=False)
    generator = np.random.default_rng(seed)
    asked = generator.random(len(found.user_row)) < 0.4
    place = {pair: at for at, pair in enumerate(zip(found.user_row.tolist(), found.item_row.tolist(), strict=True))}
    positions = []
    for windows in batches(found, asked, config, generator):
        for row, column in zip(*np.nonzero(windows.target >= 0), strict=True):
            user = int(windows.user_row[row])
            at = place[user, int(windows.item_row[row, column])]
            positions.append(at)
            assert 1 <= place[user, int(windows.target[row, column])] - at <= 3
            assert column + 1 >= min(at - found.first[at] + 1, length - length // 2), "half a window before it, or all"
    np.testing.assert_array_equal(np.sort(positions), np.flatnonzero(asked & (found.left > 0)))


def test_with_after_session_targets_are_never_of_the_same_session(make_data: Callable[..., TrainingData]) -> None:
    at = [0, 60, 120, DAY, DAY + 60, 2 * DAY]
    found = sequences(make_data([(0, item) for item in range(6)], 1, 6, at=at))
    np.testing.assert_array_equal(found.session_left, [2, 1, 0, 1, 0, 0])
    config = replace(SMALL, length=12, horizon=1, after_session=True)
    asked = np.ones(6, np.bool_)
    targets = {
        int(windows.item_row[row, column]): int(windows.target[row, column])
        for windows in batches(found, asked, config, np.random.default_rng(0))
        for row, column in zip(*np.nonzero(windows.target >= 0), strict=True)
    }
    assert targets == {0: 3, 1: 3, 2: 3, 3: 5, 4: 5}


def test_what_is_asked_after_a_cut_is_answered_from_factors_fitted_before_it(listening: TrainingData) -> None:
    """Factors of a lesson stay the same to the bit when everything after its cut is somebody else's play."""
    from gnn import sequence_training
    from gnn.relations import fold_in, whiten

    def made(data: TrainingData) -> list[sequence_training.Lesson]:
        config = replace(SMALL, cuts=(0.6,))
        content = np.zeros((40, 1), np.float32)
        model = fitted_als(listening)
        basis = whiten(model, fold_in(listening, model))
        return list(sequence_training.lessons(data, sequences(data), model, basis, content, config))

    cut = int(np.quantile(listening.at, 0.6))
    changed = replace(
        listening, item_row=np.where(listening.at >= cut, (listening.item_row + 1) % 40, listening.item_row)
    )
    one, other = made(listening)[0], made(changed)[0]
    np.testing.assert_array_equal(one.given, other.given)
    assert (sequences(listening).at[one.asked] >= cut).all()


@pytest.fixture(scope="module")
def ring(make_data: Callable[..., TrainingData]) -> TrainingData:
    """A ring of 48 tracks; every user starts somewhere and plays the next twelve in order, a day apart."""
    pairs = [(user, (5 * user + step) % 48) for user in range(144) for step in range(12)]
    return make_data(pairs, 144, 48, at=[1_400_000_000 + DAY * step for _ in range(144) for step in range(12)])


def test_a_planted_order_is_learned(ring: TrainingData) -> None:
    """What comes next is preferred to what came before the first play, which shares just as many listeners."""
    from gnn import sequence_training

    config = replace(SMALL, length=8, horizon=1, epochs=20, batch=32, learning_rate=1e-2, item_rate=1.0, negatives=48)
    model = sequence_training.fit(ring, fitted_als(ring), config)
    right = 0
    for start in range(48):
        rows = (start + np.arange(6)) % 48
        history = History(rows, np.ones(6, np.float32), 1_500_000_000 + DAY * np.arange(6))
        after, before = model.scores(history, LATE, np.array([(start + 6) % 48, (start - 1) % 48]))
        right += int(after > before)
    assert right >= 46, f"{right} of 48 orders are right"


def test_the_same_seed_gives_the_same_model(listening: TrainingData) -> None:
    from gnn import sequence_training

    model = fitted_als(listening)
    one, other = (sequence_training.fit(listening, model, replace(SMALL, epochs=1)) for _ in range(2))
    np.testing.assert_array_equal(one.items, other.items)
    users = np.arange(60)
    np.testing.assert_array_equal(vectors_of(one, listening, users, LATE), vectors_of(other, listening, users, LATE))


def test_without_times_there_is_no_sequence(checkerboard: TrainingData) -> None:
    from gnn import sequence_training

    with pytest.raises(NotEnoughDataError, match="play times"):
        sequence_training.fit(checkerboard, fitted_als(checkerboard), SMALL)


def test_serving_needs_no_torch() -> None:
    script = "import sys, gnn.sequence, gnn.cultural, gnn.context; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
