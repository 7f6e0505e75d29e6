"""No held-out pair reaches a model: not by features, message graph, factors, tags or popularity.

The detector changes what was held out: the scores must stay equal to the bit. Where a leak is planted it sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from api.evaluation import MODELS
from gnn.als import AlsConfig
from gnn.baselines import popularity
from gnn.config import ARTIST_CONFIG, TRACK_CONFIG, FitConfig
from gnn.data import Terms, TrainingData
from gnn.evaluate import MODELS as GNN_MODELS
from gnn.evaluate import Model
from gnn.metrics import Scores
from gnn.splits import Split, global_cut, random_share, random_tenths
from graph.progress import NoProgress, Progress

EVERYBODY = np.arange(60)
SMALL = {
    config.als.weighting: replace(
        config,
        als=AlsConfig(factors=8, regularization=1.0, alpha=4.0, iterations=4, weighting=config.als.weighting),
        sage=replace(config.sage, dim=8, epochs=1),
    )
    for config in (ARTIST_CONFIG, TRACK_CONFIG)
}


def without_times(data: TrainingData) -> TrainingData:
    """The data without times, with every tag said by a user: half of them by a listener of the item."""
    generator = np.random.default_rng(3)
    said = generator.choice(len(data), 120)
    by_listener = (data.user_row[said], data.item_row[said])
    user = np.concatenate([by_listener[0], generator.integers(0, 60, 120)])
    item = np.concatenate([by_listener[1], generator.integers(0, 40, 120)])
    terms = Terms(user, item, (item + user) % 11, np.ones(240), 11)
    return replace(data, at=np.zeros(len(data), np.int64), has_times=False, terms=terms)


SPLITS: dict[str, tuple[Callable[[TrainingData], TrainingData], Callable[[TrainingData], Split], FitConfig]] = {
    "cut in time": (lambda data: data, global_cut, SMALL["binary"]),
    "random": (without_times, lambda data: random_share(data, 0), SMALL["log"]),
}


def altered(data: TrainingData, split: Split) -> TrainingData:
    """The data with the held-out pairs made many times louder, and each retagged by its user."""
    held = ~np.isin(data.pairs, split.train.pairs)
    terms = data.terms
    by_pair = (terms.user_row >= 0) & np.isin(terms.user_row * len(data.items) + terms.item_row, data.pairs[held])
    return replace(
        data,
        count=np.where(held, data.count * 50, data.count).astype(np.float32),
        terms=replace(terms, term_row=np.where(by_pair, (terms.term_row + 5) % 11, terms.term_row)),
    )


def swapped(split: Split) -> Split:
    """The split with other held-out items than the true ones."""
    return replace(split, test_item_row=(split.test_item_row + 7) % len(split.train.items))


def scores_of(model: Model, split: Split, config: FitConfig) -> np.ndarray:
    return np.asarray(model(split, config, NoProgress())(EVERYBODY))


def leaks(model: Model, name: str, listening: TrainingData) -> bool:
    """Whether the model's scores change with what was held out from it."""
    prepare, cut, config = SPLITS[name]
    data = prepare(listening)
    split = cut(data)
    changed = swapped(cut(altered(data, split)))
    assert changed.train.pairs.tolist() == split.train.pairs.tolist()
    return not np.array_equal(scores_of(model, split, config), scores_of(model, changed, config))


@pytest.mark.parametrize("name", MODELS)
def test_no_model_changes_with_what_is_held_out_by_time(name: str, listening: TrainingData) -> None:
    assert not leaks(MODELS[name], "cut in time", listening)


@pytest.mark.parametrize("name", [name for name in GNN_MODELS if name not in ("artist_path", "sequence")])
def test_no_model_changes_with_what_is_held_out_at_random(name: str, listening: TrainingData) -> None:
    assert not leaks(MODELS[name], "random", listening)


def of_test_pairs(split: Split, config: FitConfig, progress: Progress) -> Scores:
    """Features that tell the held-out pairs."""
    scores = np.zeros((60, 40), np.float32)
    scores[split.test_user_row, split.test_item_row] = 1.0
    return lambda rows: scores[rows]


def trained_on_everything(name: str) -> Model:
    """A model whose training part was joined with what it is tested on."""

    def model(split: Split, config: FitConfig, progress: Progress) -> Scores:
        train, held = split.train, len(split.test_user_row)
        joined = replace(
            train,
            user_row=np.concatenate([train.user_row, split.test_user_row]),
            item_row=np.concatenate([train.item_row, split.test_item_row]),
            count=np.concatenate([train.count, np.ones(held, np.float32)]),
            at=np.concatenate([train.at, np.full(held, split.as_of)]),
        )
        return MODELS[name](replace(split, train=joined), config, progress)

    return model


def of_test_popularity(split: Split, config: FitConfig, progress: Progress) -> Scores:
    """Listeners counted over train and test."""
    known = split.train.popularity + np.bincount(split.test_item_row, minlength=40)
    return lambda rows: np.tile(known.astype(np.float32), (len(rows), 1))


LOOKING: dict[str, Model] = {
    "features": of_test_pairs,
    "popularity": of_test_popularity,
    "factors": trained_on_everything("als"),
    "message graph": trained_on_everything("lightgcn"),
    "neighbours": trained_on_everything("itemknn"),
}


@pytest.mark.parametrize("leak", LOOKING)
@pytest.mark.parametrize("name", SPLITS)
def test_the_detector_sees_a_model_that_looks(leak: str, name: str, listening: TrainingData) -> None:
    assert leaks(LOOKING[leak], name, listening)


def test_the_detector_sees_counts_and_tags_that_stay_behind(
    listening: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut by hand, without what ``select`` removes, the tags of held-out pairs show."""

    def careless(self: TrainingData, chosen: np.ndarray) -> TrainingData:
        rows = {name: getattr(self, name)[chosen] for name in ("user_row", "item_row", "count", "at")}
        return replace(self, **rows)

    assert not leaks(MODELS["genre_profile"], "random", listening)
    monkeypatch.setattr(TrainingData, "select", careless)
    assert leaks(MODELS["genre_profile"], "random", listening)
    assert leaks(MODELS["sage"], "random", listening)


@pytest.mark.parametrize("name", ["global", "random", "tenths", "tenths, validation"])
def test_no_held_out_pair_is_trained_on_and_no_tag_of_one_is_kept(name: str, listening: TrainingData) -> None:
    data = without_times(listening)
    split = {
        "global": lambda: global_cut(listening),
        "random": lambda: random_share(data, 0),
        "tenths": lambda: random_tenths(data, 0),
        "tenths, validation": lambda: random_tenths(data, 0, validation=True),
    }[name]()
    train, width = split.train, len(split.train.items)
    held = np.concatenate(
        [
            split.test_user_row * width + split.test_item_row,
            split.hidden_user_row * width + split.hidden_item_row,
        ]
    )
    assert len(held)
    assert not np.isin(held, train.pairs).any()
    terms = train.terms
    assert not np.isin(terms.user_row * width + terms.item_row, held).any()


def test_popularity_counts_the_training_part_only(make_data: Callable[..., TrainingData]) -> None:
    data = make_data([(0, 0), (1, 1), (2, 1), (3, 1)], 4, 2)
    train = data.select(np.array([True, False, False, True]))
    assert popularity(train)(np.array([0])).tolist() == [[1.0, 1.0]]
