"""``phonograph radio``, ``mixes``, ``home``, ``journey``, ``search``, ``replay``, ``compare``, ``lint``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.markup import escape

from api.cli.asked import attributes_of, seeds_of
from api.cli.console import BarProgress, out, print_json, print_table, say
from api.cli.recommend import Json, User, show
from api.service import Service
from api.settings import load_settings
from graph.errors import InvalidRequestError
from recommend.compare import ListDifference
from recommend.onboarding import onboarding as questions
from recommend.types import TrackRef
from recommend.wire import to_json

Listener = Annotated[str | None, typer.Option("--user", help="For whom; nobody in particular if left out.")]


@contextmanager
def _service(json: bool) -> Iterator[Service]:
    with BarProgress(quiet=json) as progress, Service.open(load_settings(), progress) as service:
        yield service


def radio(
    user: User,
    seed: Annotated[
        list[str] | None, typer.Option(help="A track, artist, genre or playlist id; ID=-1 for less.")
    ] = None,
    attribute: Annotated[
        list[str] | None, typer.Option(help="Bounds or a target for all pages: tempo=100..120 or energy=~0.8.")
    ] = None,
    after: Annotated[str | None, typer.Option(help="Go on from this page: the id that the last one gave.")] = None,
    n: Annotated[int, typer.Option("--n", "-n", help="How many tracks.", min=1, max=100)] = 25,
    json: Json = False,
) -> None:
    """Play on without end from a few seeds: each page ends with the id from which the next goes on."""
    if not seed and not after:
        raise InvalidRequestError("a radio begins with --seed ID, or goes on with --after PAGE")
    with _service(json) as service:
        answer = service.lists.radio(
            user, seeds_of(seed or []), n=n, attributes=attributes_of(attribute or []), after=after
        )
    if json:
        print_json(to_json(answer) | {"after": answer.id})
        return
    show(answer)
    say(f"go on: phonograph radio {user} --after {answer.id}")


def mixes(
    user: User,
    n: Annotated[int, typer.Option("--n", "-n", help="How many tracks each.", min=1, max=100)] = 30,
    json: Json = False,
) -> None:
    """Make up to six daily mixes, one for each side of a listener's taste."""
    with _service(json) as service:
        found = service.lists.daily_mixes(user, n=n)
    if json:
        print_json([to_json(answer) for answer in found])
        return
    for number, answer in enumerate(found, start=1):
        say(f"[bold]Daily mix {number}[/]")
        show(answer, most=10)
    if not found:
        say("[yellow]nothing is known of this listener yet: there are no sides to a taste")


def home(user: User, json: Json = False) -> None:
    """Show a listener's page: a shelf for each surface, and why it is there."""
    with _service(json) as service:
        shelves = service.lists.home(user)
    if json:
        print_json([{"title": one.title, "reason": one.reason, "set": to_json(one.answer)} for one in shelves])
        return
    for shelf in shelves:
        out.print(f"[bold]{escape(shelf.title)}[/]  [cyan]{escape(shelf.reason)}[/]", highlight=False)
        for item in shelf.answer.items[:6]:
            out.print(f"     {_named(item.track)}", highlight=False, soft_wrap=True)


def onboarding(
    n: Annotated[int, typer.Option("--n", "-n", help="How many questions.", min=1, max=20)] = 8, json: Json = False
) -> None:
    """Show what to ask a newcomer: what they pick are seeds, `phonograph recommend USER --seed ID`."""
    with _service(json) as service:
        found = questions(service.model.get().bundle, n)
    if json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        out.print(f"[bold]{escape(one.prompt)}[/]  [dim]{escape(one.genre.id)}[/]", highlight=False)
        for artist in one.artists:
            out.print(f"     {escape(artist.name)}  [dim]{escape(artist.id)}[/]", highlight=False, soft_wrap=True)


def journey(
    start: Annotated[str, typer.Argument(help="A track, artist, genre or playlist id.")],
    end: Annotated[str, typer.Argument(help="Likewise.")],
    n: Annotated[int, typer.Option("--n", "-n", help="How many tracks, both ends included.")] = 15,
    user: Listener = None,
    json: Json = False,
) -> None:
    """Find a way through the music from one seed to another."""
    with _service(json) as service:
        found, tracks = service.lists.journey(start, end, n, user)
    if json:
        print_json(
            {
                "tracks": [{"id": track.id, "name": track.name} for track in tracks],
                "away": found.away,
                "steps": found.steps.tolist(),
            }
        )
        return
    for place, track in enumerate(tracks, start=1):
        out.print(f"{place:>3}  {_named(track)}", highlight=False, soft_wrap=True)
    say(f"[dim]{found.away:.2f} away from the line in the mean; each step's likeness {found.steps.mean():.2f}[/]")


def search(
    text: Annotated[str, typer.Argument(help="Words of a title.")],
    user: Listener = None,
    n: Annotated[int, typer.Option("--n", "-n", help="How many tracks.", min=1, max=100)] = 20,
    json: Json = False,
) -> None:
    """Search tracks by their names; for a listener those they would like come first among equals."""
    with _service(json) as service:
        found = service.lists.search(text, user, n=n)
    if json:
        print_json([asdict(one) for one in found])
        return
    print_table(
        f"{text!r}",
        ["track", "artists", "words", "personal", "score"],
        [[one.track.name, _artists(one.track), one.words, one.personal, one.score] for one in found],
    )


def replay(
    set_id: Annotated[str, typer.Argument(help="The id of a list that was kept.")],
    json: Json = False,
) -> None:
    """Ask the question of a kept list again, and say what differs."""
    with _service(json) as service:
        found = service.lists.replay(set_id)
    if json:
        print_json(asdict(found))
        return
    if found.exact:
        say(f"the same to the bit, by model {found.now}")
        return
    say(f"answered by model {found.stored}, now by {found.now}" if found.stored != found.now else f"model {found.now}")
    _show_difference(found.difference)


def compare(
    first: Annotated[str, typer.Argument(help="The id of a list that was kept.")],
    second: Annotated[str, typer.Argument(help="Likewise.")],
    json: Json = False,
) -> None:
    """Say what differs between two kept lists."""
    with _service(json) as service:
        found = service.lists.difference(first, second)
    if json:
        print_json(asdict(found))
    else:
        _show_difference(found)


def lint(
    playlist: Annotated[str, typer.Argument(help="The id of a playlist.")],
    user: Listener = None,
    json: Json = False,
) -> None:
    """Look for what is wrong with a playlist: repeats, runs of one artist, jumps, and what may not be shown."""
    with _service(json) as service:
        found = service.lists.lint(service.lists.playlist(playlist), user)
    if json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        say(f"{one.place:>4}  {one.rule:<11} {escape(one.message)}: {one.suggestion}")
    if not found:
        say("nothing is wrong with it")


def _show_difference(found: ListDifference) -> None:
    rows: list[list[Any]] = [
        *(["added", id, "", place] for id, place in found.added),
        *(["removed", id, place, ""] for id, place in found.removed),
        *(["moved", id, before, after] for id, before, after in found.moved),
    ]
    print_table(f"{found.kept} in the same place", ["what", "track", "was at", "is at"], rows)


def _named(track: TrackRef) -> str:
    return f"[bold]{escape(track.name)}[/]  {escape(_artists(track))}"


def _artists(track: TrackRef) -> str:
    return ", ".join(artist.name for artist in track.artists) or "unknown artist"
