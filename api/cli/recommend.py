"""``phonograph recommend``, ``explain`` and ``weekly``: what a listener gets, and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from api.cli.asked import attributes_of, moment_of, seeds_of
from api.cli.console import BarProgress, out, print_json, print_table, say
from api.service import Service
from api.settings import load_settings
from graph.errors import InvalidRequestError
from recommend.flow import CURVES
from recommend.surfaces import BY_NAME
from recommend.types import FlowReport, Level, Recommendation, RecommendationSet, RecommendRequest
from recommend.weekly import CURVE
from recommend.wire import item_to_json, to_json, unix

User = Annotated[str, typer.Argument(help="The listener's id, such as lfm1m:user:2653.")]
RUNNERS = ("local", "spark")
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]


def recommend(
    user: User,
    surface: Annotated[str, typer.Option(help=f"One of {', '.join(BY_NAME)}.")] = "home",
    n: Annotated[int | None, typer.Option("--n", "-n", help="How many tracks; else the surface's own number.")] = None,
    seed: Annotated[
        list[str] | None,
        typer.Option(help="For radio, or a newcomer: a track, artist, genre or playlist id; ID=-1 for less of it."),
    ] = None,
    without: Annotated[list[str] | None, typer.Option(help="As if this track, artist or genre were unheard.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="A track, artist or genre not to recommend.")] = None,
    off: Annotated[list[str] | None, typer.Option(help="A source that may not nominate.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The moment to answer for, such as 2014-08-27T12:00:00Z.")] = None,
    attribute: Annotated[
        list[str] | None, typer.Option(help="Bounds or a target: tempo=100..120, tempo=100.. or energy=~0.8.")
    ] = None,
    moment: Annotated[
        list[str] | None, typer.Option(help="hour=8, weekday=0 (Monday), device=phone or activity=commute.")
    ] = None,
    market: Annotated[str | None, typer.Option(help="Where it is shown, such as DE, for curators' rules.")] = None,
    mix: Annotated[int, typer.Option(help="For daily_mix: which side of the taste, 1 the strongest.")] = 1,
    rested: Annotated[int | None, typer.Option(help="For mixes: days since a track was last played.")] = None,
    explore: Annotated[float | None, typer.Option(help="Share that is tried out; else the surface's own.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the list, for replay and compare.")] = False,
    reasons: Annotated[bool, typer.Option(help="Whether to give reasons.")] = True,
    json: Json = False,
) -> None:
    """Recommend tracks to a listener, each with its reason."""
    request = RecommendRequest(
        user_id=user,
        surface=surface,
        n=n or (BY_NAME[surface].n if surface in BY_NAME else 20),
        as_of=_instant(as_of),
        seeds=seeds_of(seed or []),
        without=frozenset(without or ()),
        exclude=frozenset(exclude or ()),
        switched_off=frozenset(off or ()),
        explain=reasons,
        context=moment_of(moment or []),
        attributes=attributes_of(attribute or []),
        side=mix,
        exploration=explore,
        market=market,
        rest_days=rested,
    )
    with BarProgress(quiet=json) as progress, Service.open(load_settings(), progress) as service:
        answer = service.lists.kept(request) if keep else service.recommend(request)
    if json:
        print_json(to_json(answer))
        return
    show(answer)
    if keep:
        say(f"kept: phonograph replay {answer.id}")


def explain(
    user: User,
    track: Annotated[str, typer.Argument(help="The track's id.")],
    surface: Annotated[str, typer.Option(help=f"One of {', '.join(BY_NAME)}.")] = "home",
    json: Json = False,
) -> None:
    """Explain one track to a listener: its score, what raised it, and the paths that join them."""
    with BarProgress(quiet=json) as progress, Service.open(load_settings(), progress) as service:
        item = service.explain(RecommendRequest(user, surface), track)
    if json:
        print_json({"userId": user} | item_to_json(item))
        return
    show_item(item)
    rows = [[name, value] for name, value in sorted(item.contributions.items(), key=lambda entry: -entry[1]) if value]
    print_table(f"score {item.score:.3f}, place {item.rank} among the candidates", ["source", "contribution"], rows)
    for path in item.explanation.paths if item.explanation else ():
        names = [f"{node.label} {node.name}" for node in path.nodes]
        steps = "".join(f" -{type_}- {name}" for type_, name in zip(path.relationships, names[1:], strict=True))
        say(f"{path.share_of_score:.0%} of the score: {escape(names[0] + steps)}")


def weekly(
    user: Annotated[str | None, typer.Argument(help="The listener's id; or --all.")] = None,
    week: Annotated[
        str | None, typer.Option(help="Such as 2026-W48; else the current one, for --all the newest begun anywhere.")
    ] = None,
    regenerate: Annotated[bool, typer.Option(help="Make the list anew and replace the stored one.")] = False,
    curve: Annotated[
        str, typer.Option(help=f"What the energy does over a list that is made: {', '.join(CURVES)}.")
    ] = CURVE,
    everybody: Annotated[bool, typer.Option("--all", help="Make and keep the lists of all listeners.")] = False,
    processes: Annotated[int | None, typer.Option(help="For --all: one for each core if left out.", min=1)] = None,
    engine: Annotated[str, typer.Option(help=f"For --all: {' or '.join(RUNNERS)}.")] = "local",
    json: Json = False,
) -> None:
    """Give a listener's Discover Weekly: made once a week, the same list from then on; or make those of all."""
    if everybody == (user is not None):
        raise InvalidRequestError("give the id of a listener, or --all")
    if user is None:
        _weekly_of_all(week, processes, engine, regenerate, curve, json)
        return
    with BarProgress(quiet=json) as progress, Service.open(load_settings(), progress) as service:
        answer = service.weekly(user, week, regenerate=regenerate, curve=curve)
    if json:
        print_json(to_json(answer))
    else:
        show(answer)


def _weekly_of_all(
    week: str | None, processes: int | None, engine: str, regenerate: bool, curve: str, json: bool
) -> None:
    from api import weekly_batch  # a pool of processes is nothing for one listener

    if engine not in RUNNERS or curve not in CURVES:
        wrong, among = (engine, RUNNERS) if engine not in RUNNERS else (curve, tuple(CURVES))
        raise InvalidRequestError(f"unknown {wrong!r}: choose one of {', '.join(among)}")
    runner: weekly_batch.Runner = "spark" if engine == "spark" else "local"
    with BarProgress(quiet=json) as progress:
        found = weekly_batch.run(
            load_settings(),
            week,
            processes=processes,
            runner=runner,
            replace=regenerate,
            curve=curve,
            progress=progress,
        )
    if json:
        print_json(asdict(found))
        return
    resumed = f"; {found.resumed} shards were there already" if found.resumed else ""
    say(
        f"{found.lists} lists of {found.week} for {found.listeners} listeners in {found.seconds:.1f} s{resumed}; "
        f"{found.without} have none"
    )


def _instant(text: str | None) -> int:
    """Unix seconds of an ISO 8601 instant; 0, which means now, for None."""
    if text is None:
        return 0
    try:
        return unix(text)
    except ValueError:
        raise InvalidRequestError(f"{text!r} is no instant: write it as 2014-08-27T12:00:00Z") from None


def show(answer: RecommendationSet, *, most: int | None = None) -> None:
    """Print a list as a listener would read it."""
    about = f"Discover Weekly {answer.week}" if answer.week else BY_NAME[answer.surface].about
    out.print(f"[bold]{escape(answer.user_id)}[/]  {about}", highlight=False)
    if answer.level is Level.OFF:
        say("[yellow]personalisation is off: nothing here rests on what this listener did")
    elif answer.cold:
        say("[yellow]nothing is known of this listener yet: this is what is popular")
    for item in answer.items[:most]:
        show_item(item)
    if most is not None and len(answer.items) > most:
        say(f"    … and {len(answer.items) - most} more")
    if answer.fill.returned < answer.fill.requested:
        removed = ", ".join(f"{name} removed {count}" for name, count in answer.fill.removed.items())
        say(f"[yellow]{answer.fill.returned} of {answer.fill.requested} tracks: {removed or 'there are no more'}")
    if not answer.items and answer.fill.removed.get("played"):
        say("[yellow]this listener knows every track here: import music that others put together, such as playlists")
    if answer.flow:
        say(f"[dim]{_flow(answer.flow)}[/]")
    for part in answer.degraded:
        say(f"[yellow]{part.component}: {escape(part.reason)}")


def _flow(flow: FlowReport) -> str:
    """In which order it is heard."""
    smoother = 1.0 - flow.cost / flow.given if flow.given > 0 else 0.0
    close = (
        "" if flow.correlation is None else f", which the energies follow with a correlation of {flow.correlation:.2f}"
    )
    return f"ordered for flow: {smoother:.0%} smoother than by score, the energy {CURVES[flow.curve]}{close}"


def show_item(item: Recommendation) -> None:
    """Print one place of a list: the track, its artists, its reason."""
    artists = ", ".join(artist.name for artist in item.track.artists) or "unknown artist"
    out.print(f"{item.rank:>3}  [bold]{escape(item.track.name)}[/]  {escape(artists)}", highlight=False, soft_wrap=True)
    if item.explanation:
        sign = "" if item.explanation.verified else " [dim](no path)[/]"
        out.print(f"     [cyan]{escape(item.explanation.text)}[/]{sign}", highlight=False, soft_wrap=True)
