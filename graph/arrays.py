"""The graph as arrays: what training reads. Every matrix travels with the ids of its rows.

``graph.export`` makes these from Neo4j, ``ingest.collect`` from a data source that is not imported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
"""Positions in an ``Ids``."""


@dataclass(frozen=True, slots=True, eq=False)
class Ids:
    """The ids of one kind of node, unique and ascending; a *row* is a position here.

    Attributes:
        values: str [n].
    """

    values: NDArray[np.str_]

    @classmethod
    def of(cls, values: Iterable[str]) -> Ids:
        """Sort and de-duplicate ``values``."""
        return cls(np.unique(np.array(list(values), dtype=np.str_)))

    def __len__(self) -> int:
        return len(self.values)

    def rows(self, ids: Iterable[str] | NDArray[np.str_]) -> Rows:
        """The row of each id, int64 [m]; -1 where the id is unknown."""
        wanted = ids if isinstance(ids, np.ndarray) else np.array(list(ids), dtype=np.str_)
        if not len(self.values) or not len(wanted):
            return np.full(len(wanted), -1, np.int64)
        at = np.minimum(np.searchsorted(self.values, wanted), len(self.values) - 1)
        return np.where(self.values[at] == wanted, at, -1).astype(np.int64)

    def row(self, id: str) -> int | None:
        """The row of one id, or None."""
        row = int(self.rows([id])[0])
        return None if row < 0 else row

    def digest(self) -> str:
        """SHA-256 over the ids in order."""
        return hashlib.sha256("\n".join(self.values.tolist()).encode()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class GrownIds(Ids):
    """Ids with later ones behind them, so that the rows of the first ones stay; not ascending as a whole.

    Attributes:
        first: those that were there.
        later: the others.
    """

    first: Ids
    later: Ids

    @classmethod
    def with_later(cls, first: Ids, later: Iterable[str]) -> GrownIds:
        """``first``, and what of ``later`` is not among them."""
        wanted = np.unique(np.array(list(later), dtype=np.str_))
        behind = Ids(wanted[first.rows(wanted) < 0])
        return cls(np.concatenate([first.values, behind.values]), first, behind)

    def rows(self, ids: Iterable[str] | NDArray[np.str_]) -> Rows:
        """See ``Ids``."""
        wanted = ids if isinstance(ids, np.ndarray) else np.array(list(ids), dtype=np.str_)
        found, behind = self.first.rows(wanted), self.later.rows(wanted)
        return np.where((found < 0) & (behind >= 0), behind + len(self.first), found)


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """One relation: row of the source and row of the target of each link, with its properties.

    Attributes:
        source_row: int64 [n].
        target_row: int64 [n].
        columns: property name -> array [n]; NaN (float) or -1 (int) where absent.
    """

    source_row: Rows
    target_row: Rows
    columns: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)

    @classmethod
    def none(cls) -> Links:
        """No links at all."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.source_row)

    def select(self, chosen: NDArray[np.bool_] | Rows) -> Links:
        """The chosen links: a mask [n] or positions."""
        return Links(
            self.source_row[chosen],
            self.target_row[chosen],
            {name: values[chosen] for name, values in self.columns.items()},
        )


@dataclass(frozen=True, slots=True, eq=False)
class GraphArrays:
    """A whole graph. Absent relations are empty, absent track columns are missing from ``track_columns``.

    Attributes:
        played: user -> track with ``count`` int64, ``weight`` float64, ``firstAt`` and ``lastAt`` int64 unix seconds,
            ``skips`` and ``saves`` int64.
        listens_to: user -> artist with ``count`` int64.
        track_columns: property name -> array [n_tracks]; float64 with NaN where absent, or str with "" where absent;
            ``soundVector`` is float32 [n_tracks, d].
        watermark: unix seconds of the newest event, 0 without any.
        heard: user -> track for each play whose moment is known, as ``ingest.moments`` reads it from the event log.
    """

    users: Ids
    tracks: Ids
    artists: Ids
    genres: Ids
    playlists: Ids
    names: Mapping[str, NDArray[np.str_]]  # kind of node -> str [n], "" where absent
    track_columns: Mapping[str, NDArray[np.generic]]
    played: Links
    listens_to: Links
    performed_by: Links
    track_genre: Links
    artist_genre: Links
    subgenre_of: Links
    contains: Links
    follows: Links
    version_of: Links
    saved: Links
    watermark: int
    heard: Links = field(default_factory=Links.none)
