"""Letters are kept once for each place in a log, can be read again, and go when they are told to."""

import pytest

from graph.errors import EventLogError
from ingest.events import Event
from ingest.log.dead_letters import DeadLetters
from ingest.log.event_log import Logged, Unreadable

EVENT = Event("a", "BLOCK", "u", "t", 5, until=9)


@pytest.fixture
def letters(tmp_path):
    with DeadLetters(tmp_path / "log" / "dead.sqlite") as letters:
        yield letters


def test_a_letter_tells_all_of_its_event_and_is_kept_once(letters):
    logged = Logged(2, 7, EVENT, 6)
    letters.put("log", [(logged, "first reason")], 10)
    letters.put("log", [(logged, "second reason")], 20)
    (letter,) = letters.listed(10)
    assert letter.event() == logged
    assert (letter.error, letter.attempts, letter.first_at, letter.last_at) == ("second reason", 2, 10, 20)


def test_what_is_no_event_is_kept_as_it_is(letters):
    letters.put("log", [(Unreadable(0, 1, "{not json", "no JSON"), "no JSON")], 10)
    (letter,) = letters.listed(10)
    assert (letter.payload, letter.event()) == ("{not json", None)


def test_letters_of_several_logs_and_places(letters):
    letters.put("one", [(Logged(0, n, EVENT, 6), "no") for n in range(3)], 10)
    letters.put("two", [(Logged(0, 1, EVENT, 6), "no")], 10)
    assert letters.count() == 4
    assert [letter.number for letter in letters.listed(2, after=1)] == [2, 3]
    assert letters.remove([1, 99]) == 1
    letters.remove_log("one")
    assert [letter.log for letter in letters.listed(10)] == ["two"]


def test_a_file_that_is_none_is_one_line(tmp_path):
    (tmp_path / "dead.sqlite").write_bytes(b"nonsense" * 1000)
    with pytest.raises(EventLogError, match="dead letters cannot be kept"):
        DeadLetters(tmp_path / "dead.sqlite")
