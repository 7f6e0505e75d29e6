"""Who said what of a link: several records of sources may say one link of a merged node, and each can take it back.

Such a relationship carries ``said``: a list of JSON texts ``[source id, target id, {column: value}]``, one for each
record that says it, in order. Its own columns are what they say together. A relationship without ``said`` is said by
its own two ends alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graph import kinds, weights
from graph.store import GraphStore

BATCH = 5_000
E_FOLDING_S = weights.DEFAULT.e_folding_days * weights.SECONDS_PER_DAY
TIMEOUT_S = 120
SAYABLE = tuple(kind for kind in kinds.LINKS if {kind.source, kind.target} & {"track", "artist", "genre"})
"""The kinds of link that may end at something that is merged."""
_IMPORTED = {
    "count": "importedCount",
    "completed": "importedCompleted",
    "skips": "importedSkips",
    "saves": "importedSaves",
    "weight": "importedWeight",
    "weightAt": "importedWeightAt",
}
"""Where the imported part of PLAYED is kept once there is a live one; see ``write/played``."""

Values = dict[str, Any]
Ends = tuple[str, str]


@dataclass(slots=True)
class Link:
    """One relationship, and what each pair of records says of it."""

    source: str
    target: str
    said: dict[Ends, Values] = field(default_factory=dict)
    is_there: bool = False
    has_live: bool = False

    @property
    def texts(self) -> list[str] | None:
        """``said`` as stored; None where the link is said by its own ends alone."""
        if set(self.said) <= {(self.source, self.target)}:
            return None
        return [json.dumps([*ends, self.said[ends]], ensure_ascii=False, sort_keys=True) for ends in sorted(self.said)]


def columns_of(kind: kinds.LinkKind) -> tuple[str, ...]:
    """The properties of a kind of link, its ends left out."""
    return tuple(column.name for column in kind.columns if column.name not in ("source", "target"))


def read_said(properties: Mapping[str, Any], kind: kinds.LinkKind, ends: Ends) -> dict[Ends, Values]:
    """What a relationship in the graph is said to be, and by whom."""
    texts = properties.get("said")
    if texts is not None:
        return {(source, target): values for source, target, values in map(json.loads, texts)}
    own: Values = {}
    for name in columns_of(kind):
        value = properties.get(_IMPORTED.get(name, name), properties.get(name)) if kind.name == "played" else None
        value = properties.get(name) if kind.name != "played" else value
        if value is not None:
            own[name] = value
    return {ends: own}


def there(store: GraphStore, kind: kinds.LinkKind, pairs: Iterable[Ends]) -> dict[Ends, Link]:
    """The links between these pairs of nodes, with what is said of those that exist.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    found = {pair: Link(*pair) for pair in sorted(set(pairs))}
    listed = list(found)
    for start in range(0, len(listed), BATCH):
        part = listed[start : start + BATCH]
        rows = store.read(
            "read/identity_links",
            timeout_s=TIMEOUT_S,
            type=kind.type,
            source=[source for source, _ in part],
            target=[target for _, target in part],
        )
        for row in rows:
            link = found[part[row["place"]]]
            link.said = read_said(row["properties"], kind, (link.source, link.target))
            link.is_there = True
            link.has_live = row["properties"].get("importedCount") is not None
    return found


def write(store: GraphStore, kind: kinds.LinkKind, links: Iterable[Link]) -> set[Ends]:
    """Write links with all that is said of them, and remove those of which nothing is.

    Returns:
        The ends of those that could not be written, because one end is missing.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    listed = list(links)
    gone = [link for link in listed if not link.said and link.is_there]
    kept = [link for link in listed if link.said]
    lost: set[Ends] = set()
    for start in range(0, len(gone), BATCH):
        part = gone[start : start + BATCH]
        store.write(
            "write/identity_unlink",
            type=kind.type,
            source=[one.source for one in part],
            target=[one.target for one in part],
        )
    for start in range(0, len(kept), BATCH):
        part = kept[start : start + BATCH]
        together = [combined(kind, link.said.values()) for link in part]
        texts = [link.texts for link in part]
        if kind.name == "played":
            columns = {name: [values.get(name) for values in together] for name in columns_of(kind)}
            answer = store.write(
                "write/identity_played",
                timeout_s=TIMEOUT_S,
                source=[one.source for one in part],
                target=[one.target for one in part],
                **columns,
                said=texts,
                eFoldingS=E_FOLDING_S,
            )
        else:
            answer = store.write(
                "write/identity_links",
                timeout_s=TIMEOUT_S,
                type=kind.type,
                source=[one.source for one in part],
                target=[one.target for one in part],
                properties=together,
                said=texts,
            )
        done = set(answer.rows[0]["written"])
        lost |= {(link.source, link.target) for at, link in enumerate(part) if at not in done}
    return lost


def combined(kind: kinds.LinkKind, said: Iterable[Values]) -> Values:
    """What several records say of one link together; the order of the records is no matter.

    Plays add up, every listener's own; positions and dates are the first, weights the largest, words are joined.
    """
    listed = sorted(said, key=lambda values: json.dumps(values, sort_keys=True))
    together: Values = {}
    if kind.name == "played":
        until = max(values["weightAt"] for values in listed)
        decayed = (values["weight"] * math.exp((values["weightAt"] - until) / E_FOLDING_S) for values in listed)
        together = {"weight": math.fsum(decayed), "weightAt": until}
    for column in kind.columns:
        values = [one[column.name] for one in listed if one.get(column.name) is not None]
        if values and column.name not in together and column.name not in ("source", "target"):
            together[column.name] = _RULES.get(column.name, _joined if column.type == "str" else min)(values)
    return together


def _joined(words: list[str]) -> str:
    return ",".join(sorted({part for word in words for part in word.split(",")}))


_RULES: dict[str, Callable[[list[Any]], Any]] = {
    "count": sum,
    "completed": sum,
    "skips": sum,
    "saves": sum,
    "weight": max,
    "lastAt": max,
    "to": max,
    "at": max,
    "role": min,
}
