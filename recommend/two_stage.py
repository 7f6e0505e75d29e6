"""The two-stage ranker on the split of a data set: how ``phonograph evaluate`` measures what serving does.

The sources are fitted before an inner cut, the rankers learned on what came after it; then the sources are fitted again
on the whole training part, and the rankers score their candidates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gnn import splits
from gnn.build import build
from gnn.bundle import Bundle
from gnn.config import FitConfig
from gnn.data import Floats, TrainingData
from gnn.evaluate import Model
from gnn.fit import FittedModels, fit
from gnn.metrics import Scores
from gnn.splits import Split
from gnn.tower import History
from graph.arrays import GraphArrays, Ids, Links, Rows
from graph.errors import InvalidRequestError
from graph.progress import Progress
from recommend.learn import LearnConfig, Learned, alone, histories, learn
from recommend.ranker import Ranker, default_ranker
from recommend.rankers import stored
from recommend.surfaces import BY_NAME, Surface
from recommend.taste import Taste

KINDS = ("lambdarank", "linear", "fusion")
BEHIND = -1e6
"""What was not nominated ranks behind what was, the most played first."""


def arrays_of(data: TrainingData, watermark: int) -> GraphArrays:
    """Training data as a graph of tracks; ids stand for names, and what only answers show is absent."""
    times = {"firstAt": data.at, "lastAt": data.at}
    genres = Ids(np.array([f"genre:{row}" for row in range(data.terms.count)], np.str_))
    kinds = {"user": data.users, "track": data.items, "artist": data.artists, "genre": genres, "playlist": Ids.of([])}
    weight = {"weight": data.terms.weight}
    return GraphArrays(
        users=data.users,
        tracks=data.items,
        artists=data.artists,
        genres=genres,
        playlists=kinds["playlist"],
        names={kind: ids.values for kind, ids in kinds.items()},
        track_columns={},
        played=Links(data.user_row, data.item_row, {"count": data.count.astype(np.int64), **times}),
        listens_to=Links.none(),
        performed_by=data.performed_by,
        track_genre=Links(data.terms.item_row, data.terms.term_row, weight),
        artist_genre=Links.none(),
        subgenre_of=Links.none(),
        contains=Links.none(),
        follows=data.follows,
        version_of=Links.none(),
        saved=Links.none(),
        watermark=watermark,
    )


def bundle_of(split: Split, fitted: FittedModels) -> Bundle:
    """What serving would hold had it been trained on the training part."""
    ranker = stored((default_ranker(),), "linear", "not learned yet")
    return build(arrays_of(split.train, split.as_of), fitted, version="split", manifest={}, ranker=ranker)


def learned_on(inner: Split, fitted: FittedModels, config: LearnConfig, progress: Progress) -> Learned:
    """Learn the rankers from the plays that an inner cut holds out, the models fitted before it."""
    bundle = bundle_of(inner, fitted)
    later = Links(inner.test_user_row, inner.test_item_row)
    return learn(
        bundle, arrays_of(inner.train, inner.as_of).played, later, as_of=inner.as_of, config=config, progress=progress
    )


def scores_of(split: Split, bundle: Bundle, ranker: Ranker, surface: Surface | None = None) -> Scores:
    """Scores of the whole catalogue: the ranker's for the candidates, and popularity behind them."""
    surface = surface or BY_NAME["home"]
    tracks = len(split.train.items)
    behind = np.full(tracks, BEHIND, np.float32)
    behind[np.lexsort((np.arange(tracks), -split.train.popularity))] -= np.arange(tracks, dtype=np.float32)
    played = arrays_of(split.train, split.as_of).played

    def scores(rows: Rows) -> Floats:
        history = histories(played, rows)
        found = np.tile(behind, (len(rows), 1))
        for at, user in enumerate(rows.tolist()):
            candidates, values = ranked(bundle, history[user], split.as_of, ranker, surface)
            found[at, candidates] = values
        return found

    return scores


def ranked(bundle: Bundle, history: History, as_of: int, ranker: Ranker, surface: Surface) -> tuple[Rows, Floats]:
    """A listener's candidates, int64 [m] ascending, and their scores, float32 [m]."""
    blend = alone(Taste(bundle, history, as_of))
    nominated = [blend.nominate(source, surface.quotas[source.name]) for source in blend.sources()]
    rows = np.unique(np.concatenate(nominated))
    return rows, ranker.score(blend.features(rows))


def inner_cut(split: Split) -> Split:
    """The training part cut once more, as the data themselves were cut: by user or at one time for all.

    The horizon of the inner part is that of the test: a shorter one would teach the rankers to look too near.
    """
    by_user = split.protocol.endswith("per-user")
    return splits.per_user_validation(split.train) if by_user else splits.global_cut(split.train)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Everything learned from one split with one config."""

    split: Split
    config: FitConfig
    bundle: Bundle
    learned: Learned


class TwoStage:
    """The rankers on one split, fitted once and shared by the models of a report; keeps the last fit only.

    Args:
        learning: how the rankers are learned.
    """

    def __init__(self, learning: LearnConfig | None = None) -> None:
        self._learning = learning or LearnConfig()
        self._fitted: Fitted | None = None

    def models(self) -> dict[str, Model]:
        """A model by each kind of ranker; the first that is asked for takes the time of the fit."""
        return {kind: self._model(kind) for kind in KINDS}

    def _model(self, kind: str) -> Model:
        def scores(split: Split, config: FitConfig, progress: Progress) -> Scores:
            fitted = self._fit(split, config, progress)
            found = {ranker.kind: ranker for ranker in fitted.learned.rankers}
            if kind not in found:
                raise InvalidRequestError(f"no ranker {kind!r} was learned ({fitted.learned.why}): leave it out")
            return scores_of(split, fitted.bundle, found[kind])

        return scores

    def _fit(self, split: Split, config: FitConfig, progress: Progress) -> Fitted:
        if not len(split.train.performed_by) or not split.train.has_times:
            raise InvalidRequestError(
                "two stages rank tracks by plays with times, and this data set has none: leave them out"
            )
        held = self._fitted
        if held is None or held.split is not split or held.config != config:
            self._fitted = None  # let go of the last fit before the next takes its room
            inner = inner_cut(split)
            learned = learned_on(inner, fit(inner.train, config, progress=progress), self._learning, progress)
            bundle = bundle_of(split, fit(split.train, config, progress=progress))
            held = self._fitted = Fitted(split, config, bundle, learned)
        return held
