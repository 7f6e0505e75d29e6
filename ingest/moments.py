"""What the event log knows of the moments of single plays: when by the listener's own clock, on what, while doing what.

The graph holds sums of pairs, which have no hour. Training reads these beside it (``gnn.context``).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from graph.arrays import GraphArrays, Links
from ingest.events import Event
from ingest.log.archive import Archive, newest
from ingest.log.event_log import EventLog

MOST = 1_000_000
"""Newest events that are looked at: habits change, and more says nothing new of a genre."""
MINUTE_S = 60
HEARD = frozenset({"PLAY", "REPEAT"})


def heard_at(log: EventLog, archive: Archive, arrays: GraphArrays, *, most: int = MOST) -> Links:
    """The plays with anything known of their moment, oldest first.

    Args:
        log: nobody else polls this object.
        archive: of this log.
        arrays: plays of listeners and tracks that are not in it are left out.
        most: newest events that are looked at.

    Returns:
        User -> track with ``at`` int64 unix seconds; ``offset`` int64 seconds that the listener's clock was ahead of
        UTC, ``offsetKnown`` bool; ``device`` and ``activity`` str, "" where unknown. A pair occurs once for each play.

    Raises:
        EventLogError: a part cannot be read.
    """
    found = sorted(_telling(log, archive, most), key=lambda event: (event.at, event.id))
    users = arrays.users.rows([event.user_id for event in found])
    tracks = arrays.tracks.rows([event.target_id for event in found])
    offsets = [event.utc_offset_min for event in found]
    links = Links(
        users,
        tracks,
        {
            "at": np.array([event.at for event in found], np.int64),
            "offset": np.array([(minutes or 0) * MINUTE_S for minutes in offsets], np.int64),
            "offsetKnown": np.array([minutes is not None for minutes in offsets], np.bool_),
            "device": np.array([(event.device or "").casefold() for event in found], np.str_),
            "activity": np.array([(event.activity or "").casefold() for event in found], np.str_),
        },
    )
    return links.select((users >= 0) & (tracks >= 0))


def _telling(log: EventLog, archive: Archive, most: int) -> Iterator[Event]:
    """Plays that know their moment, each id once."""
    seen: set[str] = set()
    for batch in newest(log, archive, most):
        for logged in batch.events:
            event = logged.event
            if event.kind in HEARD and event.knows_moment and event.id not in seen:
                seen.add(event.id)
                yield event
