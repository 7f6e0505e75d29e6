"""Old events leave the log for Parquet files by date: none lost, none twice, however often it is interrupted."""

import pyarrow.parquet
import pytest

from graph.errors import EventLogError
from ingest.events import Event
from ingest.log.archive import Archive, everything
from ingest.log.sqlite import SqliteLog

DAY = 86_400
NOW = 1_700_000_000 // DAY * DAY


@pytest.fixture
def log(tmp_path):
    with SqliteLog(tmp_path / "events.sqlite") as log:
        for day in range(4):
            log.append([Event(f"{day}-{n}", "PLAY", f"u{n}", "t", NOW, n or None) for n in range(3)], NOW + day * DAY)
        yield log


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "archive")


def all_of(log, archive):
    return [logged for batch in everything(log, archive) for logged in batch.events]


def test_whole_days_go_and_everything_is_still_there_in_order(log, archive, tmp_path):
    before = all_of(log, archive)
    done = archive.take(log, log.end(), NOW + 2 * DAY)
    assert (done.events, done.files) == (6, 2)
    names = sorted(str(path.relative_to(tmp_path / "archive")) for path in (tmp_path / "archive").rglob("*.parquet"))
    assert names == [
        "date=2023-11-14/p0-000000000000-000000000003.parquet",
        "date=2023-11-15/p0-000000000003-000000000006.parquet",
    ]
    assert all_of(log, archive) == before
    log.seek({})
    assert log.poll(100, 0).events[0].event.client_event_id == "2-0"


def test_an_analyst_reads_it_by_the_names_of_the_api(log, archive, tmp_path):
    archive.take(log, log.end(), NOW + 10 * DAY)
    rows = pyarrow.parquet.read_table(tmp_path / "archive").to_pylist()
    assert len(rows) == 12
    assert rows[1] == {
        "offset": 1,
        "receivedAt": NOW,
        "clientEventId": "0-1",
        "kind": "PLAY",
        "userId": "u1",
        "targetId": "t",
        "at": NOW,
        "listenedMs": 1,
        "until": None,
        "utcOffsetMinutes": None,
        "device": None,
        "activity": None,
        "date": "2023-11-14",
    }


def test_what_is_not_applied_stays(log, archive):
    assert archive.take(log, {0: 4}, NOW + 10 * DAY).events == 4
    assert archive.take(log, {}, NOW + 10 * DAY).events == 0
    assert archive.take(log, log.end(), NOW + 10 * DAY).events == 8
    assert archive.take(log, log.end(), NOW + 10 * DAY).events == 0
    assert [logged.offset for logged in all_of(log, archive)] == list(range(12))


def test_killed_before_the_log_forgot_it_is_continued(log, archive, monkeypatch):
    before = all_of(log, archive)
    with monkeypatch.context() as patch:
        patch.setattr(log, "forget", lambda positions: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            archive.take(log, log.end(), NOW + 2 * DAY)
    assert all_of(log, archive) == before
    archive.take(log, log.end(), NOW + 3 * DAY)
    assert all_of(log, archive) == before
    log.seek({})
    assert len(log.poll(100, 0)) == 3


def test_a_missing_or_damaged_file_is_named(log, archive, tmp_path):
    archive.take(log, log.end(), NOW + 10 * DAY)
    _, second, *_ = sorted((tmp_path / "archive").rglob("*.parquet"))
    content = second.read_bytes()
    second.write_bytes(content[: len(content) // 2])
    with pytest.raises(EventLogError, match=r"p0-000000000003-000000000006.parquet: damaged"):
        all_of(log, archive)
    second.unlink()
    with pytest.raises(EventLogError, match="what comes before is missing"):
        all_of(log, archive)


def test_files_of_earlier_versions_are_read(log, archive, tmp_path):
    archive.take(log, log.end(), NOW + 2 * DAY)
    path = sorted(tmp_path.glob("**/*.parquet"))[0]
    table = pyarrow.parquet.read_table(path)
    later = ["utcOffsetMinutes", "device", "activity"]
    pyarrow.parquet.write_table(table.drop_columns(later), path)
    assert [logged.event.device for logged in all_of(log, archive)] == [None] * 12
