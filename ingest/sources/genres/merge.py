"""How what several vocabularies say becomes one taxonomy: a genre for each squashed name, a tree without cycles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.acyclic import Edge, acyclic
from ingest.formats.files import Tally
from ingest.names import slug, squashed
from ingest.source import Batch, Remark
from ingest.sources.genres.said import Named, Said

BETWEEN = ", "
"""Between the origins of a link that several vocabularies know."""


@dataclass(slots=True)
class _Genre:
    """One genre: the first vocabulary that lists it gives the name."""

    name: str
    ids: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    x: float | None = None
    y: float | None = None
    level: int | None = None


def merged(source: str, said: Sequence[Said]) -> Iterator[Batch]:
    """The records of the vocabularies ``said``, names of the earlier ones first; ids are ``SOURCE:genre:SLUG``."""
    genres = _genres(said)
    ambiguous = _name_others(genres, said)
    tree, tree_batch = _tree(source, genres, said)
    for key, level in _levels(tree).items():
        genres[key].level = level
    read = sum(len(one.genres) for one in said)
    yield Batch(
        "genre",
        {
            "id": [_id(source, genre) for genre in genres.values()],
            "name": [genre.name for genre in genres.values()],
            "slug": [slug(genre.name) for genre in genres.values()],
            "sourceIds": [genre.ids or None for genre in genres.values()],
            "aliases": [genre.aliases or None for genre in genres.values()],
            "x": [genre.x for genre in genres.values()],
            "y": [genre.y for genre in genres.values()],
            "level": [genre.level for genre in genres.values()],
        },
        _told(said, "genre", rejected=True),
        (*_told(said, "genre", rejected=False), *ambiguous.remarks()),
        read - len(genres),
    )
    yield tree_batch
    yield _influences(source, genres, said)


def _id(source: str, genre: _Genre) -> str:
    return f"{source}:genre:{slug(genre.name)}"


def _genres(said: Sequence[Said]) -> dict[str, _Genre]:
    """Every genre by its squashed name, in order of appearance."""
    genres: dict[str, _Genre] = {}
    for one in said:
        for named in one.genres:
            genre = genres.setdefault(squashed(named.name), _Genre(named.name))
            _add(genre, named, one.origin)
    return genres


def _add(genre: _Genre, named: Named, origin: str) -> None:
    id = f"{origin}:{named.id}" if named.id else None
    if id and id not in genre.ids:
        genre.ids.append(id)
    if named.name.casefold() not in {name.casefold() for name in (genre.name, *genre.aliases)}:
        genre.aliases.append(named.name)
    if genre.x is None or genre.y is None:
        genre.x, genre.y = named.x, named.y


def _name_others(genres: dict[str, _Genre], said: Sequence[Said]) -> Tally:
    """Add the other names that the vocabularies give, where such a name means one genre only."""
    claims: dict[str, set[str]] = {}
    for named in (named for one in said for named in one.genres):
        for alias in named.aliases:
            claims.setdefault(squashed(alias), set()).add(squashed(named.name))
    left_out = Tally()
    for named in (named for one in said for named in one.genres):
        own = squashed(named.name)
        for alias in named.aliases:
            key = squashed(alias)
            if key != own and key in genres:
                left_out.add("alias is a genre itself: left out", named.place)
            elif len(claims[key]) > 1:
                left_out.add("alias of several genres: left out", named.place)
            elif alias.casefold() not in {name.casefold() for name in (genres[own].name, *genres[own].aliases)}:
                genres[own].aliases.append(alias)
    return left_out


def _tree(source: str, genres: dict[str, _Genre], said: Sequence[Said]) -> tuple[list[Edge], Batch]:
    """SUBGENRE_OF without self loops and cycles.

    An edge is the stronger the more vocabularies have it; among equals, the more of their influences run from parent to
    child rather than back.
    """
    origins: dict[Edge, list[str]] = {}
    own, unknown, statements = [], [], 0
    for one in said:
        for parent in one.parents:
            edge = squashed(parent.child), squashed(parent.parent)
            if edge[0] == edge[1]:
                own.append(f"{parent.place}: {parent.child}")
            elif edge[0] not in genres or edge[1] not in genres:
                unknown.append(f"{parent.place}: {parent.child} under {parent.parent}")
            else:
                statements += 1
                known = origins.setdefault(edge, [])
                if one.origin not in known:
                    known.append(one.origin)
    flow = Counter((squashed(one.source), squashed(one.target)) for some in said for one in some.influences)
    strength = {
        (child, parent): (len(known), flow[parent, child] - flow[child, parent])
        for (child, parent), known in origins.items()
    }
    kept, dropped = acyclic(strength)
    places = [f"{genres[child].name} under {genres[parent].name}" for child, parent in dropped]
    rejected = (
        *_told(said, "subgenre_of", rejected=True),
        *_all_of("subgenre of itself", own),
        *_all_of("unknown genre", unknown),
        *_all_of("would close a cycle of subgenres", places),
    )
    columns = {
        "source": [_id(source, genres[child]) for child, _ in kept],
        "target": [_id(source, genres[parent]) for _, parent in kept],
        "origin": [BETWEEN.join(origins[edge]) for edge in kept],
    }
    noted = _told(said, "subgenre_of", rejected=False)
    return kept, Batch("subgenre_of", columns, rejected, noted, statements - len(origins))


def _all_of(reason: str, places: list[str]) -> tuple[Remark, ...]:
    """A remark that names every place: an edge that is left out changes the taxonomy."""
    return (Remark(reason, len(places), tuple(places)),) if places else ()


def _levels(tree: list[Edge]) -> dict[str, int]:
    """Steps to the nearest root, for every genre in the tree."""
    below: dict[str, list[str]] = {}
    for child, parent in tree:
        below.setdefault(parent, []).append(child)
    children = {child for child, _ in tree}
    levels = dict.fromkeys(sorted(set(below) - children), 0)
    waiting = list(levels)
    for genre in waiting:  # grows while it is read: breadth first
        for child in below.get(genre, ()):
            if child not in levels:
                levels[child] = levels[genre] + 1
                waiting.append(child)
    return levels


def _influences(source: str, genres: dict[str, _Genre], said: Sequence[Said]) -> Batch:
    """INFLUENCED: one for each pair, with all the kinds and origins that say so."""
    found: dict[Edge, dict[str, Any]] = {}
    own, unknown, taken = [], Tally(), 0
    for one in said:
        for influence in one.influences:
            edge = squashed(influence.source), squashed(influence.target)
            if edge[0] == edge[1]:
                own.append(f"{influence.place}: {influence.source}")
            elif edge[0] not in genres or edge[1] not in genres:
                unknown.add("influence of or on what is no genre here", influence.place)
            else:
                taken += 1
                link = found.setdefault(edge, {"kind": [], "origin": [], "from": None, "to": None})
                for name, value in (("kind", influence.kind), ("origin", one.origin)):
                    if value not in link[name]:
                        link[name].append(value)
                for name, year, choose in (("from", influence.first, min), ("to", influence.last, max)):
                    if year is not None:
                        link[name] = year if link[name] is None else choose(link[name], year)
    rejected = (
        *_told(said, "influenced", rejected=True),
        *Remark.at("influence of a genre on itself", own),
        *unknown.remarks(),
    )
    columns = {
        "source": [_id(source, genres[first]) for first, _ in found],
        "target": [_id(source, genres[second]) for _, second in found],
        "kind": [BETWEEN.join(link["kind"]) for link in found.values()],
        "origin": [BETWEEN.join(link["origin"]) for link in found.values()],
        "from": [link["from"] for link in found.values()],
        "to": [link["to"] for link in found.values()],
    }
    noted = _told(said, "influenced", rejected=False)
    return Batch("influenced", columns, rejected, noted, taken - len(found))


def _told(said: Sequence[Said], kind: str, *, rejected: bool) -> tuple[Remark, ...]:
    """What the readers have counted themselves."""
    tallies = [(one.rejected if rejected else one.noted).get(kind) for one in said]
    return tuple(remark for tally in tallies if tally for remark in tally.remarks())
