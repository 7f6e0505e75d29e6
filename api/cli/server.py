"""``phonograph up``, ``down`` and ``status``: the Neo4j that holds the graph, ours or somebody else's."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.console import BarProgress, print_json, say
from api.composition import managed_server, open_store, registry
from api.settings import Settings, load_settings
from graph.errors import GraphLoginError, GraphUnavailableError
from graph.store import GraphStore, Neo4jAddress

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]


def up(json: Json = False) -> None:
    """Start the Neo4j of this home, or look whether the one that is named answers."""
    settings = load_settings()
    with BarProgress(quiet=json) as progress, open_store(settings, progress) as store:
        version, uri = store.version(), store.address.uri
    if json:
        print_json(_status(settings))
    else:
        say(f"Neo4j {version.text} ({version.edition}) runs at {uri}")


def down(json: Json = False) -> None:
    """Stop the Neo4j of this home; a Neo4j that is named by its address is left alone."""
    settings = load_settings()
    if settings.neo4j.uri is not None:
        answer, line = False, f"Neo4j at {settings.neo4j.uri} is not ours to stop: PHONOGRAPH_NEO4J__URI names it"
    else:
        answer = managed_server(settings).stop()
        line = "Neo4j is stopped" if answer else "Neo4j was not running"
    if json:
        print_json({"stopped": answer})
    else:
        say(line)


def status(json: Json = False) -> None:
    """Tell whether Neo4j runs, how to log in, and which model is live."""
    found = _status(load_settings())
    if json:
        print_json(found)
        return
    say(f"Neo4j     {'runs at ' + found['uri'] if found['running'] else 'is not running: phonograph up'}")
    say(f"login     {found['user']}, password in {found['passwordFile'] or 'PHONOGRAPH_NEO4J__PASSWORD'}")
    say(f"database  {found['database']}")
    say(f"home      {found['home']}")
    say(f"model     {found['model'] or 'none yet: phonograph train'}")


def _status(settings: Settings) -> dict[str, Any]:
    """The answer for programs; ``passwordFile`` is null where somebody else keeps the password."""
    server = _managed(settings) if settings.neo4j.uri is None else _external(settings)
    return {**server, "home": str(settings.home), "model": registry(settings).current()}


def _managed(settings: Settings) -> dict[str, Any]:
    state = managed_server(settings).state()
    return {
        "running": state.running,
        "uri": state.uri,
        "user": state.user,
        "passwordFile": str(state.password_file),
        "database": state.database,
    }


def _external(settings: Settings) -> dict[str, Any]:
    given = settings.neo4j
    return {
        "running": _answers(settings),
        "uri": given.uri,
        "user": given.user,
        "passwordFile": None,
        "database": given.database,
    }


def _answers(settings: Settings) -> bool:
    given = settings.neo4j
    password = given.password.get_secret_value() if given.password else ""
    try:
        with GraphStore(Neo4jAddress(given.uri or "", given.user, password, given.database)) as store:
            store.ping()
    except GraphUnavailableError:
        return False
    except GraphLoginError:
        return True  # it runs; that it refuses us is said by every command that needs it
    return True
