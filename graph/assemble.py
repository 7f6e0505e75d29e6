"""How columns of ids and properties become ``GraphArrays``: one way, whether they come from Neo4j or from files.

How an absent value is written in a column: "" (str), NaN (float), -1 (int and bool).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph import kinds, weights
from graph.arrays import GraphArrays, Ids, Links

Column = NDArray[Any]
Columns = Mapping[str, Column]
"""Property name -> str, int64 or float64 [n]; links have ``source`` and ``target`` ids, str [n]."""

EMPTY: dict[kinds.Type, Column] = {
    "str": np.empty(0, np.str_),
    "int": np.empty(0, np.int64),
    "float": np.empty(0, np.float64),
    "bool": np.empty(0, np.int64),
    "list": np.empty(0, object),
}
_ABSENT: dict[kinds.Type, Any] = {"str": "", "int": -1, "float": np.nan, "bool": -1, "list": None}


def absent(type: kinds.Type, n: int) -> Column:
    """A column without any value, [n]."""
    return np.full(n, _ABSENT[type], EMPTY[type].dtype if type != "str" else np.dtype("<U1"))


def typed(type: kinds.Type, values: list[Any]) -> Column:
    """Plain values, None where absent, as a column of this type [n]."""
    if type == "str":
        return np.array([value or "" for value in values], dtype=np.str_)
    if type == "list":
        array = absent(type, len(values))
        array[:] = values
        return array
    return np.array([_ABSENT[type] if value is None else value for value in values], EMPTY[type].dtype)


def assemble(nodes: Mapping[str, Columns], links: Mapping[str, Columns]) -> GraphArrays:
    """Number the nodes by ascending id and the links by rows; a link with an unknown end is left out.

    Links are in ascending order of (source row, target row), each pair once. ``played.weight`` is carried to the
    watermark, so that the weights of all pairs can be compared.

    Args:
        nodes: kind of node -> its columns, ``id`` among them; a missing kind is empty.
        links: kind of link -> its columns.
    """
    ids = {name: Ids.of(nodes.get(name, {}).get("id", EMPTY["str"])) for name in kinds.NODE}
    orders = {name: _order(ids[name], nodes[name]) for name in kinds.NODE if name in nodes}
    relations = {kind.name: _links(kind, links.get(kind.name, {}), ids) for kind in kinds.LINKS}
    watermark = int(relations["played"].columns["lastAt"].max(initial=0))
    return GraphArrays(
        users=ids["user"],
        tracks=ids["track"],
        artists=ids["artist"],
        genres=ids["genre"],
        playlists=ids["playlist"],
        names={name: _names(ids[name], nodes.get(name, {}), orders.get(name)) for name in ids},
        track_columns=_track_columns(nodes.get("track", {}), orders.get("track")),
        played=_weighed(relations["played"], watermark),
        listens_to=relations["listens_to"],
        performed_by=relations["performed_by"],
        track_genre=relations["track_genre"],
        artist_genre=relations["artist_genre"],
        subgenre_of=relations["subgenre_of"],
        contains=relations["contains"],
        follows=relations["follows"],
        version_of=relations["version_of"],
        saved=relations["saved"],
        watermark=watermark,
    )


def _order(ids: Ids, columns: Columns) -> NDArray[np.int64]:
    """Where in ``columns`` each row of ``ids`` lies."""
    order = np.empty(len(ids), np.int64)
    rows = ids.rows(np.asarray(columns["id"], np.str_))
    order[rows[::-1]] = np.arange(len(rows))[::-1]
    return order


def _names(ids: Ids, columns: Columns, order: NDArray[np.int64] | None) -> NDArray[np.str_]:
    if order is None or "name" not in columns:
        return absent("str", len(ids))
    return columns["name"][order]


def _track_columns(columns: Columns, order: NDArray[np.int64] | None) -> dict[str, NDArray[np.generic]]:
    """What some track has: text as str, everything else as float64 with NaN where absent."""
    found: dict[str, NDArray[np.generic]] = {}
    for column in kinds.NODE["track"].columns:
        if order is None or column.name in ("id", "name") or column.type == "list" or column.name not in columns:
            continue
        values = columns[column.name][order]
        if column.type in ("int", "bool"):
            values = np.where(values == -1, np.nan, values.astype(np.float64))
        if bool((values != "").any() if column.type == "str" else np.isfinite(values).any()):
            found[column.name] = values
    return found


def _links(kind: kinds.LinkKind, columns: Columns, ids: Mapping[str, Ids]) -> Links:
    source = ids[kind.source].rows(columns.get("source", EMPTY["str"]))
    target = ids[kind.target].rows(columns.get("target", EMPTY["str"]))
    known = np.flatnonzero((source >= 0) & (target >= 0))
    _, first = np.unique(source[known] * max(len(ids[kind.target]), 1) + target[known], return_index=True)
    chosen = known[first]
    properties = {
        column.name: columns[column.name][chosen] if column.name in columns else absent(column.type, len(chosen))
        for column in kind.columns
        if column.name not in ("source", "target")
    }
    return Links(source[chosen], target[chosen], properties)


def _weighed(played: Links, watermark: int) -> Links:
    """The same links with every weight valid at the watermark; sums that nobody knows are 0."""
    columns = dict(played.columns)
    columns.update({name: np.maximum(columns[name], 0) for name in ("completed", "skips", "saves")})
    weight_at = columns.pop("weightAt").astype(np.int64)
    columns["weight"] = weights.decay(columns["weight"].astype(np.float64), weight_at, watermark)
    return Links(played.source_row, played.target_row, columns)
