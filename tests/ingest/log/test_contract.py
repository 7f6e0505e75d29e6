"""What every event log keeps: nothing that was acknowledged is lost, order within a listener, positions that last."""

from __future__ import annotations

import threading
from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.events import TARGETS, Event, problem
from ingest.log.event_log import EventLog, distance

NOW = 1_700_000_000


def event(number, user="u"):
    return Event(str(number), "PLAY", user, f"t{number}", NOW + number)


def drained(log: EventLog, count: int, most: int = 7):
    """Events until there are ``count``, and then no more."""
    found = []
    while len(found) < count:
        batch = log.poll(most, 10)
        assert batch.events, f"{count - len(found)} did not come"
        assert len(batch.events) <= most
        assert distance(batch.start, batch.end) >= len(batch)
        found += batch.events
    assert not log.poll(most, 0.1).events
    return found


def test_what_was_appended_comes_once_with_everything_it_says(opened):
    log = opened("a")
    events = [
        Event("é|ü", "SKIP", "u", "track 𝄞", NOW, 0),
        Event("2", "BLOCK", "u", "a", NOW, until=NOW + 1),
        Event("3", "SEARCH", "u", "", NOW),
        Event("4", "PLAY", "u", "t", NOW, 5, utc_offset_min=-480, device="phone", activity="commute"),
    ]
    appended = log.append(events, NOW + 5)
    assert (appended.accepted, appended.duplicates) == (4, 0)
    found = drained(log, 3)
    assert [logged.event for logged in found] == events
    assert {logged.received_at for logged in found} == {NOW + 5}


def test_the_order_of_a_listener_is_kept(opened):
    log = opened("a")
    for number in range(60):
        log.append([event(number, f"u{number % 4}")], NOW)
    found = drained(log, 60)
    for user in range(4):
        own = [int(logged.event.client_event_id) for logged in found if logged.event.user_id == f"u{user}"]
        assert own == list(range(user, 60, 4))


def test_it_outlives_the_process_and_keeps_its_name(opened):
    log = opened("a")
    log.append([event(n) for n in range(5)], NOW)
    name, end = log.name, log.end()
    log.close()
    again = opened("a")
    assert (again.name, again.end()) == (name, end)
    assert len(drained(again, 5)) == 5
    assert opened("b").name != name


def test_nothing_is_a_batch_too(opened):
    log = opened("a")
    appended = log.append([], NOW)
    assert (appended.accepted, appended.duplicates) == (0, 0)
    batch = log.poll(10, 0)
    assert (len(batch), dict(batch.end)) == (0, {})
    assert distance({}, log.end()) == 0


def test_seeking_comes_back_to_any_place(opened):
    log = opened("a")
    log.append([event(n, f"u{n}") for n in range(20)], NOW)
    first = log.poll(5, 10)
    rest = drained(log, 20 - len(first))
    log.seek(first.end)
    assert set(drained(log, len(rest))) == set(rest)  # partitions come in any order
    log.seek({})
    assert len(drained(log, 20)) == 20
    log.seek(log.end())
    assert not log.poll(5, 0.1).events
    log.append([event(99)], NOW)
    assert [logged.event for logged in drained(log, 1)] == [event(99)]


def test_what_is_committed_is_known_to_all(opened):
    log, other = opened("a"), opened("a")
    assert dict(log.committed()) == {}
    log.append([event(n, f"u{n}") for n in range(9)], NOW)
    reached = {}
    while distance(reached, log.end()):
        reached |= log.poll(4, 10).end
    log.commit(reached)
    assert dict(log.committed()) == dict(other.committed()) == reached


def test_the_distance_is_how_many_wait(opened):
    log = opened("a")
    log.append([event(n, f"u{n}") for n in range(10)], NOW)
    assert distance({}, log.end()) == 10
    batch = log.poll(3, 10)
    assert distance(batch.end, {partition: log.end()[partition] for partition in batch.end}) <= 10 - len(batch)


def test_what_a_listener_did_is_pending_at_once_and_until_it_is_applied(opened):
    log = opened("a")
    log.append([event(n, f"u{n % 2}") for n in range(6)], NOW)
    assert log.pending("u0", {}) == [event(n, "u0") for n in (0, 2, 4)]
    assert log.pending("nobody", {}) == []
    end = log.append([event(7, "u0")], NOW).end
    everything = {**log.end(), **end}
    assert log.pending("u0", {}) == [event(n, "u0") for n in (0, 2, 4, 7)]
    assert log.pending("u0", everything) == []
    log.append([event(8, "u0")], NOW)
    assert log.pending("u0", everything) == [event(8, "u0")]


def test_an_id_that_is_sent_twice(opened):
    log = opened("a")
    appended = log.append([event(1), event(1)], NOW)
    again = log.append([event(1)], NOW)
    if log.drops_duplicates:
        assert (appended.accepted, appended.duplicates, again.duplicates) == (1, 1, 1)
        assert len(drained(log, 1)) == 1
    else:  # whoever applies counts once
        assert (appended.accepted, appended.duplicates, again.duplicates) == (2, 0, 0)
        assert len(drained(log, 3)) == 3


def test_many_threads_append_at_once(opened):
    log = opened("a")

    def write(thread):
        for number in range(25):
            log.append([event(thread * 100 + number, f"u{thread}")], NOW)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = drained(log, 150, most=40)
    for thread in range(6):
        own = [logged.event for logged in found if logged.event.user_id == f"u{thread}"]
        assert own == [event(thread * 100 + number, f"u{thread}") for number in range(25)]


def test_forgetting_takes_nothing_that_is_behind(opened):
    log = opened("a")
    end = log.append([event(1)], NOW).end
    log.append([event(2)], NOW)
    log.forget(end)
    log.seek(end)
    assert [logged.event for logged in drained(log, 1)] == [event(2)]


@pytest.fixture(scope="module")
def number():
    return iter(range(1_000_000))


texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)
words = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=40)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.builds(
            Event,
            client_event_id=texts,
            kind=st.sampled_from(sorted(TARGETS)),
            user_id=texts,
            target_id=texts,
            at=st.integers(1, NOW),
            listened_ms=st.none() | st.integers(0, 2**53),
            until=st.none() | st.integers(NOW + 1, 2**53),
            utc_offset_min=st.none() | st.integers(-720, 840),
            device=st.none() | words,
            activity=st.none() | words,
        ),
        max_size=5,
        unique_by=lambda event: event.id,
    )
)
def test_whatever_is_a_good_event_comes_back_the_same(opened, number, events):
    assert [problem(event, NOW) for event in events] == [None] * len(events)
    log = opened(f"round-{next(number) // 20}")  # a few logs for all examples
    log.seek(log.end())
    fresh = [Event(f"{next(number)} {e.client_event_id}", *_rest(e)) for e in events]
    log.append(fresh, NOW)
    assert {logged.event for logged in drained(log, len(fresh))} == set(fresh)
    for event in fresh:
        assert event in log.pending(event.user_id, {})


def _rest(event):
    return tuple(getattr(event, field.name) for field in fields(Event))[1:]
