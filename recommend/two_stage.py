"""The two-stage ranker on the split of a data set: how ``phonograph evaluate`` measures what serving does.

The sources are fitted before an inner cut, the rankers learned on what came after it; then the sources are fitted again
on the whole training part, and the rankers score their candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from gnn.build import build
from gnn.bundle import Bundle
from gnn.config import FitConfig
from gnn.data import Floats, TrainingData
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

InnerCut = Callable[[TrainingData], Split]


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


@dataclass(slots=True)
class TwoStage:
    """The rankers on one split, fitted once and shared by the models of a report.

    Attributes:
        inner: cuts the training part once more, as the data were cut.
        learning: how the rankers are learned.
    """

    inner: InnerCut
    learning: LearnConfig
    _fitted: tuple[Split, FitConfig, Bundle, Learned] | None = None

    def models(self) -> Mapping[str, Callable[[Split, FitConfig, Progress], Scores]]:
        """A model by each kind of ranker; the first that is asked for takes the time of the fit."""
        return {kind: self._model(kind) for kind in KINDS}

    def _model(self, kind: str) -> Callable[[Split, FitConfig, Progress], Scores]:
        def scores(split: Split, config: FitConfig, progress: Progress) -> Scores:
            bundle, learned = self._fit(split, config, progress)
            found = {ranker.kind: ranker for ranker in learned.rankers}
            if kind not in found:
                raise InvalidRequestError(f"no ranker {kind!r} was learned: {learned.why}")
            return scores_of(split, bundle, found[kind])

        return scores

    def _fit(self, split: Split, config: FitConfig, progress: Progress) -> tuple[Bundle, Learned]:
        if not len(split.train.performed_by):
            raise InvalidRequestError(
                "two stages rank tracks, and the items of this data set are artists: leave them out"
            )
        if self._fitted is None or self._fitted[0] is not split or self._fitted[1] != config:
            inner = self.inner(split.train)
            learned = learned_on(inner, fit(inner.train, config, progress=progress), self.learning, progress)
            bundle = bundle_of(split, fit(split.train, config, progress=progress))
            self._fitted = (split, config, bundle, learned)
        return self._fitted[2:]
