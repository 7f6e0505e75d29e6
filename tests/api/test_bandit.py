"""What was tried out is remembered through kills, judged once, and cut at a moment; damage stops trials, not lists."""

import os
import signal
import subprocess
import sys
import time

import pytest

from api.bandit import COUNTS_S, SqliteBandit
from graph.errors import BanditError
from ingest.events import Event
from recommend.exploration.bandit import ShownTrial
from recommend.exploration.posteriors import Counts, Key

NOW = 1_700_000_000
KEY = Key("home", "many", "long_tail")


def trial(number=0, *, user="u", track="t", at=NOW, arm="long_tail"):
    return ShownTrial(f"set-{number}", user, track, "home", "many", arm, 0.5, 0.25, 4, at)


def event(kind, number=0, *, user="u", track="t", at=NOW + 60, ms=None):
    return Event(f"e-{number}", kind, user, track, at, ms)


@pytest.fixture
def bandit(tmp_path):
    with SqliteBandit(tmp_path / "deep" / "trials.sqlite") as bandit:
        yield bandit


def counts(bandit, as_of=NOW * 2):
    return bandit.knowledge("u", as_of).posteriors.counts


@pytest.mark.parametrize(
    ("kind", "ms", "expected"),
    [
        ("PLAY", None, Counts(1, 0)),
        ("PLAY", 200_000, Counts(1, 0)),
        ("PLAY", 5_000, None),
        ("LIKE", None, Counts(1, 0)),
        ("SKIP", 3_000, Counts(0, 1)),
        ("DISLIKE", None, Counts(0, 1)),
        ("SEARCH", None, None),
    ],
)
def test_what_a_listener_does_judges_a_trial(bandit, kind, ms, expected):
    bandit.show([trial()])
    assert bandit.react([event(kind, ms=ms)]) == (expected is not None)
    assert counts(bandit).get(KEY) == expected


def test_the_first_reaction_counts_once_and_to_the_newest_list(bandit):
    bandit.show([trial(0), trial(1, at=NOW + 10), trial(0)])
    bandit.react([event("PLAY")])
    bandit.react([event("PLAY"), event("SKIP", 1)])
    assert counts(bandit) == {KEY: Counts(1, 0)}  # the older list was never judged
    assert bandit.report()[0].shown == 2


def test_what_was_not_tried_or_long_ago_is_nobody_s(bandit):
    bandit.show([trial()])
    others = [event("PLAY", 1, user="other"), event("PLAY", 2, track="other"), event("PLAY", 3, at=NOW - 1)]
    assert bandit.react([*others, event("PLAY", 4, at=NOW + COUNTS_S + 1)]) == 0


def test_knowledge_is_cut_at_its_moment(bandit):
    for number in range(12):
        bandit.show([trial(number, track=f"t{number}")])
        bandit.react([event("PLAY" if number % 2 else "SKIP", number, track=f"t{number}", at=NOW + 100 * number)])
    assert counts(bandit, NOW + 150)[KEY] == Counts(1, 1)
    assert bandit.knowledge("u", NOW + 150).success is None  # too few of their own
    assert counts(bandit)[KEY] == Counts(6, 6)
    assert bandit.knowledge("u", NOW * 2).success == pytest.approx(0.5)
    assert bandit.knowledge("somebody", NOW * 2).success is None


def test_what_this_process_wrote_is_seen_at_once(bandit):
    bandit.show([trial(0, track="a"), trial(1, track="b")])
    bandit.react([event("PLAY", 0, track="a")])
    assert counts(bandit) == {KEY: Counts(1, 0)}
    bandit.react([event("SKIP", 1, track="b")])  # in the same second
    assert counts(bandit) == {KEY: Counts(1, 1)}
    bandit.reset()
    assert counts(bandit) == {}


def test_another_process_is_seen_at_once(bandit, tmp_path):
    bandit.show([trial()])
    assert counts(bandit) == {}
    with SqliteBandit(tmp_path / "deep" / "trials.sqlite") as other:
        other.react([event("PLAY")])
    assert counts(bandit) == {KEY: Counts(1, 0)}


WRITER = """
import sys
from pathlib import Path
from api.bandit import SqliteBandit
from ingest.events import Event
from recommend.exploration.bandit import ShownTrial
bandit = SqliteBandit(Path(sys.argv[1]))
for n in range(100_000):
    bandit.show([ShownTrial(f"s{n}", "u", f"t{n}", "home", "many", "long_tail", 0.5, 0.25, 4, 1_700_000_000)])
    bandit.react([Event(f"e{n}", "PLAY", "u", f"t{n}", 1_700_000_001)])
    print(n, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path):
    path = tmp_path / "trials.sqlite"
    for pause in (0.3, 0.05, 0.6):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            writer.stdout.readline()
            time.sleep(pause)
            os.kill(writer.pid, signal.SIGKILL)
            told = writer.stdout.read().split()
        with SqliteBandit(path) as bandit:
            found = counts(bandit)[KEY]
            last = int(told[-1]) if told else 0
            assert last + 1 <= found.successes <= last + 2  # the one on its way may be there, and none is halved
            bandit.reset()


def test_a_damaged_file_is_said_and_can_be_begun_anew(bandit, tmp_path):
    path = tmp_path / "bad.sqlite"
    path.write_bytes(b"no database" * 100)
    with SqliteBandit(path) as damaged:
        with pytest.raises(BanditError, match="nothing is tried out until it can be read"):
            damaged.knowledge("u", NOW)
        path.unlink()
        damaged.show([trial()])
        assert damaged.report()[0].shown == 1
