"""``phonograph genres``: all genres, or one with its neighbours and why they are neighbours."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.console import print_json, print_table, say
from api.service import Service
from api.settings import load_settings
from graph.browse import GenrePage
from graph.errors import NoModelError, NotFoundError

ALL = 1_000_000


def genres(
    genre: Annotated[str | None, typer.Argument(help="A slug, a name or an id; all genres when absent.")] = None,
    adjacent: Annotated[bool, typer.Option("--adjacent", help="Show the neighbours too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
) -> None:
    """List the genres, or show one with its parents, children and neighbours."""
    service = Service.open(load_settings())
    try:
        answer = _one(service, genre, adjacent) if genre else _all(service)
    finally:
        service.close()
    if as_json:
        print_json(answer)
    elif genre:
        _show_one(answer)
    else:
        rows = [[entry["name"], entry["slug"] or "", entry["trackCount"]] for entry in answer["genres"]]
        print_table("Genres", ["genre", "slug", "tracks"], rows)


def _all(service: Service) -> dict[str, Any]:
    listed = service.browse.all_genres(ALL)
    return {
        "genres": [
            {"id": entry.genre.id, "name": entry.genre.name, "slug": entry.genre.slug, "trackCount": entry.track_count}
            for entry in listed
        ]
    }


def _one(service: Service, wanted: str, adjacent: bool) -> dict[str, Any]:
    found = service.browse.genre_called(wanted)
    if found is None:
        raise NotFoundError(f"there is no genre {wanted!r}: `phonograph genres` lists them all")
    page = service.browse.genres([found])[found]
    answer = _page(page)
    if adjacent:
        answer["adjacent"] = _neighbours(service, found)
    return answer


def _page(page: GenrePage) -> dict[str, Any]:
    return {
        "id": page.id,
        "name": page.name,
        "slug": page.slug,
        "trackCount": page.track_count,
        "parents": [{"id": genre.id, "name": genre.name} for genre in page.parents],
        "children": [{"id": genre.id, "name": genre.name} for genre in page.children],
    }


def _neighbours(service: Service, id: str) -> list[dict[str, Any]]:
    found = service.adjacent_genres(id)
    if found is None:
        version = service.model.get().bundle.version  # says so where there is no model at all
        raise NoModelError(f"model {version} does not know genre {id!r}: run `phonograph train`")
    return [
        {
            "id": near.id,
            "name": near.name,
            "strength": near.strength,
            "evidence": dict(near.evidence),
            "listeners": near.listeners,
        }
        for near in found
    ]


def _show_one(answer: dict[str, Any]) -> None:
    say(f"{answer['name']}: {answer['trackCount']} tracks")
    for word in ("parents", "children"):
        if answer[word]:
            say(f"{word}: {', '.join(genre['name'] for genre in answer[word])}")
    if "adjacent" in answer:
        kinds = list(answer["adjacent"][0]["evidence"]) if answer["adjacent"] else []
        rows = [
            [near["name"], near["strength"], *(near["evidence"][kind] for kind in kinds), near["listeners"]]
            for near in answer["adjacent"]
        ]
        print_table("Adjacent genres", ["genre", "strength", *kinds, "listeners"], rows)
