"""How fast what listeners do comes in: a history, events into the log, from there into the graph and into answers."""

from __future__ import annotations

import csv
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from api.bench.row import Row
from api.bench.server import seconds
from api.bench.stages import TimedStages
from api.composition import managed_server, open_store, registry
from api.importing import import_data
from api.service import Service
from api.settings import Settings
from graph.errors import NotEnoughDataError
from graph.export import export
from graph.progress import Progress
from graph.store import GraphStore
from ingest.consumer import Consumer
from ingest.events import Event
from ingest.first import START
from ingest.load import read
from ingest.log.dead_letters import DeadLetters
from ingest.log.sqlite import SqliteLog
from ingest.sources.table import TableOfPlays
from recommend.types import RecommendRequest

USERS, TRACKS, ARTISTS, PLAYS = 3_000, 12_500, 2_500, 221_000
"""The shape of LFM-1M."""
BEGAN = 1_700_000_000
APPENDED, BATCH, SINGLES, WRITERS = 200_000, 1_000, 2_000, 8
APPLIED = 50_000
EFFECTS = 100


def ingest(settings: Settings, progress: Progress) -> list[Row]:
    """A generated history into an empty graph; events into a log, and from there into the graph; all in a new home."""
    with tempfile.TemporaryDirectory(prefix="phonograph-bench-") as folder:
        home = Path(folder)
        settings = settings.model_copy(update={"home": home})
        try:
            history = _history(settings, progress)
            with open_store(settings, progress) as store:
                return [*history, *_appends(home, progress), _apply(store, home, progress)]
        finally:
            managed_server(settings, progress).stop()


def effect(settings: Settings, progress: Progress) -> list[Row]:
    """From an event to the answer that shows it, while nobody applies events; nothing is written to the graph."""
    with tempfile.TemporaryDirectory(prefix="phonograph-bench-") as folder, open_store(settings, progress) as store:
        log, letters = SqliteLog(Path(folder) / "events.sqlite"), DeadLetters(Path(folder) / "dead_letters.sqlite")
        service = Service(store, registry(settings), log, letters)
        arrays = export(store, progress=progress)
        users = arrays.users.values[np.unique(arrays.played.source_row)]
        chosen = np.random.default_rng(1).permutation(users)[: EFFECTS + 10].tolist()
        progress.stage("events to answers", len(chosen))
        times = []
        for number, user in enumerate(chosen):
            times.append(_effect(service, str(user), number))
            progress.advance()
        log.close()
        letters.close()
    shown = times[10:]
    return [
        Row(
            f"event to its effect on the next recommendation, p{share}",
            float(np.percentile(shown, share)),
            "ms",
            EFFECTS,
        )
        for share in (50, 95)
    ]


def _history(settings: Settings, progress: Progress) -> list[Row]:
    """Plays of many listeners in one table, parsed, sealed, matched and written; with and without Neo4j's start."""
    rng = np.random.default_rng(0)
    track = (TRACKS * rng.random(PLAYS) ** 2).astype(np.int64)
    rows = zip(
        rng.integers(0, USERS, PLAYS).tolist(), track.tolist(), range(BEGAN, BEGAN + PLAYS * 60, 60), strict=True
    )
    file = settings.home / "plays.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        written = csv.writer(out)
        written.writerow(["user", "artist", "track", "timestamp"])
        written.writerows([f"u{u}", f"Artist {t % ARTISTS}", f"Song {t}", at] for u, t, at in rows)
    timed = TimedStages(progress)
    took = seconds(lambda: import_data(settings, read(TableOfPlays(file), progress=timed), timed))
    start = timed.seconds(START)
    return [
        Row("plays of a history into an empty graph, parse included", PLAYS / (took - start), "per s", 1),
        Row("plays of a history into an empty home, parse and Neo4j's first start included", PLAYS / took, "per s", 1),
    ]


def _event(rng: np.random.Generator, number: int, users: Sequence[str], tracks: Sequence[str]) -> Event:
    user, track = users[int(rng.integers(len(users)))], tracks[int(rng.integers(len(tracks)))]
    return Event(f"event-{number:09d}", "PLAY", user, track, BEGAN + number, 180_000)


def _appends(home: Path, progress: Progress) -> list[Row]:
    """Into the log: batches, one by one, and by several writers at once; each durable before the next."""
    rng = np.random.default_rng(2)
    users, tracks = [f"bench:user:{n}" for n in range(USERS)], [f"bench:track:{n}" for n in range(TRACKS)]
    events = [_event(rng, number, users, tracks) for number in range(APPENDED + 2 * SINGLES)]
    progress.stage("append events", 3)
    with SqliteLog(home / "appended" / "events.sqlite") as log:

        def batches() -> None:
            for start in range(0, APPENDED, BATCH):
                log.append(events[start : start + BATCH], BEGAN)

        def singles(part: Sequence[Event]) -> None:
            for event in part:
                log.append([event], BEGAN)

        def writers() -> None:
            parts = [events[APPENDED + SINGLES + at :: WRITERS] for at in range(WRITERS)]
            threads = [threading.Thread(target=singles, args=(part,)) for part in parts]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        rows = []
        for what, count, work in (
            (f"events appended, durable, batches of {BATCH:,}", APPENDED, batches),
            ("events appended, durable, one by one", SINGLES, lambda: singles(events[APPENDED : APPENDED + SINGLES])),
            (f"events appended, durable, {WRITERS} writers one by one", SINGLES, writers),
        ):
            rows.append(Row(what, count / seconds(work), "per s", 1))
            progress.advance()
    return rows


def _apply(store: GraphStore, home: Path, progress: Progress) -> Row:
    """From the log into the graph that ``_history`` filled."""
    arrays = export(store, progress=progress)
    users, tracks = arrays.users.values.tolist(), arrays.tracks.values.tolist()
    rng = np.random.default_rng(3)
    progress.stage("apply events", APPLIED)
    with (
        SqliteLog(home / "log" / "events.sqlite") as log,
        DeadLetters(home / "log" / "dead_letters.sqlite") as letters,
    ):
        log.append([_event(rng, number, users, tracks) for number in range(APPLIED)], BEGAN + APPLIED)
        consumer = Consumer(store, log, letters, now=lambda: BEGAN + APPLIED)
        began = time.perf_counter()
        while moved := consumer.step(0):
            progress.advance(len(moved))
        took = time.perf_counter() - began
        assert letters.count() == 0  # all of them name nodes that are there
    return Row("events applied to the graph", APPLIED / took, "per s", 1)


def _effect(service: Service, user: str, number: int) -> float:
    """Milliseconds from sending an event about a listener's first recommendation to the answer without it."""
    request = RecommendRequest(user, "home", 20)
    first = service.recommend(request).items[0].track.id
    began = time.perf_counter()
    receipt = service.record_events([Event(f"effect-{number}", "PLAY", user, first, service.as_of())])
    answer = service.recommend(request)
    took = (time.perf_counter() - began) * 1e3
    if receipt.accepted != 1 or any(item.track.id == first for item in answer.items):
        raise NotEnoughDataError(f"an event of {user} had no effect: {receipt}")
    return took
