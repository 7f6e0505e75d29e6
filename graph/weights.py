"""How much a user's events say about a track: the decayed weight of ``PLAYED``.

``weight = Σ over events of w(kind) · fraction · exp(-age_days / 90)``. Every event is a decaying summand of its own, so
``(weight, weightAt)`` is exact in any order of arrival. Importers sum whole histories; live events add to what is
stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

SECONDS_PER_DAY: Final = 86_400.0
UNKNOWN_MS: Final = -1
"""Stands for a listening time or a duration that the source does not know."""

Floats = NDArray[np.float64]
Seconds = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WeightConfig:
    """The constants. Kinds that are not named here weigh nothing: they are filters and session signals.

    Attributes:
        e_folding_days: age at which an event still counts 1/e; its half-life is 62 days, not 90.
        skip_within_ms: a skip after this much listening says nothing.
    """

    play: float = 1.0
    repeat: float = 1.5
    save: float = 2.0
    like: float = 2.0
    add_to_playlist: float = 1.5
    early_skip: float = -0.5
    e_folding_days: float = 90.0
    skip_within_ms: int = 30_000

    def by_kind(self) -> dict[str, float]:
        """The weight of an event of each kind that counts, before fraction and decay."""
        return {
            "PLAY": self.play,
            "REPEAT": self.repeat,
            "SAVE": self.save,
            "LIKE": self.like,
            "ADD_TO_PLAYLIST": self.add_to_playlist,
            "SKIP": self.early_skip,
        }


DEFAULT: Final = WeightConfig()


@dataclass(frozen=True, slots=True, eq=False)
class PairSums:
    """The events of many user-track pairs, added up.

    Attributes:
        count: plays, int64 [n_pairs]; skips are not plays.
        completed: plays whose whole known duration was heard, int64 [n_pairs].
        skips: int64 [n_pairs].
        saves: saves that no later unsave cancelled, int64 [n_pairs].
        weight: float64 [n_pairs], valid at ``weight_at``.
        weight_at: unix seconds.
        first_at: unix seconds of the pair's first event, int64 [n_pairs].
        last_at: unix seconds of its last one, int64 [n_pairs].
    """

    count: NDArray[np.int64]
    completed: NDArray[np.int64]
    skips: NDArray[np.int64]
    saves: NDArray[np.int64]
    weight: Floats
    weight_at: int
    first_at: Seconds
    last_at: Seconds


def decay(weight: ArrayLike, weight_at: ArrayLike, to: ArrayLike, config: WeightConfig = DEFAULT) -> Floats:
    """Carry weights that are valid at ``weight_at`` to the time ``to`` (unix seconds); broadcasts.

    Decaying in steps equals decaying at once; going back in time is exact too.
    """
    age_days = (np.asarray(to, np.float64) - np.asarray(weight_at, np.float64)) / SECONDS_PER_DAY
    return np.asarray(weight, np.float64) * np.exp(-age_days / config.e_folding_days)


def fractions(
    kinds: ArrayLike, listened_ms: ArrayLike, duration_ms: ArrayLike, config: WeightConfig = DEFAULT
) -> Floats:
    """How much of its kind's weight each event carries, float64 [n] in 0..1.

    A play counts by the part heard; a skip counts whole within the first 30 s and not at all later (multiplying the
    penalty by the part heard would punish the longer listen more). Times below 0 are unknown and count whole.
    """
    kinds, listened, duration = np.broadcast_arrays(
        np.asarray(kinds, np.str_), np.asarray(listened_ms, np.float64), np.asarray(duration_ms, np.float64)
    )
    known = (listened >= 0) & (duration > 0)
    heard = np.minimum(1.0, np.divide(listened, duration, out=np.ones(listened.shape), where=known))
    early = (listened < config.skip_within_ms).astype(np.float64)
    return np.where(kinds == "PLAY", heard, np.where(kinds == "SKIP", early, 1.0))


def values(kinds: ArrayLike, fractions: ArrayLike, config: WeightConfig = DEFAULT) -> Floats:
    """The undecayed weight ``w(kind) · fraction`` of each event, float64 [n]; 0 for kinds that do not count."""
    kinds = np.asarray(kinds, np.str_)
    names, kind_at = np.unique(kinds, return_inverse=True)
    weights = config.by_kind()
    per_name = np.array([weights.get(name, 0.0) for name in names.tolist()], np.float64)
    return per_name[kind_at.reshape(kinds.shape)] * np.asarray(fractions, np.float64)


def add(
    weight: ArrayLike, weight_at: ArrayLike, value: ArrayLike, at: ArrayLike, config: WeightConfig = DEFAULT
) -> tuple[Floats, Seconds]:
    """Add events to stored weights and return the new ``(weight, weight_at)``.

    Late events are welcome: both are carried to the newer of the two times. To cancel a SAVE add its negative value at
    *the time of the save*, not of the unsave.
    """
    newest = np.maximum(np.asarray(weight_at, np.int64), np.asarray(at, np.int64))
    return decay(weight, weight_at, newest, config) + decay(value, at, newest, config), newest


def sum_events(
    kinds: ArrayLike, fractions: ArrayLike, at: ArrayLike, as_of: int, config: WeightConfig = DEFAULT
) -> float:
    """The weight of one user-track pair at ``as_of`` from its events, in any order; later events are not seen."""
    at = np.asarray(at, np.int64)
    seen = at <= as_of
    kinds, part, at = np.asarray(kinds, np.str_)[seen], np.asarray(fractions, np.float64)[seen], at[seen]
    live = ~cancelled(np.zeros(len(at), np.int64), kinds, at)
    return float(decay(values(kinds, part, config), at, as_of, config)[live].sum())


def cancelled(pair: ArrayLike, kinds: ArrayLike, at: ArrayLike) -> NDArray[np.bool_]:
    """Which events are saves that an unsave of the same pair took back (at the same second or later), bool [n]."""
    pair, kinds, at = np.asarray(pair, np.int64), np.asarray(kinds, np.str_), np.asarray(at, np.int64)
    if not len(pair):
        return np.zeros(0, np.bool_)
    last_unsave = np.full(int(pair.max()) + 1, np.iinfo(np.int64).min)
    unsave = kinds == "UNSAVE"
    np.maximum.at(last_unsave, pair[unsave], at[unsave])
    return np.asarray((kinds == "SAVE") & (at <= last_unsave[pair]), np.bool_)


def sum_by_pair(
    pair: ArrayLike,
    kinds: ArrayLike,
    at: ArrayLike,
    *,
    as_of: int,
    n_pairs: int,
    listened_ms: ArrayLike = UNKNOWN_MS,
    duration_ms: ArrayLike = UNKNOWN_MS,
    config: WeightConfig = DEFAULT,
) -> PairSums:
    """Add up the events of many pairs at once, in any order.

    Args:
        pair: which pair each event belongs to, int [n] in 0..n_pairs - 1; every pair needs an event for ``first_at``.
        kinds: str [n].
        at: unix seconds, int [n]; events after ``as_of`` are not seen.
        as_of: unix seconds at which the weights are valid.
        n_pairs: how many pairs there are.
        listened_ms: int [n] or one number; below 0 is unknown.
        duration_ms: of each event's track, int [n] or one number; below 0 is unknown.
        config: the constants.
    """
    at = np.asarray(at, np.int64)
    seen = at <= as_of
    listened = np.broadcast_to(np.asarray(listened_ms, np.float64), at.shape)[seen]
    duration = np.broadcast_to(np.asarray(duration_ms, np.float64), at.shape)[seen]
    pair, kinds, at = np.asarray(pair, np.int64)[seen], np.asarray(kinds, np.str_)[seen], at[seen]
    part = fractions(kinds, listened, duration, config)
    live = ~cancelled(pair, kinds, at)
    value = np.where(live, values(kinds, part, config), 0.0)
    weight: Floats = np.bincount(pair, decay(value, at, as_of, config), minlength=n_pairs).astype(np.float64)

    def tally(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(pair[chosen], minlength=n_pairs).astype(np.int64)

    first_at, last_at = np.full(n_pairs, np.iinfo(np.int64).max), np.full(n_pairs, np.iinfo(np.int64).min)
    np.minimum.at(first_at, pair, at)
    np.maximum.at(last_at, pair, at)
    play = kinds == "PLAY"
    return PairSums(
        count=tally(play),
        completed=tally(play & (part >= 1.0) & (listened >= 0) & (duration > 0)),
        skips=tally(kinds == "SKIP"),
        saves=tally(live & (kinds == "SAVE")),
        weight=weight,
        weight_at=as_of,
        first_at=first_at,
        last_at=last_at,
    )
