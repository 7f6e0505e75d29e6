"""The console script ``phonograph``: the commands as one table, and what every one of them does with an error."""

from __future__ import annotations

import functools
import os
import signal
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from types import FrameType
from typing import Any, NoReturn

import typer
from rich.markup import escape

from api.cli.console import err
from graph.errors import PhonographError

COMMANDS: dict[str, str] = {
    "up": "api.cli.server:up",
    "down": "api.cli.server:down",
    "status": "api.cli.server:status",
    "doctor": "api.cli.doctor:doctor",
    "import": "api.cli.imports:import_",
    "export": "api.cli.export:export",
    "events": "api.cli.events:events",
    "apply": "api.cli.events:apply",
    "dlq": "api.cli.dlq:dlq",
    "rebuild": "api.cli.rebuild:rebuild",
    "backup": "api.cli.backup:backup",
    "restore": "api.cli.backup:restore",
    "identity": "api.cli.identity:identity",
    "audio": "api.cli.audio:audio",
    "identify": "api.cli.audio:identify",
    "train": "api.cli.train:train",
    "retrain": "api.cli.retrain:retrain",
    "materialise": "api.cli.materialise:materialise",
    "models": "api.cli.models:models",
    "features": "api.cli.features:features",
    "evaluate": "api.cli.evaluate:evaluate",
    "evaluate-cold": "api.cli.evaluate_cold:evaluate_cold",
    "evaluate-sources": "api.cli.evaluate_sources:evaluate_sources",
    "tune": "api.cli.tune:tune",
    "earn": "api.cli.earn:earn",
    "recommend": "api.cli.recommend:recommend",
    "explain": "api.cli.recommend:explain",
    "why-not": "api.cli.why:why_not",
    "counterfactual": "api.cli.why:counterfactual",
    "weekly": "api.cli.recommend:weekly",
    "profile": "api.cli.profile:profile",
    "home": "api.cli.lists:home",
    "mixes": "api.cli.lists:mixes",
    "radio": "api.cli.lists:radio",
    "onboarding": "api.cli.lists:onboarding",
    "journey": "api.cli.lists:journey",
    "search": "api.cli.lists:search",
    "replay": "api.cli.lists:replay",
    "compare": "api.cli.lists:compare",
    "lint": "api.cli.lists:lint",
    "rules": "api.cli.rules:rules",
    "bandit": "api.cli.bandit:bandit",
    "genres": "api.cli.genres:genres",
    "recipes": "api.cli.analyst:list_recipes",
    "recipe": "api.cli.analyst:run_recipe",
    "cypher": "api.cli.analyst:run_cypher",
    "serve": "api.cli.serve:serve",
    "bench": "api.cli.bench:bench",
    "demo": "api.cli.demo:demo",
}
"""Name -> function. A command's module is imported only when it is called, so that ``status`` loads no model."""

ANSWERS = frozenset(
    {"serve", "recommend", "explain", "why-not", "counterfactual", "weekly", "home", "mixes", "radio", "profile"}
)
"""Commands that answer listeners with the loaded model."""

DONE, BUG, MENDABLE, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143
"""Exit codes; the last two are those that shells give a program that SIGINT or SIGTERM ended."""


class Terminated(KeyboardInterrupt):
    """SIGTERM: cleaned up after like Ctrl-C, so that no pool of workers and no half-started Neo4j stays behind."""


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated


def _stopped(error: KeyboardInterrupt) -> NoReturn:
    word, code = ("terminated", TERMINATED) if isinstance(error, Terminated) else ("interrupted", INTERRUPTED)
    err.print(f"[red]phonograph:[/] {word}: run the same command again to finish it", highlight=False, soft_wrap=True)
    sys.exit(code)


def _interruption(error: BaseException) -> KeyboardInterrupt | None:
    """The interruption that an error came of: what is stopped in the middle may break on its way out."""
    before = error.__context__
    while before is not None and not isinstance(before, KeyboardInterrupt):
        before = before.__context__
    return before


def _command(name: str) -> Callable[..., Any]:
    """The function of a command; Ctrl-C ends it with one line, and not with the framework's bare word."""
    module, function = COMMANDS[name].split(":")
    found: Callable[..., Any] = getattr(import_module(module), function)

    @functools.wraps(found)
    def run(*args: Any, **options: Any) -> None:
        try:
            found(*args, **options)
        except KeyboardInterrupt as error:
            _stopped(error)
        except Exception as error:
            if (interruption := _interruption(error)) is not None:
                _stopped(interruption)
            raise

    return run


def _application(called: str | None) -> typer.Typer:
    application = typer.Typer(
        help="Music recommendations from a knowledge graph, with reasons.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for name in [called] if called in COMMANDS else COMMANDS:
        application.command(name)(_command(name))
    if called in COMMANDS:  # one command alone would swallow its own name

        @application.callback()
        def _several() -> None: ...

    return application


def main() -> None:
    """Run one command: exit code 0 done, 1 a bug (with its traceback), 2 the user can mend it (one line)."""
    signal.signal(signal.SIGTERM, _terminate)
    called = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    if called in ANSWERS or called == "bench":  # small products: more threads would only get in each other's way
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if not sys.warnoptions:  # libraries' warnings are for the tests, not for listeners
        warnings.simplefilter("ignore")
    try:
        _application(called)()
    except PhonographError as error:
        err.print(f"[red]phonograph:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(MENDABLE)
    except KeyboardInterrupt as error:  # before the command began: its modules take a second to import
        _stopped(error)
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(DONE)


if __name__ == "__main__":
    main()
