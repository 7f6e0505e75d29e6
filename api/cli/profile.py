"""``phonograph profile``: what a listener's taste looks like, what they changed about it, what a change would do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Annotated, Any

import typer
from rich.markup import escape

from api.cli.console import BarProgress, print_json, print_table, say
from api.cli.recommend import Json
from api.own_profile import OwnProfile, Previewed
from api.service import Service
from api.settings import load_settings
from graph.edits import TARGETS, Edit, EditKind, Level
from graph.errors import InvalidRequestError
from recommend.portrait import Portrait, Share, as_json
from recommend.preview import Change
from recommend.wire import iso

ACTIONS = ("show", "edits", "edit", "preview", "undo")
KINDS = {
    "mute": EditKind.MUTE,
    "boost": EditKind.BOOST,
    "block": EditKind.BLOCK,
    "exclude": EditKind.EXCLUDE,
    "exclude-period": EditKind.EXCLUDE_PERIOD,
    "private-session": EditKind.PRIVATE_SESSION,
    "personalisation": EditKind.PERSONALISATION,
}
SHOWN = 10
"""Genres and artists that are printed; ``--json`` has all."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was typed behind the action."""

    user: str
    words: Sequence[str]
    since: str | None
    until: str | None
    is_preview: bool
    n: int
    as_json: bool


def profile(
    action: Annotated[str, typer.Argument(help=f"{', '.join(ACTIONS)}.")],
    user: Annotated[str, typer.Argument(help="The listener's id, such as lfm1m:user:2653.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help=f"edit, preview: one of {', '.join(KINDS)}, then an id, on, off or a level. undo: a number."
        ),
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help="The first day, or instant, of a period.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", "--to", help="The day, or instant, at which a block or a period ends.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="edit, undo: only say what would change.")] = False,
    n: Annotated[int, typer.Option("--n", "-n", min=1, max=100, help="preview: length of the home list.")] = 20,
    json: Json = False,
) -> None:
    """Show a listener's taste profile, change it, preview a change, or take one back."""
    if action not in ACTIONS:
        raise InvalidRequestError(f"unknown action {action!r}: use one of {', '.join(ACTIONS)}")
    asked = _Asked(user, words or (), since, until, preview or action == "preview", n, json)
    if action in ("show", "edits") and asked.words:
        raise InvalidRequestError(f"profile {action} takes the listener alone: leave {asked.words[0]!r} out")
    run = _ready(action, asked)  # what was typed is looked at before anything is opened
    with BarProgress(quiet=json) as progress, Service.open(load_settings(), progress) as service:
        run(service.own_profile)


def _ready(action: str, asked: _Asked) -> Callable[[OwnProfile], None]:
    """What to do with the profile.

    Raises:
        InvalidRequestError: what was typed means nothing.
    """
    if action == "show":
        return partial(_show, asked=asked)
    if action == "edits":
        return partial(_list, asked=asked)
    if action == "undo":
        return partial(_undo, asked=asked, number=_number(asked))
    return partial(_edit, asked=asked, wish=_wish(asked))


def _wish(asked: _Asked) -> Edit:
    """The edit that the words mean."""
    word, *rest = asked.words or ("",)
    if word not in KINDS:
        raise InvalidRequestError(f"unknown edit {word!r}: use one of {', '.join(KINDS)}")
    if len(rest) > 1:
        raise InvalidRequestError(f"profile edit {word} takes one word more, was given {len(rest)}")
    kind, value = KINDS[word], rest[0] if rest else ""
    since, until = _instant(asked.since), _instant(asked.until)
    if kind is EditKind.PERSONALISATION:
        return Edit(kind, level=_one_of(Level, value.upper(), word), since=since, until=until)
    if kind is EditKind.PRIVATE_SESSION:
        if value not in ("", "on", "off"):
            raise InvalidRequestError(f"private-session {value!r}: say on or off")
        kind = EditKind.END_PRIVATE_SESSION if value == "off" else kind
        return Edit(kind, since=since, until=until)
    return Edit(kind, target=value, since=since, until=until)


def _one_of(kind: type[Level], value: str, word: str) -> Level:
    if value not in kind.__members__:
        raise InvalidRequestError(f"{word} {value!r}: say one of {', '.join(kind.__members__)}")
    return kind[value]


def _number(asked: _Asked) -> int | None:
    """The number of the edit to take back; None for the last one."""
    if not asked.words:
        return None
    if len(asked.words) > 1 or not asked.words[0].isdecimal():
        raise InvalidRequestError(f"profile undo takes the number of one edit, not {' '.join(asked.words)!r}")
    return int(asked.words[0])


def _instant(text: str | None) -> int | None:
    """Unix seconds of a day, from its midnight in UTC, or of an instant."""
    if text is None:
        return None
    try:
        moment = datetime.combine(date.fromisoformat(text), time()) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        raise InvalidRequestError(f"{text!r} is no day: write it as 2026-12-24 or 2026-12-24T18:00:00Z") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _show(own: OwnProfile, asked: _Asked) -> None:
    found, edits = own.show(asked.user), [edit for edit in own.edits(asked.user) if edit.undone_at is None]
    if asked.as_json:
        print_json(as_json(found) | {"edits": [edit_json(edit) for edit in edits]})
        return
    _print(found)
    for edit in edits:
        say(f"edit {edit.number}: {escape(told(edit))}")


def _list(own: OwnProfile, asked: _Asked) -> None:
    edits = own.edits(asked.user)
    if asked.as_json:
        print_json({"userId": asked.user, "edits": [edit_json(edit) for edit in edits]})
        return
    rows = [[edit.number, iso(edit.at), told(edit), iso(edit.undone_at) if edit.undone_at else ""] for edit in edits]
    print_table(f"{len(edits)} edits of {asked.user}", ["number", "made", "what", "taken back"], rows)


def _edit(own: OwnProfile, asked: _Asked, wish: Edit) -> None:
    if asked.is_preview:
        _previewed(own.preview(asked.user, wish, asked.n), asked, "would change")
        return
    made = own.edit(asked.user, wish)
    if asked.as_json:
        print_json({"userId": asked.user, "edit": edit_json(made)})
    else:
        say(f"edit {made.number}: {escape(told(made))}. It acts from the next answer on.")


def _undo(own: OwnProfile, asked: _Asked, number: int | None) -> None:
    if asked.is_preview:
        _previewed(own.preview_undo(asked.user, number, asked.n), asked, "would change back")
        return
    undone = own.undo(asked.user, number)
    if asked.as_json:
        print_json({"userId": asked.user, "edit": edit_json(undone)})
    else:
        say(f"edit {undone.number} is taken back: {escape(told(undone))}")


def _previewed(found: Previewed, asked: _Asked, verb: str) -> None:
    if asked.as_json:
        changes = [_change_json(change) for change in found.changes]
        print_json({"userId": asked.user, "edit": edit_json(found.edit), "n": found.n, "changes": changes})
        return
    say(f"{escape(told(found.edit))}: {len(found.changes)} tracks of the next {found.n} {verb}")
    for change in found.changes:
        artists = ", ".join(artist.name for artist in change.track.artists) or "unknown artist"
        say(f"  {_move(change):>9}  [bold]{escape(change.track.name)}[/]  {escape(artists)}")


def _move(change: Change) -> str:
    if change.after is None:
        return f"{change.before} -> out"
    return f"in -> {change.after}" if change.before is None else f"{change.before} -> {change.after}"


def _change_json(change: Change) -> dict[str, Any]:
    artists = [{"id": artist.id, "name": artist.name} for artist in change.track.artists]
    track = {"id": change.track.id, "name": change.track.name, "artists": artists}
    return {"track": track, "before": change.before, "after": change.after}


def edit_json(edit: Edit) -> dict[str, Any]:
    """An edit for programs; what does not apply is left out."""
    times = {"since": edit.since, "until": edit.until, "at": edit.at, "undoneAt": edit.undone_at}
    said = {
        "number": edit.number or None,
        "kind": edit.kind.value,
        "target": edit.target or None,
        "label": edit.label,
        "name": edit.name,
        "personalisation": edit.level.value if edit.level else None,
        **{name: None if at is None else iso(at) for name, at in times.items()},
    }
    return {name: value for name, value in said.items() if value is not None}


def told(edit: Edit) -> str:
    """An edit in words."""
    word = edit.kind.value.lower().replace("_", " ")
    about = f" {edit.label.lower()} {edit.name}" if edit.label and edit.kind in TARGETS else ""
    level = f" {edit.level.value}" if edit.level else ""
    since = f" from {iso(edit.since)}" if edit.since is not None else ""
    until = f" until {iso(edit.until)}" if edit.until is not None else ""
    return f"{word}{about}{level}{since}{until}"


def _print(found: Portrait) -> None:
    """The portrait for people; what is unknown is said in a line of its own."""
    say(
        f"[bold]{escape(found.user_id)}[/]  {found.plays} plays of {found.tracks} tracks, personalisation {found.level}"
    )
    zone = found.time_zone or "UTC: their time zone is unknown"
    lines: dict[str, Callable[[], str]] = {
        "age_days": lambda: f"{found.age_days:.0f} days since the first play",
        "genres": lambda: _listed(found.genres),
        "artists": lambda: _listed(found.artists),
        "peak_hours": lambda: f"{', '.join(f'{hour}:00' for hour in found.peak_hours or ())} ({zone})",
        "morning_genres": lambda: _listed(found.morning_genres),
        "evening_genres": lambda: _listed(found.evening_genres),
        "diversity": lambda: f"{found.diversity:.2f} (0 one genre, 1 all alike)",
        "discovery": lambda: f"{found.discovery:.0%} of the artists of the last 90 days were new",
    }
    for name, line in lines.items():
        why = found.unknown.get(name)
        say(f"{name.replace('_', ' '):15}{escape(line()) if why is None else f'[dim]unknown: {escape(why)}[/]'}")
    if found.audio is None:
        say(f"{'audio':15}[dim]unknown: {escape(found.unknown['audio'])}[/]")
    for name, one in (found.audio or {}).items():
        say(f"{name:15}{one.low:.2f} to {one.high:.2f}, half below {one.middle:.2f} (known of {one.known:.0%})")


def _listed(shares: tuple[Share, ...] | None) -> str:
    found = shares or ()
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(f"{one.name} {one.share:.1%}" for one in found[:SHOWN]) + more
