"""How many listeners, plays, tracks and artists the nodes of a graph have, from its tables instead of the graph.

What ``cypher/write/count_*.cypher`` count, for a graph that is written as a whole.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graph import kinds
from graph.assemble import EMPTY
from graph.offline import Tables

Rows = NDArray[np.int64]


def counts_of(tables: Tables) -> dict[str, dict[str, Rows]]:
    """The counts of every track, artist and genre.

    Args:
        tables: nodes and links by kind, no link repeated, every end among the nodes.
    """
    listener, heard = _ends(tables, "played")
    plays = tables["played"]["count"] if "played" in tables else np.empty(0, np.int64)
    is_heard = plays > 0  # else it was only ever skipped
    listener, heard, plays = listener[is_heard], heard[is_heard], plays[is_heard]
    track, artist = _ends(tables, "performed_by")
    users, tracks, artists, genres = (_count(tables, kind) for kind in ("user", "track", "artist", "genre"))
    through_tracks = _matrix(listener, heard, (users, tracks)) @ _matrix(track, artist, (tracks, artists))
    listens_to = through_tracks + _matrix(*_ends(tables, "listens_to"), (users, artists))
    return {
        "track": {
            "listenerCount": np.bincount(heard, minlength=tracks),
            "playCount": np.bincount(heard, plays, tracks).astype(np.int64),
        },
        "artist": {
            "listenerCount": np.bincount(listens_to.indices, minlength=artists),
            "trackCount": np.bincount(artist, minlength=artists),
        },
        "genre": {
            "trackCount": np.bincount(_ends(tables, "track_genre")[1], minlength=genres),
            "artistCount": np.bincount(_ends(tables, "artist_genre")[1], minlength=genres),
        },
    }


def _count(tables: Tables, kind: str) -> int:
    return len(tables[kind]["id"]) if kind in tables else 0


def _ends(tables: Tables, kind: str) -> tuple[Rows, Rows]:
    """Where both ends of each link stand in the tables of their nodes, int64 [n] each."""
    if kind not in tables:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    link = kinds.LINK[kind]
    return _rows(tables, link.source, tables[kind]["source"]), _rows(tables, link.target, tables[kind]["target"])


def _rows(tables: Tables, kind: str, ids: NDArray[np.str_]) -> Rows:
    known = tables[kind]["id"] if kind in tables else EMPTY["str"]
    found: Rows = pc.index_in(pa.array(ids), value_set=pa.array(known)).to_numpy(zero_copy_only=False)
    return found.astype(np.int64)


def _matrix(rows: Rows, columns: Rows, shape: tuple[int, int]) -> csr_array[np.bool_, tuple[int, int]]:
    return csr_array((np.ones(len(rows), np.bool_), (rows, columns)), shape=shape)
