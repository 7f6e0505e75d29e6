"""``phonograph demo``: the whole house once, from nothing to recommendations with reasons."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api.cli.console import BarProgress, out, say
from api.cli.recommend import show
from api.composition import now, open_store, registry
from api.importing import import_data
from api.service import Service
from api.settings import Settings, load_settings
from graph.errors import NotFoundError
from graph.progress import Progress
from ingest.audio.features import EXTRACTOR_VERSION
from ingest.demo.config import DemoConfig
from ingest.demo.world import World, make_world
from ingest.load import read
from ingest.sources.demo import Demo
from recommend.types import RecommendRequest

ACTIVE = 60
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Finished:
    """What a finished demo left in the home folder: which world, which model, and the listeners that it shows."""

    world: str
    model: str
    listeners: tuple[str, str]


def demo() -> None:
    """Build the demo world, train on it, and show what two listeners get and why; can be run again at any time."""
    settings = load_settings()
    marker = settings.home / "demo" / "finished.json"
    with BarProgress() as progress:
        finished = _finished(settings, marker)
        if finished is None:
            finished = _build(settings, marker, progress)
    try:
        _show(settings, finished)
    except NotFoundError:  # the graph was emptied since: build it again
        with BarProgress() as progress:
            finished = _build(settings, marker, progress)
        _show(settings, finished)
    say("")
    say("Next: [bold]make serve[/], then open http://127.0.0.1:8000/graphql")
    say(f"      [bold].venv/bin/phonograph recommend {finished.listeners[0]}[/]")


def world_digest(config: DemoConfig) -> str:
    """What the demo world is made of: another digest is another world."""
    return hashlib.sha256(repr((config, EXTRACTOR_VERSION)).encode()).hexdigest()[:16]


def _finished(settings: Settings, marker: Path) -> Finished | None:
    """What an earlier run finished, if this run would make the same and its model is still there."""
    try:
        found = json.loads(marker.read_text(encoding="utf-8"))
        one, other = found["listeners"]
        finished = Finished(found["world"], found["model"], (one, other))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    same = finished.world == world_digest(DemoConfig()) and registry(settings).current() is not None
    return finished if same else None


def _build(settings: Settings, marker: Path, progress: Progress) -> Finished:
    from api.training import train  # PyTorch takes seconds to import: only when it is needed

    config = DemoConfig()
    source = Demo(settings.home / "demo", config, settings.workers, progress)
    import_data(settings, read(source, progress=progress), progress)
    with open_store(settings, progress) as store:
        report = train(store, registry(settings), now=now(), progress=progress)
    finished = Finished(world_digest(config), report.version, contrasting_listeners(make_world(config)))
    marker.parent.mkdir(parents=True, exist_ok=True)
    aside = marker.with_suffix(".new")
    aside.write_text(json.dumps({"world": finished.world, "model": finished.model, "listeners": finished.listeners}))
    aside.replace(marker)
    return finished


def contrasting_listeners(world: World) -> tuple[str, str]:
    """The most active listener, and of the other active ones the one with the most different taste."""
    plays = np.bincount(world.events.user_row, minlength=len(world.listeners.ids))
    active = np.argsort(-plays, kind="stable")[:ACTIVE]
    taste = world.listeners.taste[:, -1]
    far = active[np.argmin(taste[active] @ taste[active[0]])]
    return world.listeners.ids[active[0]], world.listeners.ids[far]


def _show(settings: Settings, finished: Finished) -> None:
    with BarProgress(quiet=True) as progress, Service.open(settings, progress) as service:
        for user_id in finished.listeners:
            out.print()
            show(service.recommend(RecommendRequest(user_id)), most=SHOWN)
        out.print()
        show(service.weekly(finished.listeners[0]), most=SHOWN)
