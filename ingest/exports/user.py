"""Everything that the graph knows of a user, one JSON object a line: readable by eye, each with its ``type``.

First ``user``, then each ``playlist`` of theirs, then what their relationships say (``played``, ``saved``, ``liked``,
``disliked``, ``blocked``, ``follows``, ``listens_to``, and ``edited`` for what they changed about their
taste), then every ``event`` that was recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graph.errors import NotFoundError
from graph.store import GraphStore
from ingest.events import Event, as_json
from ingest.formats.text import LATEST, iso_time

TIMES = frozenset({"at", "until", "since"})
"""Properties that hold unix seconds, besides those that end in ``At``."""


def user_lines(store: GraphStore, id: str, events: Iterable[Event] = ()) -> Iterator[str]:
    """The lines, without line ends; times in ISO 8601, UTC.

    Args:
        store: the graph.
        id: the user's.
        events: everything that was ever recorded of whomever; the user's are chosen.

    Raises:
        NotFoundError: there is no such user.
        GraphError: Neo4j is absent, or refuses.
    """
    found = store.read("read/user_export", id=id)
    if not found:
        raise NotFoundError(f"there is no user {id!r}: give the id of one, such as lfm1m:user:2653")
    yield _line("user", found[0]["properties"])
    for properties, tracks in store.stream("read/user_export_playlists", id=id):
        listed = [_readable({"id": track, "name": name, **of}) for track, name, of in tracks]
        yield _line("playlist", {**properties, "tracks": listed})
    for type, label, target, name, artists, properties, about in store.stream("read/user_export_links", id=id):
        end: dict[str, Any] = {"id": target, "name": name, **({"artists": artists} if artists else {})}
        if about is not None:
            end = _readable(about)
        yield _line(type.lower(), {label.lower(): end, **properties})
    for event in events:
        if event.user_id == id:
            yield _line("event", as_json(event))


def _line(type: str, properties: Mapping[str, Any]) -> str:
    return json.dumps({"type": type, **_readable(properties)}, ensure_ascii=False, sort_keys=False)


def _readable(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The same with times that people can read."""
    return {name: _time(name, value) for name, value in properties.items()}


def _time(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_time(name, one) for one in value]
    is_time = (name in TIMES or name.endswith("At")) and isinstance(value, int) and not isinstance(value, bool)
    return iso_time(value) if is_time and 0 <= value <= LATEST else value
