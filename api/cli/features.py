"""``phonograph features``: the columns of the ranker's matrix, what they are like, and their values in the past."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import BarProgress, print_json, print_table, say
from api.freshness import Freshness, freshness
from api.service import Service
from api.settings import load_settings
from gnn.bundle import Bundle
from graph.errors import InvalidRequestError, PhonographError
from graph.export import export as export_graph
from graph.progress import Progress
from recommend.feature_report import Observed, observed
from recommend.features import DIGEST, FAMILIES, FEATURES, NAMES, feature_named
from recommend.point_in_time import Past, SampleConfig
from recommend.sources.source import Feature
from recommend.wire import iso, unix


@dataclass(frozen=True, slots=True)
class Asked:
    """The words and options of a call."""

    subject: str
    as_of: str | None
    sample: SampleConfig
    as_json: bool


def features(
    action: Annotated[str, typer.Argument(help="list, show or export.")] = "list",
    subject: Annotated[str, typer.Argument(metavar="[NAME|FILE]", help="Of show, or the file of export.")] = "",
    as_of: Annotated[
        str | None, typer.Option(help="No moment is later, such as 2014-08-27T12:00:00Z; now where absent.")
    ] = None,
    users: Annotated[int, typer.Option("--users", min=1, help="Listeners in the sample, at most.")] = 100,
    instants: Annotated[int, typer.Option("--instants", min=1, help="Moments of each listener, at most.")] = 1,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the sample.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
) -> None:
    """List the features, show one as the live model has it, or export their values in the past."""
    if action not in ACTIONS:
        raise InvalidRequestError(f"unknown action {action!r}: use one of {', '.join(ACTIONS)}")
    wanted, run = ACTIONS[action]
    if bool(subject) != bool(wanted):
        raise InvalidRequestError(f"features {action} takes {wanted or 'nothing'}, was given {subject or 'nothing'}")
    run(Asked(subject, as_of, SampleConfig(users, instants, seed), as_json))


def described(feature: Feature) -> dict[str, Any]:
    """A feature for programs."""
    return {
        "name": feature.name,
        "source": FAMILIES[NAMES.index(feature.name)],
        "dtype": feature.dtype,
        "about": feature.about,
        "raises": feature.raises,
        "inputs": [{"name": one.name, "asOf": one.as_of, "fresh": one.fresh} for one in feature.inputs],
    }


def _list(asked: Asked) -> None:
    ages = _ages(asked.as_json)
    if asked.as_json:
        found = {"digest": DIGEST, "features": [described(one) for one in FEATURES]}
        print_json(found | {"freshness": ages if isinstance(ages, str) else _for_programs(ages)})
        return
    rows = [
        [one.name, family, one.dtype, ", ".join(read.name for read in one.inputs), _yes(one.raises), one.about]
        for one, family in zip(FEATURES, FAMILIES, strict=True)
    ]
    print_table(f"features {DIGEST[:12]}", ["name", "source", "dtype", "reads", "only raises", "says"], rows)
    say(f"freshness: {ages}" if isinstance(ages, str) else _for_people(ages))


def _show(asked: Asked) -> None:
    feature = feature_named(asked.subject)
    with BarProgress(quiet=asked.as_json) as progress, Service.open(load_settings(), progress) as service:
        moment, loaded, ages = _moment(asked, service), service.model.get(), freshness(service)
        past = _past(service, loaded.bundle, progress)
        moments = past.moments(moment, asked.sample)
        examples = [one for _, one in past.examples(moments)]
        seen = observed(examples, loaded.engine.ranker)[feature.name]
    told = {"model": loaded.bundle.version, "ranker": loaded.engine.ranker.kind, "moments": len(moments)}
    told["candidates"] = sum(len(one.rows) for one in examples)
    if asked.as_json:
        print_json(described(feature) | {"sample": told, "observed": _seen(seen), "freshness": _for_programs(ages)})
        return
    _tell(feature, seen, told)
    say(_for_people(ages))


def _tell(feature: Feature, seen: Observed, told: dict[str, Any]) -> None:
    """A feature for people."""
    say(f"{feature.name}: {feature.about}")
    say(
        f"source {FAMILIES[NAMES.index(feature.name)]}, {feature.dtype}, can only raise a score: {_yes(feature.raises)}"
    )
    for read in feature.inputs:
        say(f"reads {read.name} ({read.about}), known until {read.as_of}, fresh {read.fresh}")
    say(f"{told['candidates']:,} candidates at {told['moments']} moments, model {told['model']}")
    print_table("", [f"{share:.0%}" for share in seen.quantiles], [list(seen.quantiles.values())])
    say(f"{seen.zeros:.1%} are zero")
    say(
        f"in {told['ranker']}: mean |contribution| {seen.importance:.4f}, {seen.share:.1%} of all, "
        f"place {seen.rank} of {len(FEATURES)}"
    )


def _export(asked: Asked) -> None:
    from api import feature_export

    path = Path(asked.subject)
    with BarProgress(quiet=asked.as_json) as progress, Service.open(load_settings(), progress) as service:
        moment, past = _moment(asked, service), _past(service, service.model.get().bundle, progress)
        salt = secrets.token_bytes(32)
        done = feature_export.write(past, path, moment, asked.sample, salt=salt, progress=progress)
    if asked.as_json:
        print_json(
            {
                "file": str(path),
                "moments": done.moments,
                "rows": done.rows,
                "asOf": iso(moment),
                "model": past.bundle.version,
                "digest": DIGEST,
            }
        )
    else:
        say(f"{done.rows:,} candidates at {done.moments} moments until {iso(moment)} written to {path}")


def _past(service: Service, bundle: Bundle, progress: Progress) -> Past:
    """The plays in the graph, as the model knows them."""
    arrays = export_graph(service.store, progress=progress)
    return Past(bundle, arrays.users, arrays.tracks, arrays.played)


def _moment(asked: Asked, service: Service) -> int:
    if asked.as_of is None:
        return service.as_of()
    try:
        return unix(asked.as_of)
    except ValueError:
        raise InvalidRequestError(f"--as-of {asked.as_of}: give a moment such as 2014-08-27T12:00:00Z") from None


def _ages(quiet: bool) -> Freshness | str:
    """How fresh things are, or why that is unknown: the table is there without graph and model."""
    try:
        with BarProgress(quiet=quiet) as progress, Service.open(load_settings(), progress) as service:
            return freshness(service)
    except PhonographError as error:
        return f"unknown, {error}"


def _for_programs(ages: Freshness) -> dict[str, Any]:
    return {"asOf": iso(ages.as_of), **ages.metrics(), "problem": ages.problem}


def _for_people(ages: Freshness) -> str:
    told = f"at {iso(ages.as_of)}: newest event applied {_seconds(ages.profile_age_s)} before, "
    told += f"{'-' if ages.events_waiting is None else ages.events_waiting} waiting, "
    told += f"model's watermark {_seconds(ages.model_age_s)} before"
    return f"{told} ({ages.problem})" if ages.problem else told


def _seconds(age: int | None) -> str:
    return "unknown" if age is None else f"{age:,} s"


def _seen(seen: Observed) -> dict[str, Any]:
    return {
        "quantiles": {str(share): value for share, value in seen.quantiles.items()},
        "zeros": seen.zeros,
        "importance": seen.importance,
        "share": seen.share,
        "rank": seen.rank,
    }


def _yes(value: bool) -> str:
    return "yes" if value else "no"


ACTIONS: dict[str, tuple[str, Callable[[Asked], None]]] = {
    "list": ("", _list),
    "show": ("the name of a feature", _show),
    "export": ("a file", _export),
}
"""Name -> what it is given, and what it does."""
