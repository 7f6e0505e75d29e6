"""Discover Weekly for everybody: listeners in shards, made by a pool of processes or by Spark, kept by this one.

What makes a list is the same function that answers a single request, given the same profile, model and knowledge of the
Monday: whoever runs it, the files are equal to the byte. How a shard is made is for ``api.weekly_shards``.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from typing import Literal
from zoneinfo import ZoneInfo

from api import composition
from api.live_model import Online, engine_of
from api.settings import Settings
from api.weekly_shards import Plan, keep_shard, lists_in, make_shard, shard_of
from gnn import bundle as bundles
from graph import clock
from graph.browse import GraphBrowse
from graph.errors import ExtraMissingError, InvalidRequestError, NoModelError, NotEnoughDataError
from graph.progress import NoProgress, Progress
from graph.reads import GraphReads
from graph.server.java import find_java
from graph.weekly import WeeklyPlaylists
from recommend.engine import Engine
from recommend.weekly import CURVE, start_of_week, week_at

SHARDS = 32
"""Parts that are made and resumed whole."""
EVERYBODY = 100_000_000
FIRST_ZONE = "Pacific/Kiritimati"
"""Where a week begins first."""
Runner = Literal["local", "spark"]
RUNNERS: tuple[Runner, ...] = ("local", "spark")


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What a run did.

    Attributes:
        listeners: with plays.
        lists: that have tracks.
        without: listeners for whom there is nothing to discover, or whose week has not begun; the next run makes these.
        resumed: shards that an earlier run had done.
    """

    week: str
    model: str
    listeners: int
    lists: int
    without: int
    resumed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Maker:
    """What makes lists in one process: loaded once, whatever shards it gets."""

    engine: Engine
    reads: GraphReads
    playlists: WeeklyPlaylists


_OPEN = ExitStack()
"""What the maker of this process holds open; as long as the process."""
_MAKERS: dict[str, Maker] = {}
"""Version of a model -> the maker of this process."""


def _maker(settings: Settings, version: str) -> Maker:
    """A model, a connection, and what is known beside the model."""
    store = _OPEN.enter_context(composition.open_store(settings))
    bandit = _OPEN.enter_context(composition.bandit(settings))
    rules = _OPEN.enter_context(composition.rule_book(settings))
    reads = GraphReads(store)
    bundle = bundles.load(composition.registry(settings), version, index=settings.index)
    return Maker(engine_of(bundle, reads, Online(bandit, rules)), reads, WeeklyPlaylists(store))


def _work(settings: Settings, plan: Plan, shard: int, users: list[str]) -> int:
    if plan.version not in _MAKERS:  # a process of a pool has no other place for it
        _MAKERS[plan.version] = _maker(settings, plan.version)
    maker = _MAKERS[plan.version]
    return make_shard(maker.engine, maker.reads, maker.playlists, plan, shard, users)


def newest_week(now: int) -> str:
    """The ISO week that has begun somewhere: from Sunday 10:00 UTC on it is the one whose Monday comes next."""
    return week_at(now, ZoneInfo(FIRST_ZONE))


def run(
    settings: Settings,
    week: str | None = None,
    *,
    processes: int | None = None,
    runner: Runner = "local",
    replace: bool = False,
    curve: str = CURVE,
    progress: Progress | None = None,
) -> BatchReport:
    """Make and keep the lists of a week for every listener with plays.

    Args:
        settings: of the home, whose live model makes them.
        week: ISO week; the newest that has begun anywhere where None.
        processes: how many; one for each core where None.
        runner: processes of our own, or Spark's.
        replace: make everything anew, in place of what was kept.
        curve: what the energy does over a list.
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
        raise NoModelError("no model has been published: run `phonograph train`")
    with composition.open_store(settings, progress) as store:
        now = clock.as_of(GraphReads(store).newest_event(), composition.now())
        impersonal = GraphReads(store).unpersonal()  # their list is nobody's own: it is made when it is asked for
        users = [user for user in GraphBrowse(store).some_listeners(EVERYBODY) if user not in impersonal]
        week = week or newest_week(now)
        if start_of_week(week, ZoneInfo(FIRST_ZONE)) > now:
            raise InvalidRequestError(f"week {week} has not begun: ask for {newest_week(now)} or an earlier one")
        if not users:
            raise NotEnoughDataError("nobody has played anything: import plays first")
        plan = Plan(week, version, now, curve, SHARDS, replace, settings.home / "weekly" / week)
        plan.folder.mkdir(parents=True, exist_ok=True)
        if replace:
            for file in plan.folder.iterdir():
                file.unlink()
        parts: list[list[str]] = [[] for _ in range(SHARDS)]
        for user in users:
            parts[shard_of(user, SHARDS)].append(user)
        missing = [shard for shard in range(SHARDS) if not plan.is_done(shard, parts[shard])]
        progress.stage(f"Discover Weekly {week}", len(missing))
        made = [shard for shard in missing if plan.is_made(shard, parts[shard])]
        work = [(settings, plan, shard, parts[shard]) for shard in missing if shard not in made]
        count, playlists = processes or os.cpu_count() or 1, WeeklyPlaylists(store)
        for shard in chain(made, _local(work, count) if runner == "local" else _spark(work, count)):
            keep_shard(playlists, plan, shard)  # here alone: two that write at once wait for each other
            progress.advance()
    lists = sum(lists_in(plan.file(shard)) for shard in range(SHARDS))
    return BatchReport(
        week, version, len(users), lists, len(users) - lists, SHARDS - len(missing), time.perf_counter() - began
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
