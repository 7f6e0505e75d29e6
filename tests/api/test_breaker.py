"""Which failures pause which questions, for how long, and who tries again; the clock is turned by hand."""

import threading

import numpy as np
import pytest

from api.breaker import PAUSE_S, PROBE_S, Breaker, Breakers
from api.guarded_reads import KINDS, GuardedReads
from graph.errors import GraphError, GraphTimeoutError, GraphUnavailableError, NotFoundError
from graph.reads import Profile


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


class Question:
    """Counts how often it is asked; answers, or fails as told."""

    def __init__(self, error=None):
        self.error = error
        self.asked = 0

    def __call__(self):
        self.asked += 1
        if self.error:
            raise self.error
        return "answer"


@pytest.fixture
def clock():
    return Clock()


def refused(breaker, question, error):
    before = question.asked
    with pytest.raises(error):
        breaker.call(question)
    return question.asked == before


def test_a_failure_pauses_and_one_answer_ends_it(clock):
    breaker, away, fine = (
        Breaker(GraphUnavailableError, clock),
        Question(GraphUnavailableError("away")),
        Question(),
    )
    assert breaker.call(fine) == "answer"
    assert not refused(breaker, away, GraphUnavailableError)
    assert refused(breaker, fine, GraphUnavailableError)
    clock.now += PAUSE_S - 0.01
    assert refused(breaker, fine, GraphUnavailableError)
    assert str(breaker.error) == "away"
    clock.now += 0.02
    assert breaker.call(fine) == "answer"
    assert breaker.error is None
    assert breaker.call(fine) == "answer"


def test_a_try_that_fails_starts_the_pause_again(clock):
    breaker, away = Breaker(GraphUnavailableError, clock), Question(GraphUnavailableError("away"))
    for _ in range(3):
        assert not refused(breaker, away, GraphUnavailableError)
        assert refused(breaker, away, GraphUnavailableError)
        clock.now += PAUSE_S
    assert away.asked == 3


@pytest.mark.parametrize("error", [NotFoundError("nobody"), GraphError("odd"), GraphTimeoutError("slow"), ValueError()])
def test_an_answer_that_is_another_error_does_not_pause(clock, error):
    breaker = Breaker(GraphUnavailableError, clock)
    for _ in range(3):
        assert not refused(breaker, Question(error), type(error))


def test_only_one_caller_tries_after_the_pause(clock):
    breaker, fine = Breaker(GraphUnavailableError, clock), Question()
    assert not refused(breaker, Question(GraphUnavailableError("away")), GraphUnavailableError)
    clock.now += PAUSE_S
    started, go_on = threading.Event(), threading.Event()

    def hang():
        started.set()
        assert go_on.wait(20)
        return "late"

    found = []
    thread = threading.Thread(target=lambda: found.append(breaker.call(hang)))
    thread.start()
    assert started.wait(20)
    clock.now += PAUSE_S * 3
    assert refused(breaker, fine, GraphUnavailableError)
    go_on.set()
    thread.join(20)
    assert found == ["late"]
    assert breaker.call(fine) == "answer"


def test_a_try_that_never_comes_back_is_not_waited_for_for_ever(clock):
    breaker, fine = Breaker(GraphUnavailableError, clock), Question()
    assert not refused(breaker, Question(GraphUnavailableError("away")), GraphUnavailableError)
    clock.now += PAUSE_S
    with pytest.raises(KeyboardInterrupt):
        breaker.call(Question(KeyboardInterrupt()))
    assert refused(breaker, fine, GraphUnavailableError)
    clock.now += PROBE_S
    assert breaker.call(fine) == "answer"


def test_a_question_that_takes_too_long_pauses_its_own_kind_only(clock):
    breakers, slow, fine = Breakers(("profile", "verify"), clock), Question(GraphTimeoutError("slow")), Question()
    with pytest.raises(GraphTimeoutError):
        breakers.call("verify", slow)
    assert breakers.call("profile", fine) == "answer"
    with pytest.raises(GraphTimeoutError, match="slow"):
        breakers.call("verify", fine)
    assert (slow.asked, fine.asked) == (1, 1)
    clock.now += PAUSE_S
    assert breakers.call("verify", fine) == "answer"


def test_a_graph_that_is_away_pauses_every_kind(clock):
    breakers, fine = Breakers(("profile", "verify"), clock), Question()
    with pytest.raises(GraphUnavailableError):
        breakers.call("verify", Question(GraphUnavailableError("away")))
    for kind in ("profile", "verify"):
        with pytest.raises(GraphUnavailableError, match="away"):
            breakers.call(kind, fine)
    clock.now += PAUSE_S
    assert breakers.call("profile", fine) == "answer"
    assert breakers.call("verify", fine) == "answer"


class Reads:
    """A graph whose verifications take too long."""

    def profile(self, user_id, as_of, **options):
        return Profile.empty(user_id)

    def unpersonal(self):
        return frozenset()

    def verify(self, steps):
        raise GraphTimeoutError("too long")

    def newest_event(self):
        return 7


def test_profiles_are_read_while_verifications_are_paused(clock):
    reads = GuardedReads(Reads(), clock=clock)
    for _ in range(2):
        with pytest.raises(GraphTimeoutError):
            reads.verify([])
        assert np.array_equal(reads.profile("u", 1).counts, [])
        assert reads.newest_event() == 7
        assert all(reads.ask(kind, lambda: 1) == 1 for kind in KINDS if kind != "verify")
    assert reads.breaker.error is None
