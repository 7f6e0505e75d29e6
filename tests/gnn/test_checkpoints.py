"""A run that is killed and begun again ends where an undisturbed one does."""

import dataclasses

import numpy as np
import pytest

from gnn import als, checkpoints, fit
from gnn.config import TRACK_CONFIG, FoldConfig
from graph.progress import NoProgress

CONFIG = dataclasses.replace(
    TRACK_CONFIG,
    als=dataclasses.replace(TRACK_CONFIG.als, factors=8, iterations=2),
    sage=dataclasses.replace(TRACK_CONFIG.sage, dim=8, epochs=3, batch_users=30, folds=FoldConfig("cut", count=2)),
)


class Killed(BaseException):
    """What nobody catches."""


class KillsAt(NoProgress):
    """Dies at the n-th sign of progress; counts them."""

    def __init__(self, at=None):
        self.at, self.count = at, 0

    def stage(self, name, total=None):
        self.advance()

    def advance(self, amount=1):
        self.count += 1
        if self.count == self.at:
            raise Killed


def arrays(fitted):
    return fitted.tower.to_arrays() | {"users": fitted.user_vectors}


def test_killed_anywhere_and_begun_again_the_result_is_the_same(listening, tmp_path):
    progress = KillsAt()
    whole = arrays(fit.fit(listening, CONFIG, progress=progress))
    assert progress.count > 10
    for at in (3, progress.count // 2, progress.count - 1):
        with checkpoints.kept_in(tmp_path / str(at)):
            with pytest.raises(Killed):
                fit.fit(listening, CONFIG, progress=KillsAt(at))
            again = arrays(fit.fit(listening, CONFIG))
        for name, values in whole.items():
            if values.dtype.kind == "f":
                np.testing.assert_allclose(again[name], values, atol=1e-6, err_msg=f"{name} after {at}")


def test_what_is_finished_is_not_done_again(listening, tmp_path, monkeypatch):
    with checkpoints.kept_in(tmp_path):
        first = arrays(fit.fit(listening, CONFIG))
        monkeypatch.setattr(als, "_factors", None)  # would not survive a call
        progress = KillsAt()
        again = arrays(fit.fit(listening, CONFIG, progress=progress))
    np.testing.assert_array_equal(again["item_vectors"], first["item_vectors"])


def test_other_data_or_another_config_finds_nothing(listening, tmp_path):
    other = dataclasses.replace(CONFIG, als=dataclasses.replace(CONFIG.als, alpha=1.0))
    half = listening.select(np.arange(len(listening)) % 2 == 0)
    with checkpoints.kept_in(tmp_path):
        fit.fit(listening, CONFIG)
        kept = {
            "config": arrays(fit.fit(listening, other)),
            "data": arrays(fit.fit(half, CONFIG)),
        }
    np.testing.assert_allclose(kept["config"]["item_vectors"], arrays(fit.fit(listening, other))["item_vectors"])
    np.testing.assert_allclose(kept["data"]["item_vectors"], arrays(fit.fit(half, CONFIG))["item_vectors"])


def test_a_damaged_checkpoint_is_made_anew(tmp_path):
    def make():
        made.append(1)
        return {"values": np.arange(3.0)}

    made = []
    with checkpoints.kept_in(tmp_path):
        checkpoints.remembered("thing", (1,), make)
        checkpoints.remembered("thing", (1,), make)
        assert len(made) == 1
        (file,) = tmp_path.iterdir()
        content = file.read_bytes()
        for damaged in (b"", content[:40], content.replace(np.arange(3.0).tobytes(), bytes(24))):
            file.write_bytes(damaged)
            kept = checkpoints.remembered("thing", (1,), make)
            np.testing.assert_array_equal(kept["values"], np.arange(3.0))
        assert len(made) == 4


def test_nothing_is_kept_where_nobody_asked(tmp_path):
    checkpoints.remembered("thing", (), lambda: {"values": np.zeros(1)})
    assert checkpoints.load("thing") is None
    assert list(tmp_path.iterdir()) == []


def test_keys_tell_types_shapes_and_places_apart():
    same = np.arange(4)
    keys = [
        checkpoints.key(same),
        checkpoints.key(same.reshape(2, 2)),
        checkpoints.key(same.astype(np.int32)),
        checkpoints.key(same[:2], same[2:]),
        checkpoints.key("1", 1),
        checkpoints.key(1, "1"),
    ]
    assert len(set(keys)) == len(keys)
