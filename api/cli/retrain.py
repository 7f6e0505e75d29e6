"""``phonograph retrain``: a new model, judged, published, and live where the gate says yes; for cron and by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import notify
from api.cli.console import BarProgress, err, print_json, say
from api.cli.models import show_gate
from api.cli.train import Quantise
from api.composition import moments, now, open_store, registry, run_folder
from api.settings import Settings, load_settings
from gnn.config import SERVED_TRACK_CONFIG
from gnn.config_file import read_config
from graph.errors import BusyError, ModelError, OverBudgetError, PhonographError

if TYPE_CHECKING:
    from api.retraining import RetrainConfig

KEPT_BACK, BUSY, OVER_BUDGET = 3, 4, 5
"""Exit codes besides 0 (live), 1 (a bug) and 2 (the user can mend it)."""


def retrain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would need; change nothing.")] = False,
    minutes: Annotated[
        float | None, typer.Option("--minutes", min=0, help="Do not begin where it would take longer.")
    ] = None,
    keep: Annotated[int, typer.Option("--keep", min=1, help="Newest versions that stay on the disk.")] = 5,
    promote: Annotated[bool, typer.Option("--promote/--no-promote", help="Go live where the gate says yes.")] = True,
    config: Annotated[Path | None, typer.Option(help="How to train: a file that `phonograph tune` wrote.")] = None,
    quantise: Annotated[Quantise | None, typer.Option(help="Vectors with one byte per number.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
) -> None:
    """Train a new model on the graph, judge it against the old one and its rivals, and let it live if it is better.

    Exit code 0: it is live. 3: it is published but not live. 4: another process trains. 5: over budget.
    """
    settings = load_settings()
    try:
        how = _how(settings, minutes, keep, promote, config, quantise)
        live = _run(settings, how, dry_run, as_json)
    except (BusyError, OverBudgetError) as error:
        _notify(settings, {"event": "retrain", "error": str(error)})
        err.print(f"[red]phonograph:[/] {error}", highlight=False, soft_wrap=True)
        raise typer.Exit(BUSY if isinstance(error, BusyError) else OVER_BUDGET) from None
    except PhonographError as error:
        _notify(settings, {"event": "retrain", "error": str(error)})
        raise
    if not live:
        raise typer.Exit(KEPT_BACK)


def _how(
    settings: Settings,
    minutes: float | None,
    keep: int,
    promote: bool,
    config: Path | None,
    quantise: Quantise | None,
) -> RetrainConfig:
    """What the run is told, by its options and the settings."""
    try:
        from api import retraining
    except ModuleNotFoundError as error:
        raise ModelError(f"training needs {error.name}: pip install 'phonograph[train]'") from error
    from api.budget import Budget

    return retraining.RetrainConfig(
        fit=SERVED_TRACK_CONFIG if config is None else read_config(config),
        index=settings.index,
        quantise=quantise is Quantise.INT8,
        budget=Budget(minutes),
        keep=keep,
        promote=promote,
    )


def _run(settings: Settings, config: RetrainConfig, dry_run: bool, as_json: bool) -> bool:
    """Whether the new model is live, or a dry run found nothing in its way."""
    from api import retraining
    from api.budget import check

    runs = run_folder(settings)
    with BarProgress(quiet=as_json) as progress, open_store(settings, progress) as store:
        if dry_run:
            needs = retraining.plan(store, runs, config, progress)
            _planned(needs.to_json(), as_json)
            check(needs, config.budget)
            return True
        with runs.alone() as stale:
            if stale is not None:
                err.print(f"process {stale.pid} ended in the middle of a retraining", highlight=False)
            outcome = retraining.retrain(
                store,
                registry(settings),
                runs,
                now=now(),
                moments=moments(settings),
                config=config,
                progress=progress,
            )
    answer = outcome.to_json()
    _notify(settings, {"event": "retrain", **answer})
    _ended(answer, as_json)
    return outcome.live


def _planned(needs: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json({"dryRun": True, **needs})
        return
    say(f"about {needs['seconds'] / 60:.1f} minutes (by {needs['source']})")
    say(f"about {needs['memoryMb']:,} MB of memory, {needs['freeMemoryMb']:,} MB are free")
    say(f"about {needs['diskMb']:,} MB of disk, {needs['freeDiskMb']:,} MB are free")


def _ended(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    if answer["gate"]:
        show_gate(answer["gate"])
    steps = ", ".join(f"{step} {seconds:.0f} s" for step, seconds in answer["seconds"].items())
    say(f"{steps}; at most {answer['memoryMb']:,} MB{'; went on from a run that was killed' * answer['resumed']}")
    say(f"{'live' if answer['live'] else 'kept back'}: {answer['version']} ({answer['reason']})")


def _notify(settings: Settings, message: dict[str, Any]) -> None:
    if settings.notify.webhook is None:
        return
    problem = notify.post(settings.notify.webhook, message)
    if problem is not None:
        err.print(f"the webhook was not told: {problem}", highlight=False, soft_wrap=True)
