"""Discover Weekly for everybody: nobody twice, nobody left out, whoever makes it and however often it is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from api import weekly_batch, weekly_shards

WEEK = "2026-W48"


@pytest.fixture(scope="module")
def everybody(phonograph: Any, trained: Any) -> Any:
    """What the command says, with two processes."""
    return complete(phonograph, "--processes", "2")


def complete(phonograph: Any, *words: str) -> Any:
    """What the command says once nobody is missing: a list that lacks a part waits for the next run."""
    for _ in range(4):
        answer = phonograph("weekly", "--all", "--week", WEEK, *words, "--json").answer
        if answer["lists"] == answer["listeners"]:
            return answer
    raise AssertionError(answer)


@pytest.fixture(scope="module")
def made(everybody: Any, home: Path) -> dict[str, bytes]:
    """The files that it wrote."""
    return shards(home)


def shards(home: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((home / "weekly" / WEEK).glob("*.jsonl"))}


def listeners(home: Path) -> list[str]:
    found = []
    for text in shards(home).values():
        found += [json.loads(line)["user"] for line in text.decode().splitlines()[1::2]]
    return sorted(found)


def test_every_listener_has_a_list_that_the_graph_keeps(phonograph: Any, everybody: Any, home: Path) -> None:
    assert everybody["lists"] + everybody["without"] == everybody["listeners"] == 60
    users = listeners(home)
    assert len(users) == len(set(users)) == everybody["lists"]
    again = phonograph("weekly", users[0], "--week", WEEK, "--json").answer
    for text in shards(home).values():
        lines = [json.loads(line) for line in text.decode().splitlines()[1:]]
        for said, answer in zip(lines[::2], lines[1::2], strict=True):
            if said["user"] == users[0]:
                assert [item["track"]["id"] for item in answer["items"][:30]] == [
                    item["track"]["id"] for item in again["items"]
                ]


def test_a_second_run_has_nothing_left_to_do(phonograph: Any, everybody: Any) -> None:
    again = phonograph("weekly", "--all", "--week", WEEK, "--json").answer
    assert again["resumed"] == weekly_batch.SHARDS
    assert (again["lists"], again["without"]) == (everybody["lists"], everybody["without"])


def test_one_process_makes_the_same_bytes(phonograph: Any, made: dict[str, bytes], home: Path) -> None:
    shutil.rmtree(home / "weekly" / WEEK)
    complete(phonograph, "--processes", "1")
    assert shards(home) == made


def test_a_killed_run_goes_on_without_repeats_and_gaps(
    phonograph: Any, everybody: Any, made: dict[str, bytes], home: Path
) -> None:
    folder = home / "weekly" / WEEK
    shutil.rmtree(folder)
    killed = phonograph.start("weekly", "--all", "--week", WEEK, "--processes", "2", "--json")
    deadline = time.monotonic() + 120
    while not list(folder.glob("*.jsonl")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert 0 < len(shards(home)) < weekly_batch.SHARDS
    answer = complete(phonograph, "--processes", "2")
    assert shards(home) == made
    assert answer["lists"] == len(listeners(home)) == everybody["lists"]


@pytest.mark.skipif(find_spec("pyspark") is None, reason="pyspark is not installed: pip install 'phonograph[spark]'")
def test_spark_makes_the_same_bytes(phonograph: Any, everybody: Any, made: dict[str, bytes], home: Path) -> None:
    shutil.rmtree(home / "weekly" / WEEK)
    answer = complete(phonograph, "--processes", "2", "--engine", "spark")
    assert shards(home) == made
    assert answer["lists"] == everybody["lists"]


def test_shards_are_even_and_the_same_everywhere() -> None:
    found = [weekly_shards.shard_of(f"lfm1m:user:{n}", 8) for n in range(4000)]
    assert min(found.count(shard) for shard in range(8)) > 400
    assert weekly_shards.shard_of("demo:user:a", 32) == weekly_batch.shard_of("demo:user:a", 32)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--all", "--week", "2999-W01"), "week 2999-W01 has not begun"),
        (("--all", "--week", "soon"), "'soon' is no ISO week"),
        (("--all", "--engine", "pigeon"), "unknown 'pigeon': choose one of local, spark"),
        ((), "give the id of a listener, or --all"),
    ],
)
def test_what_cannot_be_made_is_said(phonograph: Any, trained: Any, words: tuple[str, ...], complaint: str) -> None:
    assert complaint in phonograph("weekly", *words).complaint
