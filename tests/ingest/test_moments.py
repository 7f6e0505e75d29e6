"""What the log and its archive know of the moments of plays reaches training; nothing else of them does."""

from __future__ import annotations

import pytest

from gnn.context import LoggedContext, Moment
from graph.arrays import GraphArrays
from graph.assemble import assemble
from ingest.events import Event, problem
from ingest.log.archive import Archive
from ingest.log.sqlite import SqliteLog
from ingest.moments import heard_at

DAY = 86_400
NOW = 1_700_000_000 // DAY * DAY  # a Tuesday, 0:00 UTC


@pytest.fixture
def arrays() -> GraphArrays:
    nodes = {"user": ["w:user:1", "w:user:2"], "track": ["w:track:1", "w:track:2"]}
    return assemble({kind: {"id": ids} for kind, ids in nodes.items()}, {})


def play(number: int, track: str = "w:track:1", **known: object) -> Event:
    return Event(f"e{number}", "PLAY", "w:user:2", track, NOW + number, **known)  # type: ignore[arg-type]


def test_plays_that_know_their_moment_come_from_archive_and_log_oldest_first(tmp_path, arrays):
    archive = Archive(tmp_path / "archive")
    with SqliteLog(tmp_path / "events.sqlite") as log:
        log.append([play(5, device="Phone"), play(1, "w:track:2", utc_offset_min=-90)], NOW - DAY)
        log.append([play(2), play(3, "w:track:9", device="phone")], NOW - DAY)  # knows nothing; track unknown
        archive.take(log, log.end(), NOW)
        log.append([play(4, activity="commute"), Event("s", "SKIP", "w:user:1", "w:track:1", NOW, device="tv")], NOW)
        found = heard_at(log, archive, arrays)
        assert len(heard_at(log, archive, arrays, most=2)) == 1  # the newest two
    assert found.source_row.tolist() == [1, 1, 1]
    assert found.target_row.tolist() == [1, 0, 0]
    assert [Moment.of_play(found, at) for at in range(3)] == [
        Moment(hour=22, weekday=0),  # half past ten on Monday evening there
        Moment(activity="commute"),
        Moment(device="phone"),
    ]
    logged = LoggedContext.of_plays(found)
    assert {kind: values.tolist() for kind, values in logged.values.items()} == {
        "hour": ["7", "", ""],
        "weekday": ["0", "", ""],
        "device": ["", "", "phone"],
        "activity": ["", "commute", ""],
    }


def test_nothing_logged_is_nothing_known(tmp_path, arrays):
    with SqliteLog(tmp_path / "events.sqlite") as log:
        log.append([play(1)], NOW)
        found = heard_at(log, Archive(tmp_path / "archive"), arrays)
    assert not len(found)
    assert not LoggedContext.of_plays(found).values


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"utc_offset_min": 900}, "utcOffsetMinutes 900 is on no clock"),
        ({"device": "x" * 41}, "device has 41 characters"),
        ({"activity": "a\nb"}, "activity 'a\\nb' has control signs"),
    ],
)
def test_an_impossible_moment_is_refused(known, said):
    assert str(problem(play(1, **known), NOW + DAY)).startswith(said)
