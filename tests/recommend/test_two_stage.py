"""Two stages on a split: nothing of the test part is seen, one fit serves all models, and the cap holds."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn import fit as models
from gnn import splits
from gnn.config import TRACK_CONFIG
from gnn.data import of_tracks
from gnn.metrics import rank
from graph.errors import InvalidRequestError
from graph.progress import NoProgress
from recommend import two_stage
from recommend.learn import LearnConfig
from recommend.trees import TreeConfig
from recommend.two_stage import CAPPED, TwoStage, arrays_of, capped, inner_cut

QUICK = LearnConfig(trees=TreeConfig(leaves=4, depth=3, trees=10, least_in_leaf=5))
SMALL = dataclasses.replace(
    TRACK_CONFIG,
    als=dataclasses.replace(TRACK_CONFIG.als, factors=16),
    sage=dataclasses.replace(TRACK_CONFIG.sage, dim=16),
)


@pytest.fixture(scope="module")
def split(two_scenes):
    return splits.global_cut(of_tracks(two_scenes))


@pytest.fixture(scope="module")
def fits(split):
    """The models of a report, and the training parts that were fitted for them."""
    seen = []

    def spy(data, config, *, progress):
        seen.append(data)
        return models.fit(data, config, progress=progress)

    stages = TwoStage(QUICK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(two_stage, "fit", spy)
        scores = {name: model(split, SMALL, NoProgress()) for name, model in stages.models().items()}
    return scores, seen


def test_one_fit_before_the_inner_cut_and_one_on_all_serve_every_model(split, fits):
    scores, seen = fits
    assert set(scores) == {"lambdarank", "linear", "fusion", *(f"lambdarank_cap{cap}" for cap in (5, 3, 2, 1))}
    inner, whole = seen
    assert whole is split.train
    assert set(inner.pairs.tolist()) < set(split.train.pairs.tolist())


def test_no_fit_sees_what_it_is_tested_on(split, fits):
    tested = set((split.test_user_row * len(split.train.items) + split.test_item_row).tolist())
    for data in fits[1]:
        assert not tested & set(data.pairs.tolist())
        assert data.at.max() <= split.as_of
    inner = inner_cut(split)
    later = set((inner.test_user_row * len(split.train.items) + inner.test_item_row).tolist())
    assert later
    assert not later & set(fits[1][0].pairs.tolist())


def test_nobody_is_ranked_the_other_scene_first(split, fits):
    for scores in fits[0].values():
        lists = rank(scores, split, 10)
        for user, items in zip(lists.user_row, lists.items, strict=True):
            scene = str(split.train.users.values[user])[2]
            assert {str(id)[0] for id in split.train.items.values[items]} <= {scene, "x"}


def test_a_capped_list_holds_no_more_of_an_artist_while_there_are_others(split, fits):
    lists = rank(fits[0]["lambdarank_cap1"], split, 5)
    artist = split.train.performed_by.target_row[np.argsort(split.train.performed_by.source_row)]
    for items in lists.items:
        assert len(set(artist[items].tolist())) == 5


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 67), min_size=1, max_size=40, unique=True), st.integers(1, 5), st.integers(0, 99))
def test_a_cap_takes_the_best_of_each_artist(scenes, rows, cap, seed):
    rows = np.sort(np.array(rows))
    scores = np.random.default_rng(seed).random(len(rows)).astype(np.float32)
    found = capped(scenes.bundle.catalogue, rows, scores, cap)
    kept = found > scores - CAPPED / 2
    artist = scenes.bundle.catalogue.credits[rows, 0]
    for one in np.unique(artist):
        own = np.sort(scores[artist == one])[::-1]
        assert np.sort(scores[(artist == one) & kept])[::-1].tolist() == own[:cap].tolist()


def test_the_inner_cut_follows_the_protocol(split):
    by_time = inner_cut(split)
    assert by_time.train.at.max() < split.train.at.max()
    by_user = inner_cut(dataclasses.replace(split, protocol="lfm1m per-user"))
    held = np.bincount(by_user.test_user_row, minlength=len(split.train.users))
    assert (held[np.unique(split.train.user_row)] > 0).mean() > 0.9


def test_the_arrays_say_what_the_data_say(split):
    arrays = arrays_of(split.train, split.as_of)
    again = of_tracks(arrays)
    assert again.pairs.tolist() == split.train.pairs.tolist()
    assert again.at.tolist() == split.train.at.tolist()
    assert again.count.tolist() == split.train.count.tolist()
    assert arrays.watermark == split.as_of


def test_artists_are_refused(split):
    without = dataclasses.replace(split, train=dataclasses.replace(split.train, has_times=False))
    with pytest.raises(InvalidRequestError, match="two stages rank tracks by plays with times"):
        TwoStage(QUICK).models()["linear"](without, SMALL, NoProgress())
