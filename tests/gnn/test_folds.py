"""What folds hide, and what an aligned basis keeps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gnn import als, folds, relations
from gnn.als import AlsConfig
from gnn.config import FoldConfig
from gnn.data import TrainingData

Make = Callable[..., TrainingData]
KINDS = (FoldConfig("random", 5), FoldConfig("time", 4), FoldConfig("cut", 3), FoldConfig("random", 2, cold_count=3))


@pytest.mark.parametrize("config", KINDS, ids=lambda config: f"{config.kind}-{config.cold_count}")
def test_nothing_supervised_is_visible(listening: TrainingData, config: FoldConfig) -> None:
    made = folds.make(listening, config)
    assert len(made) == config.count + config.cold_count
    for fold in made:
        assert not (fold.visible & fold.supervised).any()
        assert fold.supervised.any()


def test_random_folds_hide_every_edge_once(listening: TrainingData) -> None:
    times = sum(fold.supervised.astype(int) for fold in folds.make(listening, FoldConfig("random", 5)))
    assert (times == 1).all()


def test_time_folds_predict_what_came_next_and_hide_all_that_followed(listening: TrainingData) -> None:
    for fold in folds.make(listening, FoldConfig("time", 4, next_events=3)):
        for user in np.unique(listening.user_row[fold.supervised]):
            own = listening.user_row == user
            seen, asked = listening.at[own & fold.visible], listening.at[own & fold.supervised]
            assert seen.max() <= asked.min()
            assert len(asked) <= 3
            assert (listening.at[own & ~fold.visible] >= asked.min()).all()


def test_a_cut_hides_the_same_moment_from_everybody(listening: TrainingData) -> None:
    for fold in folds.make(listening, FoldConfig("cut", 3)):
        assert listening.at[fold.visible].max() < listening.at[~fold.visible].min()


def test_cold_folds_hide_each_user_once_but_for_three_items(listening: TrainingData) -> None:
    cold = folds.make(listening, FoldConfig("random", 2, cold_count=3))[2:]
    hidden = sum((~fold.visible).astype(int) for fold in cold)
    kept = np.bincount(listening.user_row[hidden == 0], minlength=60)
    assert set(kept.tolist()) == {0, 3}


def test_the_same_seed_gives_the_same_folds(listening: TrainingData) -> None:
    one, again = (folds.make(listening, FoldConfig("time", 2, seed=4)) for _ in "ab")
    assert all((a.visible == b.visible).all() for a, b in zip(one, again, strict=True))


def test_whitening_keeps_the_products(listening: TrainingData) -> None:
    shape = (len(listening.users), len(listening.items))
    fitted = als.fit(listening.user_row, listening.item_row, listening.count, shape, AlsConfig(factors=6))
    users = relations.fold_in(listening, fitted)
    basis = relations.whiten(fitted, users)
    before, after = users @ fitted.item_factors.T, (users @ basis.of_users) @ basis.items.T
    ratio = (before * after).sum() / (before**2).sum()
    np.testing.assert_allclose(after, ratio * before, atol=1e-4 * np.abs(after).max())


def test_alignment_undoes_a_rotation(listening: TrainingData) -> None:
    shape = (len(listening.users), len(listening.items))
    fitted = als.fit(
        listening.user_row, listening.item_row, listening.count, shape, AlsConfig(factors=6, regularization=0.1)
    )
    basis = relations.whiten(fitted, relations.fold_in(listening, fitted))
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((6, 6)))[0].astype(np.float32)
    turned = relations.Basis(basis.items @ turn, basis.of_users @ turn)
    back = relations.aligned(turned, basis)
    np.testing.assert_allclose(back.items, basis.items, atol=1e-4)
    np.testing.assert_allclose(back.of_users, basis.of_users, atol=1e-3)
