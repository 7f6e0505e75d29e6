"""What a model is trained on: who heard what, how often and when, and what is known of the items.

Items are tracks, or artists where a data set knows no tracks. Rows stay the same in every part of a data set, so that
vectors trained on one part and events of another can meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gnn.config import Content
from gnn.content import measured, measured_names, reduced, sound, tf_idf
from graph.arrays import GraphArrays, Ids, Links, Rows

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


class Taggings(Protocol):
    """Who gave which artist which tag: str [n] each."""

    @property
    def user_id(self) -> NDArray[np.str_]:
        """Ids of users."""

    @property
    def artist_id(self) -> NDArray[np.str_]:
        """Ids of artists."""

    @property
    def tag(self) -> NDArray[np.str_]:
        """The words."""


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """Tags or genres of items.

    Attributes:
        user_row: who said so, int64 [n]; -1 where nobody in particular.
        item_row: int64 [n].
        term_row: int64 [n].
        weight: float64 [n].
        count: number of different terms.
    """

    user_row: Rows
    item_row: Rows
    term_row: Rows
    weight: NDArray[np.float64]
    count: int

    def select(self, chosen: Mask) -> Terms:
        """The chosen taggings; the terms keep their rows."""
        return replace(
            self,
            user_row=self.user_row[chosen],
            item_row=self.item_row[chosen],
            term_row=self.term_row[chosen],
            weight=self.weight[chosen],
        )


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """The events of a data set, one per user and item, and the side information of its items.

    Attributes:
        users: ids of the users.
        items: ids of the items.
        artists: ids of the artists of the items; empty where the items are artists.
        user_row: int64 [n_events].
        item_row: int64 [n_events].
        count: plays, float32 [n_events], above 0.
        at: unix seconds of the last play, int64 [n_events]; 0 where unknown.
        has_times: whether ``at`` is known.
        performed_by: item -> artist.
        follows: user -> user.
        terms: tags or genres of the items.
        audio: float64 [n_items, k], NaN where unknown.
        audio_names: what its columns are called; () where nobody has to know.
    """

    users: Ids
    items: Ids
    artists: Ids
    user_row: Rows
    item_row: Rows
    count: Floats
    at: NDArray[np.int64]
    has_times: bool
    performed_by: Links
    follows: Links
    terms: Terms
    audio: NDArray[np.float64]
    audio_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.user_row)

    @property
    def pairs(self) -> Rows:
        """One number per event that names its user and item, int64 [n_events]."""
        return self.user_row * len(self.items) + self.item_row

    @property
    def popularity(self) -> Rows:
        """Users per item, int64 [n_items]."""
        return np.bincount(self.item_row, minlength=len(self.items))

    def content(self, kinds: Sequence[Content] = ("terms", "audio")) -> Floats:
        """What is known of each item without its listeners, float32 [n_items, c]: tags, then sound."""
        known = [np.empty((len(self.items), 0), np.float32)]
        if "terms" in kinds:
            terms, shape = self.terms, (len(self.items), self.terms.count)
            known.append(reduced(tf_idf(terms.item_row, terms.term_row, terms.weight, shape)))
        if "audio" in kinds:
            known.append(sound(self.audio))
        return np.hstack(known)

    def select(self, chosen: Mask) -> TrainingData:
        """The chosen events (bool [n_events]); what the other pairs' users said of their items goes with them."""
        terms = self.terms
        hidden = self.pairs[~chosen]
        said = terms.user_row * len(self.items) + terms.item_row
        leaks = (terms.user_row >= 0) & np.isin(said, hidden)
        return replace(
            self,
            user_row=self.user_row[chosen],
            item_row=self.item_row[chosen],
            count=self.count[chosen],
            at=self.at[chosen],
            terms=terms.select(~leaks) if leaks.any() else terms,
        )

    def before(self, cut: int) -> TrainingData:
        """The events before ``cut`` (unix seconds)."""
        return self.select(self.at < cut)

    def only(self, users: Mask, items: Mask) -> TrainingData:
        """The part with the chosen users and items (bool masks), in new rows; artists keep theirs."""
        user_at, item_at = _renumbered(users), _renumbered(items)
        kept = users[self.user_row] & items[self.item_row]
        performed, follows, terms = self.performed_by, self.follows, self.terms
        performed = performed.select(items[performed.source_row])
        follows = follows.select(users[follows.source_row] & users[follows.target_row])
        terms = terms.select(items[terms.item_row])
        return replace(
            self,
            users=Ids(self.users.values[users]),
            items=Ids(self.items.values[items]),
            user_row=user_at[self.user_row[kept]],
            item_row=item_at[self.item_row[kept]],
            count=self.count[kept],
            at=self.at[kept],
            performed_by=Links(item_at[performed.source_row], performed.target_row),
            follows=Links(user_at[follows.source_row], user_at[follows.target_row]),
            terms=replace(terms, item_row=item_at[terms.item_row], user_row=_moved(terms.user_row, user_at)),
            audio=self.audio[items],
        )


def _renumbered(kept: Mask) -> Rows:
    """New row of each old one, int64 [n]; -1 where it goes."""
    return np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int64)


def _moved(rows: Rows, new: Rows) -> Rows:
    """``new[rows]``, where -1 stays -1."""
    return np.where(rows >= 0, new[np.maximum(rows, 0)], -1) if len(new) else rows


def _column(links: Links, name: str, default: float) -> NDArray[np.float64]:
    values = links.columns.get(name)
    return np.full(len(links), default) if values is None else np.asarray(values, np.float64)


def _genres(links: Links, count: int) -> Terms:
    weight = _column(links, "weight", 1.0)
    weight = np.where(np.isfinite(weight) & (weight > 0), weight, 1.0)
    nobody = np.full(len(links), -1, np.int64)
    return Terms(nobody, links.source_row, links.target_row, weight, count)


def of_tracks(arrays: GraphArrays) -> TrainingData:
    """The plays of tracks; a pair that was only ever skipped is no event."""
    played = arrays.played.select(_column(arrays.played, "count", 1.0) > 0)
    at = _column(played, "lastAt", 0.0).astype(np.int64)
    return TrainingData(
        users=arrays.users,
        items=arrays.tracks,
        artists=arrays.artists,
        user_row=played.source_row,
        item_row=played.target_row,
        count=_column(played, "count", 1.0).astype(np.float32),
        at=np.maximum(at, 0),
        has_times=bool(len(at)) and bool((at > 0).all()),
        performed_by=Links(arrays.performed_by.source_row, arrays.performed_by.target_row),
        follows=Links(arrays.follows.source_row, arrays.follows.target_row),
        terms=_genres(arrays.track_genre, len(arrays.genres)),
        audio=measured(arrays.track_columns, len(arrays.tracks)),
        audio_names=measured_names(arrays.track_columns),
    )


def of_artists(arrays: GraphArrays, taggings: Taggings | None = None) -> TrainingData:
    """The listening counts of artists, which know no times.

    Args:
        arrays: the graph.
        taggings: who gave which tag; the graph's genres of artists where absent, which cannot be split by user.
    """
    listens = arrays.listens_to.select(_column(arrays.listens_to, "count", 1.0) > 0)
    return TrainingData(
        users=arrays.users,
        items=arrays.artists,
        artists=Ids.of([]),
        user_row=listens.source_row,
        item_row=listens.target_row,
        count=_column(listens, "count", 1.0).astype(np.float32),
        at=np.zeros(len(listens), np.int64),
        has_times=False,
        performed_by=Links.none(),
        follows=Links(arrays.follows.source_row, arrays.follows.target_row),
        terms=_genres(arrays.artist_genre, len(arrays.genres))
        if taggings is None
        else _tags(arrays.users, arrays.artists, taggings),
        audio=np.empty((len(arrays.artists), 0)),
    )


def of_listens(
    user_id: NDArray[np.str_],
    artist_id: NDArray[np.str_],
    count: NDArray[np.int64],
    follows: tuple[NDArray[np.str_], NDArray[np.str_]],
    taggings: Taggings,
) -> TrainingData:
    """The listening counts of artists as a file lists them: str [n], str [n] and int64 [n], each pair once.

    Args:
        user_id: who listened.
        artist_id: to whom.
        count: plays.
        follows: follower and followed, str [m] each.
        taggings: who gave which tag.
    """
    users, artists = Ids(np.unique(user_id)), Ids(np.unique(artist_id))
    source, target = users.rows(follows[0]), users.rows(follows[1])
    known = (source >= 0) & (target >= 0)
    return TrainingData(
        users=users,
        items=artists,
        artists=Ids.of([]),
        user_row=users.rows(user_id),
        item_row=artists.rows(artist_id),
        count=count.astype(np.float32),
        at=np.zeros(len(count), np.int64),
        has_times=False,
        performed_by=Links.none(),
        follows=Links(source[known], target[known]),
        terms=_tags(users, artists, taggings),
        audio=np.empty((len(artists), 0)),
    )


def _tags(users: Ids, artists: Ids, taggings: Taggings) -> Terms:
    """The taggings of known artists; a tag by an unknown user stays as nobody's."""
    words = Ids(np.unique(taggings.tag))
    item_row = artists.rows(taggings.artist_id)
    known = item_row >= 0
    return Terms(
        users.rows(taggings.user_id[known]),
        item_row[known],
        words.rows(taggings.tag[known]),
        np.ones(int(known.sum())),
        len(words),
    )
