"""What the contract of event logs leaves open: group commit, ids that stay, a file that is locked, full or damaged."""

import sqlite3
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from graph.errors import EventLogError
from ingest.events import Event
from ingest.log.sqlite import SqliteLog

NOW = 1_700_000_000


def event(number, user="u"):
    return Event(str(number), "PLAY", user, "t", NOW)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log" / "events.sqlite"


@pytest.fixture
def log(path):
    with SqliteLog(path) as log:
        yield log


def drained(log):
    return [logged.event for logged in iter_batches(log)]


def iter_batches(log):
    while batch := log.poll(7, 0):
        yield from batch.events


def test_appends_that_wait_for_each_other_share_a_transaction(log):
    commits = 0

    def count(statement):
        nonlocal commits
        commits += statement.startswith("COMMIT")

    log._writer.set_trace_callback(count)
    start = threading.Barrier(17)

    def write(number):
        start.wait()
        log.append([event(number)], NOW)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    with log._write_lock:  # nobody can begin before all wait
        for thread in threads:
            thread.start()
        start.wait()
        until_all_wait = threading.Event()
        while len(log._queue) < 16:
            until_all_wait.wait(0.001)
    for thread in threads:
        thread.join()
    assert commits == 1
    assert {found.client_event_id for found in drained(log)} == {str(number) for number in range(16)}


def test_an_id_counts_once_within_a_batch_across_batches_and_processes(path, log):
    appended = log.append([event(1), event(1), event(2), event(1, "v")], NOW)
    assert (appended.accepted, appended.duplicates) == (3, 1)
    with SqliteLog(path) as other:
        appended = other.append([event(2), event(3)], NOW)
        assert (appended.accepted, appended.duplicates) == (1, 1)
    assert [found.id for found in drained(log)] == ["u|1", "u|2", "v|1", "u|3"]


def test_what_was_forgotten_is_not_delivered_and_its_id_is_still_known(log):
    end = log.append([event(1), event(2)], NOW).end
    log.append([event(3)], NOW)
    log.forget(end)
    assert drained(log) == [event(3)]
    assert log.pending("u", {}) == [event(3)]
    assert log.append([event(1), event(2)], NOW).duplicates == 2
    assert log.end() == {0: end[0] + 1}


def test_a_waiting_poll_hears_of_events_of_another_process(path, log):
    with SqliteLog(path) as other:
        timer = threading.Timer(0.05, lambda: other.append([event(1)], NOW))
        timer.start()
        assert [logged.event for logged in log.poll(10, 30).events] == [event(1)]
        timer.join()


def test_a_log_that_another_process_holds_is_one_line_and_can_be_written_after(path, log):
    log._writer.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(EventLogError, match="another process has held the event log"):
            log.append([event(1)], NOW)
        other.execute("ROLLBACK")
    assert log.append([event(1)], NOW).accepted == 1


def test_a_full_disk_is_one_line_and_nothing_is_half_written(log):
    log.append([event("before")], NOW)
    (pages,) = log._writer.execute("PRAGMA page_count").fetchone()
    log._writer.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(EventLogError, match="the disk is full: free some space"):
        log.append([event(number) for number in range(5000)], NOW)
    log._writer.execute("PRAGMA max_page_count = 1000000")
    assert log.append([event(0)], NOW).accepted == 1
    assert drained(log) == [event("before"), event(0)]


def test_a_damaged_file_is_one_line(path):
    path.parent.mkdir()
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(EventLogError, match=r"is damaged .*: restore it from a backup"):
        SqliteLog(path)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EventLogError, match="cannot be used"):
        SqliteLog(tmp_path / "file" / "events.sqlite")


def test_a_file_of_an_earlier_version_takes_up_the_new_columns(path):
    with SqliteLog(path) as log:
        log.append([event(1)], NOW)
    with closing(sqlite3.connect(path)) as file:
        for name in ("utc_offset_min", "device", "activity"):
            file.execute(f"ALTER TABLE events DROP COLUMN {name}")
        file.commit()
    with SqliteLog(path) as log:
        log.append([replace(event(2), device="phone", utc_offset_min=60)], NOW)
        found = drained(log)
    assert [(one.device, one.utc_offset_min) for one in found] == [(None, None), ("phone", 60)]
