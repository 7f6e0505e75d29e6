"""``phonograph why-not`` and ``phonograph counterfactual``: why a track is not in a list, and what keeps it there."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from api.cli.console import BarProgress, out, print_json, say
from api.cli.recommend import Json, User
from api.service import Service
from api.settings import load_settings
from recommend.surfaces import BY_NAME
from recommend.types import RecommendRequest, TrackRef
from recommend.wire import counterfactual_to_json, why_not_to_json

Track = Annotated[str, typer.Argument(help="The track's id.")]
Where = Annotated[str, typer.Option(help=f"One of {', '.join(BY_NAME)}.")]
Length = Annotated[int | None, typer.Option("--n", "-n", help="How many tracks the list has; else the surface's own.")]


def why_not(user: User, track: Track, surface: Where = "home", n: Length = None, json: Json = False) -> None:
    """Say why a track is not in a listener's list: filtered, no candidate, scored too low, or crowded out."""
    with BarProgress(quiet=json) as progress, Service.open(load_settings(), progress) as service:
        found = service.why_not(_request(user, surface, n), track)
    if json:
        print_json({"userId": user, "surface": surface} | why_not_to_json(found))
        return
    _title(found.track)
    rule = f" ({found.rule})" if found.rule else ""
    say(f"[bold]{found.stage.value.replace('_', ' ').lower()}[/]{rule}: {escape(found.message)}")


def counterfactual(
    user: User,
    track: Track,
    without: Annotated[str, typer.Option(help="The id of an artist, track or genre that the listener played.")],
    surface: Where = "home",
    json: Json = False,
) -> None:
    """Say where a track would stand for a listener who had not played an artist, track or genre."""
    with BarProgress(quiet=json) as progress, Service.open(load_settings(), progress) as service:
        found = service.counterfactual(_request(user, surface, None), track, without)
    if json:
        print_json({"userId": user, "surface": surface} | counterfactual_to_json(found))
        return
    _title(found.track)
    say(f"{escape(found.text)} Its score goes from {found.score:.3f} to {found.new_score:.3f}.")


def _request(user: str, surface: str, n: int | None) -> RecommendRequest:
    return RecommendRequest(user, surface, n or (BY_NAME[surface].n if surface in BY_NAME else 20), explain=False)


def _title(track: TrackRef) -> None:
    artists = ", ".join(artist.name for artist in track.artists) or "unknown artist"
    out.print(f"[bold]{escape(track.name)}[/]  {escape(artists)}", highlight=False, soft_wrap=True)
