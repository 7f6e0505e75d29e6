"""The two-stage ranker on the split of a data set: how ``phonograph evaluate`` measures what serving does.

The sources are fitted before an inner cut, the rankers learned on what came after it; then the sources are fitted again
on the whole training part, and the rankers score their candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gnn import curves, splits
from gnn.build import build
from gnn.bundle import Bundle
from gnn.catalogue import Catalogue
from gnn.config import FitConfig
from gnn.data import Floats, TrainingData
from gnn.evaluate import Model
from gnn.fit import FittedModels, fit
from gnn.metrics import Scores
from gnn.splits import Split
from graph.arrays import GraphArrays, Ids, Links, Rows
from graph.errors import InvalidRequestError
from graph.progress import Progress
from recommend.learn import LearnConfig, Learned, alone, histories, learn
from recommend.ranker import Ranker, default_ranker
from recommend.rankers import stored
from recommend.surfaces import BY_NAME, Surface
from recommend.taste import Taste

KINDS = ("lambdarank", "linear", "fusion")
CAPS = (5, 3, 2, 1)
"""Of tracks per artist, for the table of what a cap costs."""
BEHIND = -1e6
"""What was not nominated ranks behind what was, the most played first."""
CAPPED = 1e3
"""Taken from the score of a track whose artist has as many better ones as the cap allows."""


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


class Candidates:
    """What each user of a split is offered, with the scores of every ranker: computed once, for all models of a report.

    Args:
        split: what the bundle was fitted on.
        bundle: nominates.
        rankers: score the candidates.
        surface: its quotas; ``home`` by default.
    """

    def __init__(self, split: Split, bundle: Bundle, rankers: Sequence[Ranker], surface: Surface | None = None) -> None:
        self._split, self._bundle, self._rankers = split, bundle, rankers
        self._surface = surface or BY_NAME["home"]
        self._played = arrays_of(split.train, split.as_of).played
        self._known: dict[int, tuple[Rows, dict[str, Floats]]] = {}

    def of(self, users: Rows) -> list[tuple[Rows, dict[str, Floats]]]:
        """For each user the candidates, int64 [m] ascending, and kind of ranker -> float32 [m]."""
        missing = np.array([user for user in users.tolist() if user not in self._known], np.int64)
        for user, history in histories(self._played, missing).items():
            blend = alone(Taste(self._bundle, history, self._split.as_of))
            nominated = list(blend.nominations(self._surface.quotas).values())
            rows = np.unique(np.concatenate(nominated))
            features = blend.features(rows)
            self._known[user] = rows, {ranker.kind: ranker.score(features) for ranker in self._rankers}
        return [self._known[user] for user in users.tolist()]

    def scores(self, kind: str, cap: int | None = None) -> Scores:
        """Scores of the whole catalogue: the ranker's for the candidates, and popularity behind them.

        Args:
            kind: of the ranker.
            cap: tracks that one artist may have before all others; as many as there are where None.
        """
        popularity = self._split.train.popularity
        behind = np.full(len(popularity), BEHIND, np.float32)
        behind[np.lexsort((np.arange(len(behind)), -popularity))] -= np.arange(len(behind), dtype=np.float32)

        def scores(users: Rows) -> Floats:
            found = np.tile(behind, (len(users), 1))
            for at, (rows, values) in enumerate(self.of(users)):
                found[at, rows] = values[kind] if cap is None else self._capped(rows, values[kind], cap)
            return found

        return scores

    def _capped(self, rows: Rows, scores: Floats, cap: int) -> Floats:
        return capped(self._bundle.catalogue, rows, scores, cap)


def capped(catalogue: Catalogue, rows: Rows, scores: Floats, cap: int) -> Floats:
    """The scores float32 [m] of tracks, less ``CAPPED`` where ``cap`` better ones have a credited artist in common."""
    count = np.zeros(len(catalogue.artists) + 1, np.int64)
    found = scores.copy()
    for place in np.lexsort((rows, -scores)).tolist():
        credits = catalogue.artist_rows(int(rows[place]))
        if (count[credits] >= cap).any():
            found[place] -= CAPPED
        else:
            count[credits] += 1
    return found


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
    candidates: Candidates
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
        """A model by each kind of ranker, and the trees under each cap; the first asked for takes the time of all."""
        capped = {f"{KINDS[0]}_cap{cap}": self._model(KINDS[0], cap) for cap in CAPS}
        return {kind: self._model(kind) for kind in KINDS} | capped

    def _model(self, kind: str, cap: int | None = None) -> Model:
        def scores(split: Split, config: FitConfig, progress: Progress) -> Scores:
            fitted = self._fit(split, config, progress)
            if kind not in {ranker.kind for ranker in fitted.learned.rankers}:
                raise InvalidRequestError(f"no ranker {kind!r} was learned ({fitted.learned.why}): leave it out")
            return fitted.candidates.scores(kind, cap)

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
            with curves.recording():  # two networks under one name are no curve; the report's own model draws it
                earlier = fit(inner.train, config, progress=progress)
                fitted = fit(split.train, config, progress=progress)
            learned = learned_on(inner, earlier, self._learning, progress)
            bundle = bundle_of(split, fitted)
            held = self._fitted = Fitted(split, config, Candidates(split, bundle, learned.rankers), learned)
        return held
