"""From events to models: ALS, GraphSAGE, the vectors of all items, and the tower that serves users."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gnn import als, cold
from gnn.als import AlsModel
from gnn.cold import ContentTower
from gnn.config import ARTIST_CONFIG, TRACK_CONFIG, FitConfig
from gnn.data import Floats, TrainingData
from gnn.large import sized
from gnn.sane import sane
from gnn.tower import UserTower
from graph.errors import NotEnoughDataError
from graph.progress import NoProgress, Progress

if TYPE_CHECKING:
    from gnn.sage import Inferred, Sage
    from gnn.training import Start

LEAST_USERS, LEAST_ITEMS, LEAST_EVENTS = 8, 8, 64
"""Below this nothing can be learned that popularity does not say."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedModels:
    """What training leaves behind: plain arrays.

    Attributes:
        config: how it was trained.
        als: item factors and fold-in.
        tower: the user's side of GraphSAGE.
        item_vectors: float32 [n_items, dim], L2-normalised; of cold items from their content.
        user_vectors: float32 [n_users, dim] of the training users, L2-normalised; not served, see the tower.
        seconds: wall time by stage: ``als``, ``sage``.
        by_content: the vectors of tracks that come later; None where nothing is known of any track.
    """

    config: FitConfig
    als: AlsModel
    tower: UserTower
    item_vectors: Floats
    user_vectors: Floats
    seconds: dict[str, float]
    by_content: ContentTower | None = None


def preset(data: TrainingData) -> FitConfig:
    """The config that fits the data: with times that of tracks, without that of artists."""
    return TRACK_CONFIG if data.has_times else ARTIST_CONFIG


def fit_als(data: TrainingData, config: FitConfig) -> AlsModel:
    """Fit the factors.

    Raises:
        NotEnoughDataError: too few users, items or events.
    """
    users, items = len(np.unique(data.user_row)), len(np.unique(data.item_row))
    if users < LEAST_USERS or items < LEAST_ITEMS or len(data) < LEAST_EVENTS:
        raise NotEnoughDataError(
            f"training needs {LEAST_USERS} users, {LEAST_ITEMS} items and {LEAST_EVENTS} pairs of them, "
            f"found {users}, {items} and {len(data)}: import more plays"
        )
    shape = (len(data.users), len(data.items))
    return als.fit(data.user_row, data.item_row, data.count, shape, config.als)


def fit(data: TrainingData, config: FitConfig | None = None, *, progress: Progress | None = None) -> FittedModels:
    """Train everything on the events of ``data``; nothing is written, so that an interruption leaves nothing behind.

    Args:
        data: the events that may be seen; cut them with ``data.before(as_of)`` first where later ones exist.
        config: how; ``preset(data)`` by default; on large data with fewer folds, see ``gnn.large``.
        progress: told of the stages.

    Raises:
        NotEnoughDataError: too few users, items or events.
        SourceError: an event names a user or item that is none of the data's.
    """
    data = sane(data)
    config, progress = sized(config or preset(data), data), progress or NoProgress()
    begun = time.perf_counter()
    progress.stage("Fitting ALS", 1)
    factors = fit_als(data, config)
    progress.advance()
    fitted = time.perf_counter()
    from gnn import training  # PyTorch takes seconds to import: only when it is needed

    start = training.start(data, factors, config.sage)
    model = training.train(data, start, config.sage, progress)
    content = cold.content(data)
    tower, inferred = finished(model, start, data, config, content)
    warm = data.popularity >= config.cold_plays
    by_content = ContentTower.of(data, content, tower.item_vectors[:], tower.item_states[:], warm, config.ridge)
    seconds = {"als": fitted - begun, "sage": time.perf_counter() - begun}
    return FittedModels(config, factors, tower, tower.item_vectors[:], inferred.users, seconds, by_content)


def finished(
    model: Sage, start: Start, data: TrainingData, config: FitConfig, content: Floats | None = None
) -> tuple[UserTower, Inferred]:
    """The tower of a trained network, and what the network says of the whole graph.

    Args:
        model: trained.
        start: what it started from.
        data: the events.
        config: how it was trained.
        content: what is known of the items, as ``cold.content`` gives it; items that hardly anybody heard get their
            vectors from it and from the other items of their artists.
    """
    from gnn import sage

    inferred = sage.infer(model, start.inputs, start.graph)
    few = data.popularity < config.cold_plays
    known = cold.with_artists(cold.content(data) if content is None else content, inferred.items, data, few)
    vectors = cold.ridge(known, inferred.items, data.popularity, few, config.ridge)
    return replace(export(model, inferred, start, config), item_vectors=vectors), inferred


def export(model: Sage, inferred: Inferred, start: Start, config: FitConfig) -> UserTower:
    """The NumPy tower of a trained network; the basis of the factors becomes part of its weights."""
    from gnn import sage

    weights = sage.tower_weights(model)
    return UserTower(
        start.als,
        config.sage.half_lives_days,
        np.hstack(inferred.item_states),
        inferred.items,
        start.basis.of_users @ weights.own,
        weights.heard,
        start.basis.of_users @ weights.followed,
    )
