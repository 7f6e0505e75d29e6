"""What an import says of listeners, as the sums that the graph holds: events and counts become PLAYED and SAVED.

With a folder of segments the sums are those of everything ever imported about the listeners concerned, so that exports
may overlap, come in any order, and come from several sources.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graph import kinds, weights
from graph.assemble import EMPTY, Column, absent
from ingest.log.segments import DURATION, LINKS, Segments
from ingest.records import Records
from ingest.source import EVENT, Remark

PLAYED, SAVED = "played", "saved"
SUMMED = ("PLAY", "SKIP", "SAVE", "UNSAVE", "LIKE", "ADD_TO_PLAYLIST", "REPEAT")
"""The kinds of events that are summands of PLAYED; an import leaves the others out, and says so."""


@dataclass(frozen=True, slots=True, eq=False)
class Behaviour:
    """The records of an import with its events summed.

    Attributes:
        records: by kind, ``event`` gone, ``played`` and ``saved`` complete.
        events: the events that were read, None where the source has none.
        known: how many of them an earlier import had brought.
    """

    records: dict[str, Records]
    events: Records | None = None
    known: int = 0


def behaviour(source: str, records: dict[str, Records], segments: Segments | None = None) -> Behaviour:
    """Sum what was read, and with ``segments`` all that was ever read about the same listeners.

    Args:
        source: name of the data set.
        records: by kind, as ``ingest.records.gather`` gives them.
        segments: where histories are sealed; without, the sums are those of this import alone.

    Raises:
        SourceError: the history cannot be sealed, or a sealed one is damaged.
    """
    events, played = records.get(EVENT), records.get(PLAYED)
    if segments is not None:
        for kind in LINKS:
            if kind in records:
                segments.seal_links(source, records[kind])
    if events is None and (played is None or segments is None):
        return Behaviour(records)
    events = None if events is None else _summable(events)
    own = {} if events is None else events.columns | {DURATION.name: _durations(events.columns["target"], records)}
    known = 0
    if segments is None:
        assert events is not None  # else there was nothing to do
        parts = [_of_events(own)] + ([dict(played.columns)] if played else [])
        told: dict[str, Column] = own
    else:
        if events is not None and len(events):
            known = segments.seal_events(source, events, own[DURATION.name]).known
        users = np.concatenate([found.columns["source"] for found in (events, played) if found is not None])
        told = segments.events_of(users)
        parts = [_of_events(told), segments.links_of(PLAYED, users)]
    done = {kind: found for kind, found in records.items() if kind != EVENT}
    total = _added(parts)
    read = played.read if played else len(total["source"])
    former = played or Records(PLAYED, total, read)
    done[PLAYED] = replace(former, columns=total)
    saves = _saves(told)
    if len(saves["source"]):
        done[SAVED] = _with(done.get(SAVED), saves)
    order = [kind for kind in kinds.ORDER if kind in done]
    return Behaviour({kind: done[kind] for kind in order}, events, known)


def sealed(segments: Segments, users: Column) -> dict[str, Records]:
    """What all imports together say of these listeners (str [n]), as records for the graph, by kind.

    Raises:
        SourceError: a sealed history is damaged.
    """
    told = segments.events_of(users)
    columns = {kind: segments.links_of(kind, users) for kind in LINKS}
    columns[PLAYED] = _added([_of_events(told), columns[PLAYED]])
    found = {kind: Records(kind, values, len(values["source"])) for kind, values in columns.items()}
    found[SAVED] = _with(found[SAVED], _saves(told))
    return {kind: found[kind] for kind in kinds.ORDER if kind in found and len(found[kind])}


def _summable(events: Records) -> Records:
    good = np.isin(events.columns["kind"], SUMMED)
    if good.all():
        return events
    left_out = [
        f"{kind} of {user}"
        for kind, user in zip(*(events.columns[c][~good].tolist() for c in ("kind", "source")), strict=True)
    ]
    return events.select(
        np.flatnonzero(good), *Remark.at("no play, skip, save or like: imports leave it out", left_out)
    )


def _of_events(events: dict[str, Column]) -> dict[str, Column]:
    """PLAYED of each pair, by column."""
    users, user = np.unique(events["source"], return_inverse=True)
    tracks, track = np.unique(events["target"], return_inverse=True)
    pairs, pair = np.unique(user.astype(np.int64) * max(len(tracks), 1) + track, return_inverse=True)
    if not len(pairs):
        return {column.name: EMPTY[column.type] for column in kinds.LINK[PLAYED].columns}
    sums = weights.sum_by_pair(
        pair,
        events["kind"],
        events["at"],
        as_of=int(events["at"].max()),
        n_pairs=len(pairs),
        listened_ms=events["listenedMs"],
        duration_ms=events[DURATION.name],
    )
    weight_at = np.full(len(pairs), sums.weight_at)
    return {
        "source": users[pairs // len(tracks)],
        "target": tracks[pairs % len(tracks)],
        "count": sums.count,
        "completed": sums.completed,
        "skips": sums.skips,
        "saves": sums.saves,
        "weight": weights.decay(sums.weight, weight_at, sums.last_at),
        "weightAt": sums.last_at,
        "firstAt": sums.first_at,
        "lastAt": sums.last_at,
    }


def _durations(tracks: Column, records: dict[str, Records]) -> NDArray[np.int64]:
    """Milliseconds of each track (str [n]) where this import knows them, else ``UNKNOWN_MS``; int64 [n]."""
    found = records.get("track")
    known = np.full(len(tracks), weights.UNKNOWN_MS, np.int64)
    if found is not None and len(found):
        order = np.argsort(found.columns["id"])
        ids = found.columns["id"][order]
        at = np.minimum(np.searchsorted(ids, tracks), len(ids) - 1)
        same = ids[at] == tracks
        known[same] = found.columns["durationMs"][order][at[same]]
    return np.where(known > 0, known, weights.UNKNOWN_MS)


def _added(parts: list[dict[str, Column]]) -> dict[str, Column]:
    """One row for each pair: counts added, weights carried to the newest of their times and added."""
    columns = {
        column.name: np.concatenate([part[column.name] for part in parts]) for column in kinds.LINK[PLAYED].columns
    }
    if not len(columns["source"]):
        return columns
    order = np.lexsort((columns["source"], columns["target"]))
    columns = {name: values[order] for name, values in columns.items()}
    starts = np.flatnonzero(
        np.r_[
            True, (columns["source"][1:] != columns["source"][:-1]) | (columns["target"][1:] != columns["target"][:-1])
        ]
    )
    if len(starts) == len(order):
        return columns
    newest = np.maximum.reduceat(columns["weightAt"], starts)
    counts = np.diff(np.r_[starts, len(order)])
    carried = weights.decay(columns["weight"], columns["weightAt"], np.repeat(newest, counts))
    added = {
        name: np.add.reduceat(np.maximum(columns[name], 0), starts) for name in ("count", "completed", "skips", "saves")
    }
    return {
        "source": columns["source"][starts],
        "target": columns["target"][starts],
        **added,
        "weight": np.add.reduceat(carried, starts),
        "weightAt": newest,
        "firstAt": np.minimum.reduceat(columns["firstAt"], starts),
        "lastAt": np.maximum.reduceat(columns["lastAt"], starts),
    }


def _saves(events: dict[str, Column]) -> dict[str, Column]:
    """SAVED of each pair whose last word is a save, by column."""
    chosen = np.flatnonzero(np.isin(events["kind"], ("SAVE", "UNSAVE")))
    order = chosen[np.lexsort((events["at"][chosen], events["source"][chosen], events["target"][chosen]))]
    source, target = events["source"][order], events["target"][order]
    last = np.r_[(source[1:] != source[:-1]) | (target[1:] != target[:-1]), True][: len(order)].astype(np.bool_)
    kept = order[last & (events["kind"][order] == "SAVE")]
    return {"source": events["source"][kept], "target": events["target"][kept], "at": events["at"][kept]}


def _with(saved: Records | None, more: dict[str, Column]) -> Records:
    """The links of the source and those of the events; where both have one, the source's."""
    if saved is None:
        return Records(SAVED, more, len(more["source"]))
    pairs = set(zip(saved.columns["source"].tolist(), saved.columns["target"].tolist(), strict=True))
    new = [
        row
        for row, pair in enumerate(zip(more["source"].tolist(), more["target"].tolist(), strict=True))
        if pair not in pairs
    ]
    columns = {
        name: np.concatenate([values, more.get(name, absent("int", len(more["at"])))[new]])
        for name, values in saved.columns.items()
    }
    return replace(saved, columns=columns, read=saved.read + len(new))
