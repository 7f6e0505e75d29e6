"""How good lists are for new users and of new items: every way of ranking on one cold split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from gnn import cold, cold_scores
from gnn.cold_scores import Setting
from gnn.cold_splits import ColdSplit
from gnn.config import FitConfig
from gnn.data import Floats
from gnn.fit import FittedModels, fit
from gnn.metrics import Quality, Scores, evaluate
from graph.arrays import Rows
from graph.progress import NoProgress, Progress

Way = Callable[[Setting], Scores]

SHORT_MIX = (
    (cold_scores.item_knn, 1.0),
    (cold_scores.sage, 1.0),
    (cold_scores.artists_played, 1.0),
    (cold_scores.als, 0.5),
)
"""The mix of ``recommend.short``."""
FRIENDS_MIX = ((cold_scores.sage_of_friends, 1.0), (cold_scores.als, 0.5))
CONTENT_MIX = ((cold_scores.ridge_sage, 1.0), (cold_scores.content_cosine, 0.5))
PATH_MIX = ((cold_scores.artist_path, 1.0), (cold_scores.ridge_sage, 1.0))

OF_USERS: Mapping[str, Way] = {
    "popularity": cold_scores.popularity,
    "content": cold_scores.content_cosine,
    "als": cold_scores.als,
    "itemknn": cold_scores.item_knn,
    "rp3beta": cold_scores.rp3beta,
    "sage": cold_scores.sage,
    "short_mix": partial(cold_scores.mixed, SHORT_MIX),
}
"""Ways to rank for a user of whom little is known."""

OF_FRIENDS: Mapping[str, Way] = {
    "sage_mean": cold_scores.sage_of_friends,
    "friends_mix": partial(cold_scores.mixed, FRIENDS_MIX),
}
"""Further ways for a user of whom it is known whom they follow."""

OF_ITEMS: Mapping[str, Way] = {
    "content": cold_scores.content_cosine,
    "ridge_als": cold_scores.ridge_als,
    "ridge": cold_scores.ridge_sage,
    "ridge_content": partial(cold_scores.mixed, CONTENT_MIX),
}
"""Ways to rank items that nobody has heard."""

BY_ARTIST: Mapping[str, Way] = {
    "artist_path": cold_scores.artist_path,
    "path_ridge": partial(cold_scores.mixed, PATH_MIX),
}
"""Further ways where items have artists."""


def ways(split: ColdSplit, kind: str) -> dict[str, Way]:
    """The ways that fit a split of this kind (``users``, ``friends`` or ``items``)."""
    found = dict(OF_ITEMS if kind == "items" else OF_USERS)
    if kind == "friends":
        del found["short_mix"]
        found |= dict(OF_FRIENDS)
    if not len(split.train.performed_by):
        return found
    return found | dict(BY_ARTIST if kind == "items" else {"artist_path": cold_scores.artist_path})


def cold_quality(
    split: ColdSplit,
    chosen: Mapping[str, Way],
    models: FittedModels | None = None,
    *,
    config: FitConfig | None = None,
    k: int = 20,
    progress: Progress | None = None,
) -> dict[str, Quality]:
    """Fit the models once on the training part, and measure the lists of each way.

    Args:
        split: who and what is cold.
        chosen: name -> way.
        models: fitted on ``split.train`` already.
        config: how to fit; the preset of the data by default.
        k: length of the lists.
        progress: told of the stages.

    Raises:
        NotEnoughDataError: too little is left to train on.
    """
    progress = progress or NoProgress()
    models = models or fit(split.train, config, progress=progress)
    settings = _settings(split, models)
    progress.stage("Ranking for new users and items", len(chosen))
    found = {}
    for name, way in chosen.items():
        scores = _in_groups(split, [way(setting) for setting in settings])
        found[name] = evaluate(_among(split, scores), split.as_split(), k)
        progress.advance()
    return found


def _settings(split: ColdSplit, models: FittedModels) -> list[Setting]:
    """One setting for each group of users."""
    return [Setting(split, models, cold.content(split.side_of(group))) for group in np.unique(split.groups).tolist()]


def _in_groups(split: ColdSplit, scores: list[Scores]) -> Scores:
    """Each user's scores by the setting of their group."""
    group = split.groups
    if len(scores) == 1:
        return scores[0]

    def found(rows: Rows) -> Floats:
        values = np.zeros((len(rows), len(split.candidates)), np.float32)
        for number in np.unique(group[rows]).tolist():
            inside = group[rows] == number
            values[inside] = scores[number](rows[inside])
        return values

    return found


def _among(split: ColdSplit, scores: Scores) -> Scores:
    """The scores of the candidates; nothing else is ranked."""
    return lambda rows: np.where(split.candidates, scores(rows), -np.inf).astype(np.float32)
