"""A listener's history in the rows of one bundle: what every source reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from gnn.als import Summands
from gnn.bundle import Bundle
from gnn.catalogue import DAY_S
from gnn.context import Moment
from gnn.tower import History
from graph.edits import boosted_ids
from recommend.types import Profile

T = TypeVar("T")
SHORT_HISTORY = 5
"""Plays from which on their times say something of a taste, and the learned ranker is used."""


@dataclass(frozen=True, eq=False)
class Taste:
    """Played tracks, oldest first, as one bundle knows them.

    Attributes:
        history: rows, counts and times of the plays.
        as_of: unix seconds: nothing later is known.
        followed: the histories of those whom the listener follows, where the listener has none of their own: the mean
            of their vectors stands for the listener's, which needs no relation that the network learned.
        friends: the last plays of those whom the listener follows, whatever their own.
        followed_artists: int64, rows.
        boosted: int64, rows of the tracks that the listener wants more of.
        moment: when and how they listen, where that is known.
    """

    bundle: Bundle
    history: History
    as_of: int
    followed: tuple[History, ...] = ()
    friends: tuple[History, ...] = ()
    followed_artists: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    moment: Moment | None = None
    boosted: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    _computed: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.history.item_rows)

    def once(self, key: str, compute: Callable[[], T]) -> T:
        """What ``compute`` gives, computed once per taste: sources nominate, score and split from the same sums."""
        if key not in self._computed:
            self._computed[key] = compute()
        found: T = self._computed[key]
        return found

    @property
    def rows(self) -> NDArray[np.int64]:
        """The played tracks, int64 [h]."""
        rows: NDArray[np.int64] = self.history.item_rows
        return rows

    @cached_property
    def age_days(self) -> NDArray[np.float64]:
        """How many days each was last played before the newest play, float64 [h].

        Not before now: a listener who comes back after a year still has a latest taste.
        """
        last_at = self.history.last_at
        return np.asarray((last_at.max(initial=0) - last_at) / DAY_S)

    def decay(self, half_life_days: float) -> NDArray[np.float32]:
        """For each play 1 for the newest, 0.5 for one a half-life before it; float32 [h]."""
        return np.exp2(-self.age_days / half_life_days).astype(np.float32)

    def shares(self, half_life_days: float) -> NDArray[np.float32]:
        """The decays, summing to 1; float32 [h]."""
        decay = self.decay(half_life_days)
        return decay / max(float(decay.sum()), 1.0)  # the newest play alone weighs 1

    @property
    def known(self) -> bool:
        """Whether anything is known of the listener, be it of those whom they follow."""
        return len(self) > 0 or len(self.followed) > 0

    @cached_property
    def raw(self) -> NDArray[np.float32]:
        """The GraphSAGE vector of the listener's own plays before normalisation, float32 [dim]."""
        return self.bundle.tower.raw(self.history, self.as_of, factors=None if self.followed else self.factors)

    @property
    def length(self) -> float:
        """Of ``raw``."""
        return float(np.linalg.norm(self.raw))

    @cached_property
    def vector(self) -> NDArray[np.float32]:
        """The listener's GraphSAGE vector, float32 [dim], L2-normalised; zeros where nothing is known."""
        if not self.followed:
            return np.asarray(self.raw / np.float32(self.length) if self.length > 0 else self.raw, np.float32)
        mean = self.bundle.tower.vectors(self.followed, self.as_of).mean(axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)

    @cached_property
    def factors(self) -> NDArray[np.float32]:
        """The listener's folded-in ALS factors, float32 [k]; zeros without plays."""
        several = [self.bundle.als.fold_in(plays.item_rows, plays.counts) for plays in self.followed or (self.history,)]
        return several[0] if len(several) == 1 else np.asarray(np.mean(several, axis=0), np.float32)

    @cached_property
    def summands(self) -> Summands:
        """What each play adds to ``factors``."""
        return self.bundle.als.summands(self.history.item_rows, self.history.counts)

    @cached_property
    def played(self) -> NDArray[np.bool_]:
        """What the listener has played, bool [n_tracks]."""
        mask = np.zeros(len(self.bundle.catalogue), np.bool_)
        mask[self.rows] = True
        return mask

    @cached_property
    def unplayed(self) -> NDArray[np.bool_]:
        """What the listener has not played, bool [n_tracks]."""
        return ~self.played


def history_of(rows: NDArray[np.int64], counts: NDArray[np.float32], last_at: NDArray[np.int64]) -> History:
    """Plays as every source reads them, in training as in serving: oldest first, ties by row.

    Those of a short history count the same: forgetting some of them would leave hardly anything to go by.

    Args:
        rows: int64 [h] of the tracks in the bundle, in any order.
        counts: float32 [h], above 0.
        last_at: unix seconds, int64 [h].
    """
    order = np.lexsort((rows, last_at))
    at = last_at[order]
    if 0 < len(at) < SHORT_HISTORY:
        at = np.full(len(at), at[-1])
    return History(rows[order], counts[order], at)


def taste_of(
    profile: Profile,
    bundle: Bundle,
    as_of: int,
    without: frozenset[str] = frozenset(),
    moment: Moment | None = None,
) -> Taste:
    """The part of a profile that the bundle knows, without what ``without`` names (tracks, artists, genres)."""
    rows = bundle.catalogue.tracks.rows(profile.track_ids)
    known = (rows >= 0) & (profile.counts > 0)  # what was only ever skipped is heard, but no taste
    if without:
        known &= ~np.isin(rows, tracks_under(without, bundle))
    history = history_of(rows[known], profile.counts[known], profile.last_at[known])
    friends = _followed(profile, bundle)
    artists = _known(bundle.catalogue.artists.rows(sorted(profile.followed_artists)))
    boosted = tracks_under(boosted_ids(profile.edits), bundle)
    return Taste(bundle, history, as_of, () if len(history) else friends, friends, artists, moment, boosted)


def _followed(profile: Profile, bundle: Bundle) -> tuple[History, ...]:
    """What those play whom the listener follows, as far as the bundle knows it; nobody without any such play."""
    found = []
    for other in profile.followed:
        rows = bundle.catalogue.tracks.rows(other.track_ids)
        known = (rows >= 0) & (other.counts > 0)
        if known.any():
            found.append(History(rows[known], other.counts[known], other.last_at[known]))
    return tuple(found)


def tracks_under(ids: frozenset[str], bundle: Bundle) -> NDArray[np.int64]:
    """Rows of all tracks that the ids name: tracks themselves, and those of artists, genres and playlists."""
    if not ids:
        return np.empty(0, np.int64)
    catalogue = bundle.catalogue
    wanted = sorted(ids)
    tracks = catalogue.tracks.rows(wanted)
    by_artist = catalogue.tracks_of_artist[_known(catalogue.artists.rows(wanted))].indices
    by_genre = catalogue.tracks_of_genre[_known(catalogue.genres.rows(wanted))].indices
    by_playlist = catalogue.tracks_of_playlist[_known(catalogue.playlists.rows(wanted))].indices
    return np.unique(np.concatenate([_known(tracks), by_artist, by_genre, by_playlist])).astype(np.int64)


def _known(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return rows[rows >= 0]


def diversity(shares: NDArray[np.floating[Any]], several: int) -> float:
    """How evenly somebody's plays are spread over genres: entropy over its largest value, 0 one genre, 1 all.

    Args:
        shares: of each genre played, above 0, in any unit.
        several: genres of the catalogue that have tracks, 2 or more.
    """
    parts = shares / shares.sum()
    return float(max(0.0, -(parts * np.log(parts)).sum() / np.log(several)))
