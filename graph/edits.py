"""What listeners decided about their own taste profile: edits as nodes of the graph, so that they outlive a rebuild.

``(:User)-[:EDITED]->(:ProfileEdit)-[:ABOUT]->(track, artist, genre or playlist)``. An edit that was taken back stays,
with the time at which it was. What edits do to answers is for ``recommend.edits``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import uuid4

from graph.errors import NotFoundError
from graph.store import GraphStore

MUSIC = ("Track", "Artist", "Genre")


class EditKind(StrEnum):
    """What a listener may change."""

    MUTE = "MUTE"  # neither in the taste nor recommended
    BOOST = "BOOST"  # recommended more
    BLOCK = "BLOCK"  # not recommended, for ever or until a day
    EXCLUDE = "EXCLUDE"  # not in the taste, and recommended as anything else
    EXCLUDE_PERIOD = "EXCLUDE_PERIOD"  # what was played in a period is not in the taste
    PRIVATE_SESSION = "PRIVATE_SESSION"  # what is played from now on is not in the taste, until it ends
    END_PRIVATE_SESSION = "END_PRIVATE_SESSION"  # it ends before its time
    PERSONALISATION = "PERSONALISATION"  # how much may be known: the last one counts


class Level(StrEnum):
    """How much of what is known of a listener their answers may rest on."""

    OFF = "OFF"  # nothing that they did
    LIGHT = "LIGHT"  # this session, and what they said that they like
    BALANCED = "BALANCED"  # the last 90 days
    DEEP = "DEEP"  # everything


TARGETS: Mapping[EditKind, tuple[str, ...]] = {
    EditKind.MUTE: MUSIC,
    EditKind.BOOST: MUSIC,
    EditKind.BLOCK: MUSIC,
    EditKind.EXCLUDE: (*MUSIC, "Playlist"),
}
"""Kind -> labels that it may be about; the other kinds are about nothing."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One decision of a listener.

    Attributes:
        kind: what is changed.
        target: id of what it is about, as it was said; "" where it is about nothing.
        name, label: of the target.
        since, until: unix seconds: the period of EXCLUDE_PERIOD and PRIVATE_SESSION, the end excluded; ``until`` of a
            BLOCK is when it ends, None for never.
        level: of PERSONALISATION.
        at: unix seconds when it was made.
        number: of a listener's edits, from 1; 0 before it is kept.
        undone_at: unix seconds when it was taken back.
        now: the target's id in the graph, another than ``target`` where that was merged away since.
    """

    kind: EditKind
    target: str = ""
    name: str | None = None
    label: str | None = None
    since: int | None = None
    until: int | None = None
    level: Level | None = None
    at: int = 0
    number: int = 0
    undone_at: int | None = None
    now: str | None = None

    @property
    def ids(self) -> frozenset[str]:
        """Every id of the target: a model may be older than a merge."""
        return frozenset(id for id in (self.target, self.now) if id)


def level_of(edits: Sequence[Edit]) -> Level:
    """The level that a listener chose last; everything may be known where they never did."""
    said = [edit for edit in edits if edit.level is not None]
    level = max(said, key=lambda edit: edit.number).level if said else None
    return level or Level.DEEP


def boosted_ids(edits: Sequence[Edit]) -> frozenset[str]:
    """What a listener wants more of; nothing for somebody who wants no personal answers."""
    if not edits or level_of(edits) is Level.OFF:
        return frozenset()
    return frozenset(id for edit in edits if edit.kind is EditKind.BOOST for id in edit.ids)


def edit_of(properties: Mapping[str, Any]) -> Edit:
    """An edit from the properties of its node, and ``about``: the ids of what it leads to."""
    level, about = properties.get("level"), properties.get("about") or [None]
    return Edit(
        kind=EditKind(properties["kind"]),
        target=properties.get("target") or "",
        name=properties.get("name"),
        label=properties.get("label"),
        since=properties.get("since"),
        until=properties.get("until"),
        level=None if level is None else Level(level),
        at=properties["at"],
        number=properties["number"],
        undone_at=properties.get("undoneAt"),
        now=about[0],
    )


class ProfileEdits:
    """Keeps edits in Neo4j, so that analysts and an export of somebody's data see them; safe to share."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store

    def of(self, user_id: str) -> list[Edit]:
        """Every edit of a listener, the first one first, also what they took back. Raises GraphError."""
        rows = self._store.read("read/profile_edits", user=user_id)
        return [edit_of({**row["edit"], "about": row["about"]}) for row in rows]

    def keep(self, user_id: str, edit: Edit) -> int:
        """Keep a new edit; its number.

        Raises:
            NotFoundError: there is no such user.
            GraphError: Neo4j is absent, or refuses; nothing was kept.
        """
        written = self._store.write(
            "write/profile_edit",
            user=user_id,
            id=f"{user_id}|{uuid4().hex}",
            kind=edit.kind.value,
            target=edit.target or None,
            name=edit.name,
            label=edit.label,
            since=edit.since,
            until=edit.until,
            level=edit.level.value if edit.level else None,
            at=edit.at,
        )
        if not written.rows:
            raise NotFoundError(f"there is no user {user_id!r}: give the id of an imported user")
        return int(written.rows[0]["number"])

    def undo(self, user_id: str, number: int, at: int) -> None:
        """Take an edit back at ``at``, unix seconds; one that was taken back already stays as it is.

        Raises:
            NotFoundError: the listener has no edit of this number.
            GraphError: Neo4j is absent, or refuses.
        """
        if not self._store.write("write/profile_edit_undo", user=user_id, number=number, at=at).rows:
            raise NotFoundError(f"{user_id} has no edit {number}: see `phonograph profile edits {user_id}`")

    def target(self, id: str) -> tuple[str, str, str | None] | None:
        """The id, the label and the name of the node that an id means, also after a merge; None where nothing has it.

        Raises:
            GraphError: Neo4j is absent, or refuses.
        """
        (row,) = self._store.read("read/event_ends", ids=[id])
        return None if row["label"] is None else (row["node"], row["label"], row["name"])
