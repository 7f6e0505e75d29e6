"""Who shares a credit line: ``Ann feat. Bob & The Crew`` is by Ann, with a guest.

Only words that always mean a guest are believed (feat., ft., featuring): ``Simon & Garfunkel``, ``Earth, Wind & Fire``
and ``Tyler, The Creator`` are names. Sources that tell artists apart by themselves are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np

from graph.assemble import Column, absent
from graph.kinds import LINK, NODE
from ingest.formats.shelf import digest
from ingest.records import Records

FEATURED = "featured"
_GUESTS = re.compile(r"^(?P<main>.*\S)\s+[(\[]?(?:feat|ft|featuring)\b\.?\s+(?P<guests>\S.*?)[)\]]?$", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*,\s*|\s+&\s+|\s+and\s+", re.IGNORECASE)


@lru_cache(100_000)
def apart(credit: str) -> tuple[str, ...]:
    """The names of a credit line: who it is by, then the guests; the line itself where nobody is a guest.

    Several guests are told apart only in a list with a comma: ``feat. Ann & Bob`` may be a duo.
    """
    found = _GUESTS.match(credit)
    if found is None:
        return (credit,)
    guests = found["guests"].strip()
    listed = _BETWEEN.split(guests) if "," in guests else [guests]
    return tuple(dict.fromkeys([found["main"].strip(), *(name.strip() for name in listed if name.strip())]))


def with_guests_apart(records: Mapping[str, Records]) -> dict[str, Records]:
    """The records with one artist, and one PERFORMED_BY, for each name of a credit line.

    Only artists that a source knows by nothing but their name are touched, whose id is made of it.

    Args:
        records: of one import, by kind.
    """
    artists, credits = records.get("artist"), records.get("performed_by")
    if artists is None or credits is None:
        return dict(records)
    names_of = {
        id: names
        for id, name, known in zip(*(artists.columns[c].tolist() for c in ("id", "name", "sourceIds")), strict=True)
        if not known and len(names := apart(name)) > 1 and id.endswith(f":artist:{digest(name)}")
    }
    if not names_of:
        return dict(records)
    return {**records, "artist": _artists(artists, names_of), "performed_by": _credits(credits, names_of)}


def _id(id: str, name: str) -> str:
    """The id that the source of a credit line would give to one of its names."""
    return f"{id.rpartition(':')[0]}:{digest(name)}"


def _artists(artists: Records, names_of: Mapping[str, tuple[str, ...]]) -> Records:
    kept = artists.select(np.flatnonzero(~np.isin(artists.columns["id"], list(names_of))))
    known = set(kept.columns["id"].tolist())
    new = {_id(id, name): name for id, names in names_of.items() for name in names}
    fresh = {id: name for id, name in new.items() if id not in known}
    given = {"id": list(fresh), "name": list(fresh.values())}
    columns = {
        column.name: np.concatenate(
            [
                kept.columns[column.name],
                np.array(given[column.name], np.str_) if column.name in given else absent(column.type, len(fresh)),
            ]
        )
        for column in NODE["artist"].columns
    }
    merged = artists.merged + max(0, len(artists) - len(columns["id"]))
    return replace(kept, columns=columns, read=max(artists.read, len(columns["id"]) + artists.merged), merged=merged)


def _credits(credits: Records, names_of: Mapping[str, tuple[str, ...]]) -> Records:
    rows: list[int] = []
    targets, places, roles = list[str](), list[int](), list[str]()
    ends = zip(*(credits.columns[name].tolist() for name in ("target", "position", "role")), strict=True)
    for row, (target, position, role) in enumerate(ends):
        names = names_of.get(target)
        for place, name in enumerate(names or ("",)):
            rows.append(row)
            targets.append(_id(target, name) if names else target)
            places.append(position + place if position >= 0 else position)
            roles.append(FEATURED if place else role)
    given: dict[str, Column] = {
        "target": np.array(targets, np.str_),
        "position": np.array(places, np.int64),
        "role": np.array(roles, np.str_),
    }
    chosen = np.array(rows, np.int64)
    columns = {name: given.get(name, values[chosen]) for name, values in credits.columns.items()}
    pairs = np.stack([columns["source"], columns["target"]])
    _, first = np.unique(pairs, axis=1, return_index=True)  # a guest may be credited by himself too
    order = np.sort(first)
    columns = {name: values[order] for name, values in columns.items()}
    assert set(columns) == {column.name for column in LINK["performed_by"].columns}
    return replace(credits, columns=columns, read=credits.read + len(order) - len(credits))
