"""How well a track fits a moment: hour, weekday, device and activity, by what is heard more than usual at such moments.

Groups of tracks (genres, artists or clusters) are compared, not single tracks: one track is heard too seldom. What is
not known of a moment says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graph.arrays import Ids, Links, Rows

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

HOUR_S, DAY_S = 3600, 86_400
HOUR_BUCKET = 3
"""Hours that count as one time of day."""
EPOCH_WEEKDAY = 3
"""1 January 1970 was a Thursday; Monday is 0."""
KINDS = ("hour", "weekday", "device", "activity")
UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """When and how somebody listens; None where unknown.

    Attributes:
        hour: 0 to 23 in the listener's own time.
        weekday: 0 (Monday) to 6.
        device: as logged, such as ``phone``.
        activity: as logged, such as ``commute``.
    """

    hour: int | None = None
    weekday: int | None = None
    device: str | None = None
    activity: str | None = None

    @classmethod
    def at(cls, unix_s: int, offset_s: int = 0) -> Moment:
        """The hour and weekday of an instant; ``offset_s`` is what the listener's clock is ahead of UTC."""
        local = unix_s + offset_s
        return cls(local // HOUR_S % 24, (local // DAY_S + EPOCH_WEEKDAY) % 7)

    @classmethod
    def of_play(cls, heard: Links, at: int) -> Moment:
        """What is known of one play out of ``GraphArrays.heard``."""
        said = {name: values[at].item() for name, values in heard.columns.items()}
        timed = cls.at(said["at"], said["offset"]) if said["offsetKnown"] else cls()
        return cls(timed.hour, timed.weekday, said["device"] or None, said["activity"] or None)

    def words(self) -> dict[str, str]:
        """What is known: kind -> value as the model names it."""
        hour = None if self.hour is None else _bucket(self.hour)
        said = {"hour": hour, "weekday": self.weekday, "device": self.device, "activity": self.activity}
        return {kind: str(value) for kind, value in said.items() if value is not None and value != UNKNOWN}


@dataclass(frozen=True, slots=True, eq=False)
class LoggedContext:
    """Plays and what was known of their moments.

    Attributes:
        item_row: int64 [n].
        values: kind out of ``KINDS`` -> str [n], "" where unknown; kinds that nobody logged are missing.
    """

    item_row: Rows
    values: Mapping[str, NDArray[np.str_]]

    @classmethod
    def of_plays(cls, heard: Links) -> LoggedContext:
        """What is known of plays as ``GraphArrays.heard`` holds them."""
        if not len(heard):
            return cls(heard.target_row, {})
        columns = heard.columns
        local = columns["at"].astype(np.int64) + columns["offset"].astype(np.int64)
        timed = cls.of_times(heard.target_row, local)
        known = columns["offsetKnown"].astype(np.bool_)
        values = {kind: np.where(known, said, UNKNOWN) for kind, said in timed.values.items()}
        return cls(heard.target_row, values | {kind: columns[kind].astype(np.str_) for kind in ("device", "activity")})

    @classmethod
    def of_times(cls, item_row: Rows, at: NDArray[np.int64], offset_s: int = 0) -> LoggedContext:
        """Hours and weekdays of plays that know nothing but their time (unix seconds, int64 [n])."""
        local = at + offset_s
        hours = local // HOUR_S % 24 // HOUR_BUCKET
        weekdays = (local // DAY_S + EPOCH_WEEKDAY) % 7
        return cls(item_row, {"hour": hours.astype(np.str_), "weekday": weekdays.astype(np.str_)})


@dataclass(frozen=True, slots=True, eq=False)
class ContextModel:
    """Log odds of groups at moments against their usual share.

    Attributes:
        groups: share of each track in each group, float32 CSR [n_items, n_groups], rows sum to 1 or are empty.
        moments: ``kind:value``, ascending, such as ``device:phone``.
        log_odds: float32 [n_groups, n_moments]; 0 where a group is heard as usual or too seldom to tell.
    """

    groups: csr_array
    moments: Ids
    log_odds: Floats

    def knows(self, moment: Moment) -> bool:
        """Whether anything of such a moment was ever logged."""
        return bool((self._columns(moment) >= 0).any())

    def _columns(self, moment: Moment) -> Rows:
        return self.moments.rows([f"{kind}:{value}" for kind, value in moment.words().items()])

    def scores(self, moment: Moment, item_rows: Rows) -> Floats:
        """How much more than usual tracks like these are heard at such a moment, float32 [m].

        The sum over what is known of the moment; exactly 0 where nothing is, or nothing that was ever logged.
        """
        rows = self._columns(moment)
        rows = rows[rows >= 0]
        if not len(rows):
            return np.zeros(len(item_rows), np.float32)
        return np.asarray(self.groups[item_rows] @ self.log_odds[:, rows].sum(axis=1), np.float32)

    def adjusted(self, scores: Floats, moment: Moment, item_rows: Rows, weight: float) -> Floats:
        """Scores of tracks, float32 [m], with the moment's part added; the very same where it says nothing."""
        fit = self.scores(moment, item_rows)
        return np.asarray(scores + np.float32(weight) * fit, np.float32) if fit.any() else scores

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as plain arrays, by name; for ``np.savez``."""
        groups = self.groups
        return {
            "moments": self.moments.values,
            "log_odds": self.log_odds,
            "groups.data": groups.data,
            "groups.indices": groups.indices,
            "groups.indptr": groups.indptr,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> ContextModel:
        """The model that ``to_arrays`` wrote."""
        shape = (len(arrays["groups.indptr"]) - 1, len(arrays["log_odds"]))
        groups = csr_array((arrays["groups.data"], arrays["groups.indices"], arrays["groups.indptr"]), shape=shape)
        return cls(groups, Ids(arrays["moments"]), arrays["log_odds"])


def context_model(logged: LoggedContext, groups: csr_array, *, strength: float = 50.0) -> ContextModel:
    """Count what is heard when.

    Args:
        logged: the plays; those without a kind of context count nowhere in that kind.
        groups: [n_items, n_groups], any weights; rows are scaled to sum to 1.
        strength: plays of prior belief that a group is heard as usual, at each moment.

    Source: Gelman et al., Bayesian data analysis, 3rd edition, 2013, section 5.1 (shrinkage towards a common rate).
    """
    shares = _shares(groups)
    names: list[str] = []
    columns: list[Doubles] = []
    for kind in KINDS:
        values = logged.values.get(kind)
        if values is None or not (values != UNKNOWN).any():
            continue
        known = values != UNKNOWN
        found, odds = _log_odds(logged.item_row[known], values[known], shares, strength)
        names += [f"{kind}:{value}" for value in found.tolist()]
        columns += list(odds.T)
    order = np.argsort(np.array(names, np.str_), kind="stable")
    table = np.stack(columns, axis=1)[:, order] if columns else np.zeros((shares.shape[1], 0))
    return ContextModel(shares, Ids(np.array(names, np.str_)[order]), table.astype(np.float32))


def _bucket(hour: int) -> int:
    return hour // HOUR_BUCKET


def _shares(groups: csr_array) -> csr_array:
    """Rows that sum to 1, float32."""
    total = np.asarray(groups.sum(axis=1), np.float64).ravel()
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    rows = np.repeat(np.arange(groups.shape[0]), np.diff(groups.indptr))
    return csr_array(
        ((groups.data * scale[rows]).astype(np.float32), groups.indices, groups.indptr), shape=groups.shape
    )


def _log_odds(
    item_row: Rows, values: NDArray[np.str_], shares: csr_array, strength: float
) -> tuple[NDArray[np.str_], Doubles]:
    """The values of one kind, str [v], and the log of (share of a group's plays at it / share of all plays), [g, v]."""
    found, value_row = np.unique(values, return_inverse=True)
    counts = np.ones(len(item_row))
    plays = csr_array((counts, (item_row, value_row)), shape=(shares.shape[0], len(found)))
    heard = np.asarray((shares.T @ plays).toarray(), np.float64)  # [groups, values]
    usual = np.bincount(value_row, minlength=len(found)) / len(value_row)
    of_group = heard.sum(axis=1, keepdims=True)
    return found, np.log((heard + strength * usual) / ((of_group + strength) * usual))
