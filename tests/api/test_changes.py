"""The board that says whose events were written: seen by other processes, and by nobody else's cache."""

import subprocess
import sys

from api.changes import PLACES, Changes


def test_a_touch_changes_the_stamp_of_that_listener_and_of_all(tmp_path):
    board = Changes.shared(tmp_path / "changes")
    before, other, anybody = board.stamp("a"), board.stamp("b"), board.stamp()
    board.touch(["a"])
    assert board.stamp("a") != before
    assert board.stamp("b") == other
    assert board.stamp() != anybody


def test_every_touch_is_another_stamp():
    board = Changes.local()
    stamps = []
    for _ in range(100):
        board.touch(["a"])
        stamps.append(board.stamp("a"))
    assert len(set(stamps)) == 100


def test_what_another_process_writes_is_seen(tmp_path):
    path = tmp_path / "home" / "changes"
    board = Changes.shared(path)
    before = board.stamp("lfm1m:user:1")
    write = f"Changes.shared(Path({str(path)!r})).touch(['lfm1m:user:1'])"
    code = f"from pathlib import Path; from api.changes import Changes; {write}"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert board.stamp("lfm1m:user:1") != before
    assert path.stat().st_size == (PLACES + 2) * 8


def test_opening_it_again_keeps_what_is_there(tmp_path):
    path = tmp_path / "changes"
    Changes.shared(path).touch(["a"])
    assert Changes.shared(path).stamp("a") > 0


def test_the_newest_event_is_remembered_and_never_goes_back(tmp_path):
    board = Changes.shared(tmp_path / "changes")
    assert board.newest() == 0
    board.touch(["a"], 50)
    board.touch(["b"], 20)
    board.touch(["c"])
    assert Changes.shared(tmp_path / "changes").newest() == 50
