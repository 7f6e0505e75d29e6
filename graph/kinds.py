"""What exists in the graph: every kind of node and link, with its columns, as one table.

Importers, the loader, the export and the tests read it; ``cypher/write/KIND.cypher`` writes it. Column names are the
graph's property names. Times are unix seconds in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal["str", "int", "float", "bool", "list"]
NodeName = Literal["user", "track", "artist", "genre", "playlist"]


@dataclass(frozen=True, slots=True)
class Column:
    """One property: its name, its type, and whether a record without it is rejected."""

    name: str
    type: Type
    required: bool = False


@dataclass(frozen=True, slots=True)
class NodeKind:
    """A label. Every node has ``id`` (unique per label) and ``name``."""

    name: NodeName
    label: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class LinkKind:
    """A relationship type between two labels; its records name both ends by ``source`` and ``target`` ids."""

    name: str
    type: str
    source: NodeName
    target: NodeName
    columns: tuple[Column, ...] = ()


def _named(*columns: Column) -> tuple[Column, ...]:
    return (Column("id", "str", True), Column("name", "str", True), Column("sourceIds", "list"), *columns)


def _ends(*columns: Column) -> tuple[Column, ...]:
    return (Column("source", "str", True), Column("target", "str", True), *columns)


AUDIO = (
    "tempo",
    "tempoAlt",
    "tempoConfidence",
    "loudness",
    "energy",
    "danceability",
    "valence",
    "acousticness",
    "instrumentalness",
    "speechiness",
    "liveness",
)
"""The audio features that are numbers; ``key`` (0-11, C = 0) and ``mode`` (1 major, 0 minor) are whole numbers."""

SOUND_VECTOR = "soundVector"
"""What a network heard in a track's audio: a list of numbers on tracks whose audio was analysed here."""

NODES: tuple[NodeKind, ...] = (
    NodeKind(
        "user",
        "User",
        (
            Column("id", "str", True),
            Column("name", "str"),
            Column("sourceIds", "list"),
            Column("createdAt", "int"),
            Column("country", "str"),
            Column("timeZone", "str"),
            Column("allowExplicit", "bool"),
        ),
    ),
    NodeKind("artist", "Artist", _named(Column("country", "str"))),
    NodeKind(
        "genre",
        "Genre",
        _named(
            Column("slug", "str"),
            Column("aliases", "list"),  # other spellings and names
            Column("x", "float"),  # where a map of genres puts it
            Column("y", "float"),
            Column("level", "int"),  # steps to the nearest root of the taxonomy, 0 for a root
        ),
    ),
    NodeKind(
        "track",
        "Track",
        _named(
            Column("durationMs", "int"),
            Column("explicit", "bool"),
            Column("isrc", "str"),
            Column("releaseDate", "str"),
            Column("album", "str"),
            Column("popularity", "int"),
            *(Column(name, "float") for name in AUDIO),
            Column("key", "int"),
            Column("mode", "int"),
            Column("timeSignature", "int"),
            Column("audioSource", "str"),
            Column("extractorVersion", "str"),
        ),
    ),
    NodeKind(
        "playlist", "Playlist", _named(Column("kind", "str"), Column("description", "str"), Column("createdAt", "int"))
    ),
)

LINKS: tuple[LinkKind, ...] = (
    LinkKind("subgenre_of", "SUBGENRE_OF", "genre", "genre", _ends(Column("origin", "str"))),
    LinkKind(
        "influenced",
        "INFLUENCED",
        "genre",
        "genre",
        _ends(Column("kind", "str"), Column("origin", "str"), Column("from", "int"), Column("to", "int")),  # years
    ),
    LinkKind(
        "performed_by", "PERFORMED_BY", "track", "artist", _ends(Column("position", "int"), Column("role", "str"))
    ),
    LinkKind("track_genre", "IN_GENRE", "track", "genre", _ends(Column("weight", "float"))),
    LinkKind("artist_genre", "IN_GENRE", "artist", "genre", _ends(Column("weight", "float"))),
    LinkKind("version_of", "VERSION_OF", "track", "track", _ends()),
    LinkKind("contains", "CONTAINS", "playlist", "track", _ends(Column("position", "int"), Column("addedAt", "int"))),
    LinkKind("owns", "OWNS", "user", "playlist", _ends()),
    LinkKind("follows", "FOLLOWS", "user", "user", _ends(Column("since", "int"))),
    LinkKind("saved", "SAVED", "user", "track", _ends(Column("at", "int"))),
    LinkKind("listens_to", "LISTENS_TO", "user", "artist", _ends(Column("count", "int", True))),
    LinkKind(
        "played",
        "PLAYED",
        "user",
        "track",
        _ends(
            Column("count", "int", True),
            Column("completed", "int"),
            Column("skips", "int"),
            Column("saves", "int"),
            Column("weight", "float"),  # decayed sum, valid at weightAt; see graph.weights
            Column("weightAt", "int"),
            Column("firstAt", "int", True),
            Column("lastAt", "int", True),
        ),
    ),
)

NODE: dict[str, NodeKind] = {kind.name: kind for kind in NODES}
LINK: dict[str, LinkKind] = {kind.name: kind for kind in LINKS}
ORDER: tuple[str, ...] = (*NODE, *LINK)
"""Nodes before links: the order in which a whole data set is written."""
