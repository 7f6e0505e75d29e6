"""Discover Weekly for everybody: listeners in shards, each shard made by one process, written whole, then kept.

A shard's file appears only when all of it is there, so a run that is killed goes on with the shards that are missing,
and no listener is made twice or left out. What makes a list is the same function that answers a single request, given
the same profile, model and knowledge of the Monday: whoever runs it, the files are equal to the byte.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

from api import composition
from api.live_model import Online, engine_of
from api.settings import Settings
from gnn import bundle as bundles
from graph import clock
from graph.browse import GraphBrowse
from graph.errors import ExtraMissingError, InvalidRequestError, NotEnoughDataError, NotFoundError
from graph.progress import NoProgress, Progress
from graph.reads import GraphReads
from graph.server.java import find_java
from graph.weekly import WeeklyPlaylists
from recommend.engine import Engine
from recommend.weekly import CURVE, Kept, make_week, start_of_week, time_zone, tracks_of, week_at
from recommend.wire import from_json, to_json

SHARDS = 32
EVERYBODY = 100_000_000
FIRST_ZONE = "Pacific/Kiritimati"
"""Where a week begins first."""
Runner = Literal["local", "spark"]
RUNNERS: tuple[Runner, ...] = ("local", "spark")


@dataclass(frozen=True, slots=True)
class Plan:
    """One run, the same in every process.

    Attributes:
        week: ISO week.
        version: of the model.
        now: unix seconds; a list is only made where the week has begun.
        curve: a name of ``recommend.flow.CURVES``.
        shards: how many.
        replace: whether lists that were kept before give way.
        folder: where the shards lie.
    """

    week: str
    version: str
    now: int
    curve: str
    shards: int
    replace: bool
    folder: Path

    def file(self, shard: int) -> Path:
        """Where a shard is written."""
        return self.folder / f"{shard:03d}-of-{self.shards:03d}.jsonl"

    def is_done(self, shard: int) -> bool:
        """Whether a shard was made by this model and kept."""
        return self.is_made(shard) and self.file(shard).with_suffix(".kept").exists()

    def is_made(self, shard: int) -> bool:
        """Whether a shard was made whole by this model."""
        try:
            with self.file(shard).open(encoding="utf-8") as file:
                return bool(json.loads(file.readline())["model"] == self.version)
        except (OSError, ValueError, KeyError):
            return False


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What a run did.

    Attributes:
        listeners: with plays.
        lists: that have tracks.
        without: listeners for whom there is nothing to discover, or whose week has not begun.
        resumed: shards that an earlier run had done.
    """

    week: str
    model: str
    listeners: int
    lists: int
    without: int
    resumed: int
    seconds: float


def shard_of(user_id: str, shards: int) -> int:
    """Which shard a listener belongs to, by a hash that is the same everywhere."""
    return int.from_bytes(sha256(user_id.encode()).digest()[:8], "big") % shards


class Maker:
    """Makes lists in one process: a model, a connection, and what is known beside the model.

    Args:
        settings: of the home.
        version: of the model.
    """

    def __init__(self, settings: Settings, version: str) -> None:
        self._open = ExitStack()
        store = self._open.enter_context(composition.open_store(settings))
        bandit = self._open.enter_context(composition.bandit(settings))
        rules = self._open.enter_context(composition.rule_book(settings))
        self._reads, self._playlists = GraphReads(store), WeeklyPlaylists(store)
        bundle = bundles.load(composition.registry(settings), version, index=settings.index)
        self._engine: Engine = engine_of(bundle, self._reads, Online(bandit, rules))

    def close(self) -> None:
        """Give everything back."""
        self._open.close()

    def lines(self, plan: Plan, users: Iterable[str]) -> Iterator[str]:
        """A line of JSON for each listener who has a list, in the order given."""
        utc = start_of_week(plan.week, UTC)
        for user in users:
            profile = self._reads.profile(user, utc)
            monday = start_of_week(plan.week, time_zone(profile.time_zone))
            if monday > plan.now:
                continue
            if monday != utc:
                profile = self._reads.profile(user, monday)
            made = make_week(self._engine, self._playlists, user, plan.week, monday, plan.curve, profile)
            if made.items:
                yield json.dumps({"user": user, "answer": to_json(made)}, ensure_ascii=False) + "\n"

    def shard(self, plan: Plan, shard: int, users: list[str]) -> int:
        """Make a shard, whole or not at all; its number."""
        file = plan.file(shard)
        part = file.with_suffix(f".{os.getpid()}.part")
        with part.open("w", encoding="utf-8") as out:
            out.write(json.dumps({"model": plan.version, "week": plan.week}) + "\n")
            out.writelines(self.lines(plan, users))
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
        return shard


def keep_shard(playlists: WeeklyPlaylists, plan: Plan, shard: int) -> None:
    """Keep the lists of a shard in the graph, and remember that they are."""
    file = plan.file(shard)
    lists = []
    for said in read_shard(file):
        answer = json.dumps(said["answer"], ensure_ascii=False)
        lists.append(Kept(said["user"], plan.week, answer, tracks_of(from_json(said["answer"]))))
    playlists.keep_all(lists, created_at=plan.now, replace=plan.replace)
    file.with_suffix(".kept").touch()


def read_shard(file: Path) -> list[dict[str, Any]]:
    """The listeners and answers of a shard."""
    with file.open(encoding="utf-8") as lines:
        next(lines)
        return [json.loads(line) for line in lines]


_MAKER: Maker | None = None
"""Of this process: the model is loaded once, whatever shards it gets."""


def _work(settings: Settings, plan: Plan, shard: int, users: list[str]) -> int:
    global _MAKER  # a process of a pool has no other place for it
    if _MAKER is None:
        _MAKER = Maker(settings, plan.version)
    return _MAKER.shard(plan, shard, users)


def run(
    settings: Settings,
    week: str | None = None,
    *,
    processes: int | None = None,
    shards: int = SHARDS,
    runner: Runner = "local",
    replace: bool = False,
    curve: str = CURVE,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> BatchReport:
    """Make and keep the lists of a week for every listener with plays.

    Args:
        settings: of the home, whose live model makes them.
        week: ISO week; the current one in UTC where None.
        processes: how many; one for each core where None.
        shards: parts that are made and resumed whole.
        runner: processes of our own, or Spark's.
        replace: make everything anew, in place of what was kept.
        curve: what the energy does over a list.
        folder: of the shards; in the home where None.
        progress: told of every shard.

    Raises:
        InvalidRequestError: no ISO week, or one that has not begun anywhere.
        ModelError: there is no model.
        NotEnoughDataError: nobody has played anything.
        GraphError: Neo4j is away; the same command goes on from there.
        ExtraMissingError: Spark is not installed.
    """
    began, progress = time.perf_counter(), progress or NoProgress()
    version = composition.registry(settings).current()
    if version is None:
        raise NotFoundError("no model has been published: run `phonograph train`")
    with composition.open_store(settings, progress) as store:
        now = clock.as_of(GraphReads(store).newest_event(), composition.now())
        impersonal = GraphReads(store).unpersonal()  # their list is nobody's own: it is made when it is asked for
        users = [user for user in GraphBrowse(store).some_listeners(EVERYBODY) if user not in impersonal]
        week = week or week_at(now, UTC)
        if start_of_week(week, time_zone(FIRST_ZONE)) > now:
            raise InvalidRequestError(f"week {week} has not begun: ask for {week_at(now, UTC)} or an earlier one")
        if not users:
            raise NotEnoughDataError("nobody has played anything: import plays first")
        plan = Plan(week, version, now, curve, shards, replace, folder or settings.home / "weekly" / week)
        plan.folder.mkdir(parents=True, exist_ok=True)
        if replace:
            for file in plan.folder.iterdir():
                file.unlink()
        parts: list[list[str]] = [[] for _ in range(shards)]
        for user in users:
            parts[shard_of(user, shards)].append(user)
        missing = [shard for shard in range(shards) if not plan.is_done(shard)]
        progress.stage(f"Discover Weekly {week}", len(missing))
        made = [shard for shard in missing if plan.is_made(shard)]
        work = [(settings, plan, shard, parts[shard]) for shard in missing if shard not in made]
        count, playlists = processes or os.cpu_count() or 1, WeeklyPlaylists(store)
        for shard in chain(made, _local(work, count) if runner == "local" else _spark(work, count)):
            keep_shard(playlists, plan, shard)  # here alone: two that write at once wait for each other
            progress.advance()
    lists = sum(len(read_shard(plan.file(shard))) for shard in range(shards))
    return BatchReport(
        week, version, len(users), lists, len(users) - lists, shards - len(missing), time.perf_counter() - began
    )


Work = tuple[Settings, Plan, int, list[str]]


def _local(work: list[Work], processes: int) -> Iterator[int]:
    """Processes of our own, each with a model; begun anew, since forked threads of a driver are no good."""
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    if not work:
        return
    with ProcessPoolExecutor(min(processes, len(work)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(_work, *zip(*work, strict=True))


def _spark(work: list[Work], processes: int) -> Iterator[int]:
    """Spark's Python workers, on this machine; on a cluster the home must lie where all of them see it."""
    try:
        from pyspark import SparkConf, SparkContext
    except ImportError as error:
        raise ExtraMissingError("Spark is not installed: pip install 'phonograph[spark]'") from error
    if not work:
        return
    java = find_java().path
    os.environ.setdefault("JAVA_HOME", str(java.parent.parent))
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    conf = (
        SparkConf()
        .setMaster(f"local[{processes}]")
        .setAppName("phonograph weekly")
        .set("spark.ui.enabled", "false")
        .set("spark.driver.host", "127.0.0.1")
        .set("spark.driver.bindAddress", "127.0.0.1")
    )
    context = SparkContext(conf=conf)
    try:
        yield from context.parallelize(work, len(work)).map(lambda one: _work(*one)).collect()
    finally:
        context.stop()
