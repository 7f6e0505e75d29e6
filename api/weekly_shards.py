"""A part of everybody's Discover Weekly: made by one process, written whole or not at all, then kept in the graph.

A shard's file says on its first line what it was made from. It counts as made while that is still so and nobody's week
has begun since; so a run that is killed goes on with what is missing, and one after another Monday begins adds those.
Then two lines for each list: whose it is with its places, and the whole answer, which goes into the graph as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import orjson

from graph.weekly import WeeklyPlaylists
from recommend.engine import Engine, Reads
from recommend.residence import market_of, zone_of
from recommend.weekly import (
    REMEMBERED_WEEKS,
    Kept,
    WeeklyTrack,
    is_whole,
    make_week,
    start_of_week,
    text_of,
    tracks_of,
    weeks_before,
)


class Earlier(Protocol):
    """Who knows the lists of other weeks."""

    def earlier_of(self, user_ids: Sequence[str], weeks: Sequence[str]) -> dict[str, frozenset[str]]:
        """User -> ids of the tracks on their lists of these weeks."""


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

    def mark(self, shard: int) -> Path:
        """What is there once the lists of a shard are kept."""
        return self.file(shard).with_suffix(".kept")

    def head(self, users: Sequence[str]) -> dict[str, Any]:
        """What a shard is made from."""
        listeners = sha256("\n".join(users).encode()).hexdigest()[:16]
        return {"week": self.week, "model": self.version, "curve": self.curve, "listeners": listeners}

    def is_made(self, shard: int, users: Sequence[str]) -> bool:
        """Whether a shard was made whole, from the same, and has nothing to add."""
        try:
            with self.file(shard).open("rb") as file:
                said = dict(orjson.loads(file.readline()))
                again = said.pop("again")
        except (OSError, ValueError, KeyError):
            return False
        return said == self.head(users) and (again is None or self.now < again)

    def is_done(self, shard: int, users: Sequence[str]) -> bool:
        """Whether a shard was made, and its lists kept."""
        return self.is_made(shard, users) and self.mark(shard).exists()


def shard_of(user_id: str, shards: int) -> int:
    """Which shard a listener belongs to, by a hash that is the same everywhere."""
    return int.from_bytes(sha256(user_id.encode()).digest()[:8], "big") % shards


def make_shard(engine: Engine, reads: Reads, store: Earlier, plan: Plan, shard: int, users: Sequence[str]) -> int:
    """Make a shard and write it, whole or not at all.

    Args:
        engine: makes the lists.
        reads: the listeners' profiles.
        store: knows the lists of the weeks before; asked once.
        plan: of the run.
        shard: its number.
        users: its listeners.

    Returns:
        Its number.

    Raises:
        GraphError: Neo4j is away; nothing was written.
    """
    lines, again = _lists(engine, reads, store, plan, users)
    file = plan.file(shard)
    part = file.with_suffix(f".{os.getpid()}.part")
    with part.open("w", encoding="utf-8") as out:
        out.write(_line(plan.head(users) | {"again": again}))
        out.writelines(lines)
        out.flush()
        os.fsync(out.fileno())
    plan.mark(shard).unlink(missing_ok=True)  # before the file is there: the mark of another one says nothing of it
    part.replace(file)
    return shard


def _lists(
    engine: Engine, reads: Reads, store: Earlier, plan: Plan, users: Sequence[str]
) -> tuple[list[str], int | None]:
    """The lines of each listener who has a list, in the order given; and from when on there is more to make."""
    lines, later = [], []
    earlier = store.earlier_of(users, weeks_before(plan.week, REMEMBERED_WEEKS))
    utc = start_of_week(plan.week, UTC)
    for user in users:
        profile = reads.profile(user, utc)
        monday = start_of_week(plan.week, zone_of(profile))
        if monday > plan.now:
            later.append(monday)
            continue
        if monday != utc:
            profile = reads.profile(user, monday)
        market = market_of(profile)
        made = make_week(engine, user, plan.week, monday, plan.curve, profile, earlier=earlier[user], market=market)
        if not is_whole(made):
            later.append(plan.now)  # the next run tries again
        elif made.items:
            places = [asdict(track) for track in tracks_of(made)]
            lines += [_line({"user": user, "tracks": places}), text_of(made) + "\n"]
    return lines, min(later, default=None)


def _line(said: dict[str, Any]) -> str:
    return orjson.dumps(said).decode() + "\n"


def keep_shard(playlists: WeeklyPlaylists, plan: Plan, shard: int) -> None:
    """Keep the lists of a shard in the graph, and remember that they are."""
    playlists.keep_all(list(read_shard(plan, shard)), created_at=plan.now, replace=plan.replace)
    plan.mark(shard).touch()


def read_shard(plan: Plan, shard: int) -> Iterator[Kept]:
    """The lists of a shard."""
    with plan.file(shard).open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            said = orjson.loads(line)
            tracks = [WeeklyTrack(**place) for place in said["tracks"]]
            yield Kept(said["user"], plan.week, next(lines).rstrip("\n"), tracks)


def lists_in(file: Path) -> int:
    """How many lists a shard holds."""
    with file.open("rb") as lines:
        return sum(1 for _ in lines) // 2
