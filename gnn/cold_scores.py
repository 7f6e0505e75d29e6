"""How new users and new items can be ranked: each way a function of a cold split and of the models fitted on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array, diags_array

from gnn.baselines import recent
from gnn.cold import ridge, with_artists
from gnn.cold_splits import ColdSplit
from gnn.data import Floats
from gnn.fit import FittedModels
from gnn.metrics import Scores, matrix
from gnn.neighbours import co_listening
from gnn.relations import MOST_FOLLOWED
from gnn.tower import History
from graph.arrays import Links, Rows

HALF_LIFE_DAYS = 30.0
POPULARITY_PENALTY = 0.3
"""The exponent of popularity in RP3beta; not tuned for newcomers."""


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What every way of ranking reads.

    Attributes:
        split: who and what is cold.
        models: fitted on its training part.
        content: of all items, float32 [n_items, c].
    """

    split: ColdSplit
    models: FittedModels
    content: Floats


def _histories(split: ColdSplit, rows: Rows) -> list[History]:
    """What is known of each of the users, in time order."""
    known = split.known
    order = np.lexsort((known.item_row, known.at, known.user_row))
    user_row = known.user_row[order]
    starts, ends = np.searchsorted(user_row, rows, "left"), np.searchsorted(user_row, rows, "right")
    parts = [order[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    return [History(known.item_row[part], known.count[part], known.at[part]) for part in parts]


def _followed(split: ColdSplit, rows: Rows) -> list[list[History]]:
    """The histories of those whom each of the users follows, as many as the tower reads."""
    follows = split.known.follows
    found = []
    for row in rows.tolist():
        others = np.unique(follows.target_row[follows.source_row == row])
        heard = [history for history in _histories(split, others) if len(history)]
        found.append(heard[:MOST_FOLLOWED])
    return found


def _profile(split: ColdSplit) -> csr_array:
    """What speaks for each user: the recent plays of their own, or those of whom they follow; [n_users, n_items]."""
    known = split.known
    own = recent(known, HALF_LIFE_DAYS if known.has_times else np.inf)
    if not split.by_friends:
        return own
    users = len(known.users)
    return csr_array(matrix(known.follows.source_row, known.follows.target_row, (users, users)) @ own)


def popularity(setting: Setting) -> Scores:
    """Listeners of each item."""
    listeners = setting.split.train.popularity.astype(np.float32)
    return lambda rows: np.tile(listeners, (len(rows), 1))


def item_knn(setting: Setting) -> Scores:
    """The neighbours by common listeners that serving keeps, summed over the profile."""
    train = setting.split.train
    links = Links(train.user_row, train.item_row)
    near, profile = co_listening(links, len(train.users), len(train.items)).similarity, _profile(setting.split)
    return lambda rows: np.asarray((profile[rows] @ near).toarray(), np.float32)


def rp3beta(setting: Setting) -> Scores:
    """Random walks of three steps from the profile, popular ends held back.

    Source: Paudel et al., Updatable, Accurate, Diverse, and Scalable Recommendations for Interactive Applications,
    2017, section 4.
    """
    train = setting.split.train
    heard = matrix(train.user_row, train.item_row, (len(train.users), len(train.items)))
    listeners = np.maximum(train.popularity, 1)
    to_users = csr_array(diags_array(1.0 / listeners) @ heard.T)
    to_items = csr_array(diags_array(1.0 / np.maximum(np.diff(heard.indptr), 1)) @ heard)
    profile, held_back = _profile(setting.split), (listeners**-POPULARITY_PENALTY).astype(np.float32)
    return lambda rows: np.asarray((profile[rows] @ to_users @ to_items).toarray(), np.float32) * held_back


def als(setting: Setting) -> Scores:
    """Products of the folded-in history and the factors; of friends the mean of theirs."""
    split, model = setting.split, setting.models.als

    def scores(rows: Rows) -> Floats:
        several = _followed(split, rows) if split.by_friends else [[history] for history in _histories(split, rows)]
        users = [np.mean([model.fold_in(h.item_rows, h.counts) for h in histories], axis=0) for histories in several]
        return np.asarray(np.array(users, np.float32) @ model.item_factors.T)

    return scores


def sage(setting: Setting) -> Scores:
    """The tower's cosines; friends enter by the tower's own weights."""
    split, tower = setting.split, setting.models.tower
    as_of = int(split.known.at.max(initial=0))

    def scores(rows: Rows) -> Floats:
        own = _histories(split, rows)
        others = _followed(split, rows) if split.by_friends else [[] for _ in own]
        users = [tower.vector(history, as_of, follows) for history, follows in zip(own, others, strict=True)]
        return np.asarray(np.array(users) @ tower.item_vectors.T)

    return scores


def sage_of_friends(setting: Setting) -> Scores:
    """The mean of the vectors of those whom a user follows, as serving takes it."""
    split, tower = setting.split, setting.models.tower
    as_of = int(split.known.at.max(initial=0))

    def scores(rows: Rows) -> Floats:
        means = [tower.vectors(several, as_of).mean(axis=0) for several in _followed(split, rows)]
        return np.asarray(np.array(means, np.float32) @ tower.item_vectors.T)

    return scores


def content_cosine(setting: Setting) -> Scores:
    """How near an item's content is to the mean of the profile's."""
    content, profile = setting.content, _profile(setting.split)
    unit = content / np.maximum(np.linalg.norm(content, axis=1, keepdims=True), 1e-9)

    def scores(rows: Rows) -> Floats:
        wanted = np.asarray(profile[rows] @ unit)
        norm = np.maximum(np.linalg.norm(wanted, axis=1, keepdims=True), 1e-9)
        return np.asarray((wanted / norm) @ unit.T, np.float32)

    return scores


def artists_played(setting: Setting) -> Scores:
    """``log(1 + decayed plays of the item's artists)``; zeros where items have no artists."""
    known = setting.split.known
    shape = (len(known.items), len(known.artists))
    performed = matrix(known.performed_by.source_row, known.performed_by.target_row, shape)
    played = csr_array(_profile(setting.split) @ performed)
    return lambda rows: np.log1p((played[rows] @ performed.T).toarray()).astype(np.float32)


def artist_path(setting: Setting) -> Scores:
    """Plays of the item's artists as in ``artists_played``, and the cosine of the content."""
    played, near = artists_played(setting), content_cosine(setting)
    return lambda rows: played(rows) + near(rows)


def ridge_als(setting: Setting) -> Scores:
    """ALS factors of the cold items from their content, and the folded-in histories."""
    split, model = setting.split, setting.models.als
    factors = _from_content(setting, model.item_factors)

    def scores(rows: Rows) -> Floats:
        users = [model.fold_in(history.item_rows, history.counts) for history in _histories(split, rows)]
        return np.asarray(np.array(users, np.float32) @ factors.T)

    return scores


def ridge_sage(setting: Setting) -> Scores:
    """GraphSAGE vectors of the cold items from content and artists, as serving has them, and the tower's users."""
    tower = setting.models.tower
    vectors = _from_content(setting, tower.item_vectors[:])  # whole numbers, should they be bytes
    return sage(replace(setting, models=replace(setting.models, tower=replace(tower, item_vectors=vectors))))


def _from_content(setting: Setting, vectors: Floats) -> Floats:
    train, config = setting.split.train, setting.models.config
    few = train.popularity < config.cold_plays
    known = with_artists(setting.content, vectors, train, few)
    return ridge(known, vectors, train.popularity, few, config.ridge)


def mixed(parts: Sequence[tuple[Callable[[Setting], Scores], float]], setting: Setting) -> Scores:
    """The weighted sum of several ways, each brought to mean 0 and deviation 1 over the candidates of each user."""
    ways = [(way(setting), weight) for way, weight in parts]
    chosen = setting.split.candidates

    def scores(rows: Rows) -> Floats:
        total = np.zeros((len(rows), len(chosen)), np.float32)
        for way, weight in ways:
            values = way(rows)
            inside = values[:, chosen]
            spread = np.maximum(inside.std(axis=1, keepdims=True), 1e-9)
            total += weight * (values - inside.mean(axis=1, keepdims=True)) / spread
        return total

    return scores
