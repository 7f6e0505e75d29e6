"""``phonograph models``: which models there are, what is known of them, and which of them answers."""

from __future__ import annotations

import getpass
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from api.cli.console import print_json, print_table, say
from api.composition import now, registry
from api.settings import load_settings
from gnn import manifest, trials
from gnn.records import Cause
from gnn.registry import KEPT, Registry
from graph.errors import BundleDamagedError, InvalidRequestError

SHOWN = ("recall@20", "ndcg@20", "coverage@20")

Arguments = Annotated[
    list[str] | None, typer.Argument(help="A version or the start of its name; two for diff, none for list.")
]


def models(
    action: Annotated[
        str,
        typer.Argument(
            help="list, show, diff, verify, promote, rollback, canary, shadow, retreat, reject, pin, unpin or gc."
        ),
    ] = "list",
    versions: Arguments = None,
    why: Annotated[str, typer.Option("--why", help="The reason, for the record.")] = "",
    keep: Annotated[int, typer.Option("--keep", min=0, help="gc: newest versions that stay.")] = KEPT,
    share: Annotated[float, typer.Option("--share", help="canary, shadow: of the listeners.")] = 0.05,
    force: Annotated[bool, typer.Option("--force", help="promote: also what was rejected.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
) -> None:
    """List the published models, compare them, and choose the one that is live."""
    given, models = versions or [], registry(load_settings())
    if action not in ACTIONS:
        raise InvalidRequestError(f"unknown action {action!r}: use one of {', '.join(ACTIONS)}")
    wanted, run = ACTIONS[action]
    if len(given) != wanted:
        raise InvalidRequestError(f"models {action} needs {wanted} versions, was given {len(given)}")
    cause = Cause(now(), getpass.getuser(), why)
    if action == "gc":
        _removed(models.collect(keep, cause), as_json)
    elif action == "promote":
        _promote(models, models.named(given[0]), cause, force, as_json)
    elif action in ("canary", "shadow"):
        _try(models, models.named(given[0]), "canary" if action == "canary" else "shadow", share, cause, as_json)
    else:
        run(models, [models.named(version) for version in given], cause, as_json)


def described(models: Registry, version: str) -> dict[str, Any]:
    """A version for programs: its record and what its manifest says, or why that cannot be read."""
    record = models.record(version)
    found: dict[str, Any] = {"version": version, "state": record.state, "pinned": record.pinned}
    try:
        said = manifest.read(models.path(version))
    except BundleDamagedError as error:
        return found | {"damaged": str(error)}
    names = ("createdAt", "watermark", "parent", "code", "sizes", "metrics", "judged")
    found |= {name: said.get(name) for name in names}
    return found | {"bytes": sum(file["bytes"] for file in said["files"].values())}


def _list(models: Registry, _: list[str], __: Cause, as_json: bool) -> None:
    pointer = models.pointer()
    found = [described(models, version) for version in models.versions()]
    if as_json:
        live, previous = (pointer.version, pointer.previous) if pointer else (None, None)
        print_json({"live": live, "previous": previous, "models": found})
        return
    rows = [[one["version"], _state(one), *_figures(one), f"{one.get('bytes', 0) / 1e6:.1f}"] for one in found]
    print_table(str(models.folder), ["version", "state", "plays", *SHOWN, "MB"], rows)


def _state(one: dict[str, Any]) -> str:
    pinned = ", pinned" if one["pinned"] else ""
    return f"{one['state']}{pinned}{', damaged' if 'damaged' in one else ''}"


def _figures(one: dict[str, Any]) -> list[str]:
    """Plays it knows, and the measures of the list that would be served."""
    metrics = one.get("metrics") or {}
    served = metrics.get("served") or metrics.get("sage") or {}
    plays = (one.get("sizes") or {}).get("played")
    return [
        "-" if plays is None else f"{plays:,}",
        *(f"{served[name]:.4f}" if name in served else "-" for name in SHOWN),
    ]


def _show(models: Registry, versions: list[str], _: Cause, as_json: bool) -> None:
    (version,) = versions
    record = models.record(version)
    found = described(models, version) | {"history": record.to_json()["history"], "gate": dict(record.gate)}
    if as_json:
        print_json(found)
        return
    for name in ("version", "state", "damaged", "createdAt", "parent", "code", "bytes"):
        if found.get(name) is not None:
            say(f"{name:10} {found[name]}")
    say(f"{'data until':10} {_moment(found.get('watermark') or 0)}")
    metrics = found.get("metrics") or {}
    rows = [[name, *(values.get(shown, float("nan")) for shown in SHOWN)] for name, values in metrics.items()]
    print_table("on the plays after the validation cut", ["model", *SHOWN], rows)
    if judged := found.get("judged"):
        means = ", ".join(f"{name} {value:.4f}" for name, value in judged["ndcg@20"].items())
        say(f"NDCG@20 of the {judged['listeners']} listeners who judged: {means}")
    if record.gate:
        show_gate(dict(record.gate))
    for step in record.history:
        say(f"{_moment(step.cause.at)}  {step.to:9} {step.cause.by}: {step.cause.why or 'no reason given'}")


def show_gate(gate: dict[str, Any]) -> None:
    """The checks of a verdict as a table."""
    rows = [
        [check["name"], f"{check['observed']:.4g}", check["required"], "yes" if check["passed"] else "NO"]
        for check in gate["checks"]
    ]
    print_table(f"gate: {gate['reason']}", ["check", "observed", "required", "passed"], rows)


def _diff(models: Registry, versions: list[str], _: Cause, as_json: bool) -> None:
    one, other = (manifest.read(models.path(version)) for version in versions)
    ids = [_track_ids(models, version) for version in versions]
    changed = {
        section: _changes(_flat(one.get(section)), _flat(other.get(section)))
        for section in ("config", "sizes", "metrics", "libraries", "code", "watermark")
    }
    tracks = {"added": len(ids[1] - ids[0]), "removed": len(ids[0] - ids[1]), "shared": len(ids[0] & ids[1])}
    if as_json:
        print_json({"versions": versions, "changed": changed, "tracks": tracks})
        return
    rows = [
        [f"{section} {name}".strip(), str(before), str(after)]
        for section, changes in changed.items()
        for name, (before, after) in changes.items()
    ]
    print_table("what differs", ["", *versions], rows)
    say(", ".join(f"{count:,} tracks {word}" for word, count in tracks.items()))


def _track_ids(models: Registry, version: str) -> set[str]:
    names = json.loads((models.path(version) / "names.json").read_text(encoding="utf-8"))
    return set(names["track"]["ids"])


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    """Nested sections as one, names joined by dots."""
    if not isinstance(value, dict):
        return {name: value}
    return {
        inner: leaf for key, part in value.items() for inner, leaf in _flat(part, f"{name}.{key}".lstrip(".")).items()
    }


def _changes(one: dict[str, Any], other: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (one.get(name), other.get(name)) for name in {**one, **other} if one.get(name) != other.get(name)}


def _verify(models: Registry, versions: list[str], _: Cause, as_json: bool) -> None:
    began = time.perf_counter()
    said = manifest.verify(models.path(versions[0]))
    seconds = time.perf_counter() - began
    if as_json:
        print_json({"version": versions[0], "files": len(said["files"]), "seconds": round(seconds, 3)})
    else:
        say(f"{versions[0]}: {len(said['files'])} files are what their manifest says ({seconds:.2f} s)")


def _promote(models: Registry, version: str, cause: Cause, force: bool, as_json: bool) -> None:
    models.promote(version, cause, force=force)
    _pointed(models, as_json)


def _rollback(models: Registry, _: list[str], cause: Cause, as_json: bool) -> None:
    models.rollback(cause)
    _pointed(models, as_json)


def _pointed(models: Registry, as_json: bool) -> None:
    pointer = models.pointer()
    assert pointer is not None  # it has just been written
    if as_json:
        print_json({"live": pointer.version, "previous": pointer.previous})
    else:
        say(f"live: {pointer.version}, before: {pointer.previous or 'none'}; serving processes follow within a second")
        say("the graph's derived edges follow with `phonograph materialise`")


def _reject(models: Registry, versions: list[str], cause: Cause, as_json: bool) -> None:
    if not cause.why:
        raise InvalidRequestError("models reject needs a reason: add --why")
    models.reject(versions[0], cause)
    _told(models, versions[0], as_json)


def _pin(models: Registry, versions: list[str], _: Cause, as_json: bool) -> None:
    models.pin(versions[0])
    _told(models, versions[0], as_json)


def _unpin(models: Registry, versions: list[str], _: Cause, as_json: bool) -> None:
    models.pin(versions[0], pinned=False)
    _told(models, versions[0], as_json)


def _told(models: Registry, version: str, as_json: bool) -> None:
    record = models.record(version)
    if as_json:
        print_json({"version": version, "state": record.state, "pinned": record.pinned})
    else:
        say(f"{version}: {record.state}{', pinned' if record.pinned else ''}")


def _removed(versions: list[str], as_json: bool) -> None:
    if as_json:
        print_json({"removed": versions})
    else:
        say(f"removed {', '.join(versions)}" if versions else "nothing to remove")


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S") if at else "-" * 19


def _try(models: Registry, version: str, kind: trials.Kind, share: float, cause: Cause, as_json: bool) -> None:
    trial = trials.begin(models, version, kind, share, cause)
    if as_json:
        print_json({"version": version, "kind": kind, "share": share})
    else:
        does = "answers" if kind == "canary" else "is asked beside the live model for"
        say(f"{version} {does} {trial.share:.0%} of the listeners; `phonograph models retreat` ends it")


def _retreat(models: Registry, _: list[str], cause: Cause, as_json: bool) -> None:
    trial = trials.end(models, cause)
    if as_json:
        print_json({"version": trial.version if trial else None})
    else:
        say(f"{trial.version} is no longer on trial" if trial else "nothing is on trial")


def _elsewhere(*_: Any) -> None:
    raise AssertionError("promote, gc and trials take options of their own")


Action = Callable[[Registry, list[str], Cause, bool], None]
ACTIONS: dict[str, tuple[int, Action]] = {
    "list": (0, _list),
    "show": (1, _show),
    "diff": (2, _diff),
    "verify": (1, _verify),
    "promote": (1, _elsewhere),
    "rollback": (0, _rollback),
    "canary": (1, _elsewhere),
    "shadow": (1, _elsewhere),
    "retreat": (0, _retreat),
    "reject": (1, _reject),
    "pin": (1, _pin),
    "unpin": (1, _unpin),
    "gc": (0, _elsewhere),
}
"""Name -> how many versions it takes, and what it does."""
