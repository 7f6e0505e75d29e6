"""A breaker as a state machine: closed, open, half open, whatever happens in whatever order."""

from contextlib import suppress

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from api.breaker import PAUSE_S, PROBE_S, Breaker
from graph.errors import GraphRefusedError, GraphUnavailableError


class Machine(RuleBasedStateMachine):
    """A breaker beside a model of it: the time until which it refuses, None while it is closed."""

    def __init__(self):
        super().__init__()
        self.now = 1000.0
        self.breaker = Breaker(GraphUnavailableError, lambda: self.now)
        self.until = None

    def may_ask(self):
        return self.until is None or self.now >= self.until

    def ask(self, outcome):
        """Whether the question was asked."""
        asked = []

        def question():
            asked.append(True)
            if outcome is not None:
                raise outcome
            return "answer"

        with suppress(GraphUnavailableError, GraphRefusedError):
            assert self.breaker.call(question) == "answer"
        return bool(asked)

    @rule(seconds=st.sampled_from([0.0, 0.5, PAUSE_S, PAUSE_S + 0.1, PROBE_S, 100.0]))
    def time_passes(self, seconds):
        self.now += seconds

    @rule()
    def it_answers(self):
        allowed = self.may_ask()
        assert self.ask(None) == allowed
        if allowed:
            self.until = None  # closed

    @rule()
    def it_is_away(self):
        allowed = self.may_ask()
        assert self.ask(GraphUnavailableError("away")) == allowed
        if allowed:
            self.until = self.now + PAUSE_S  # open

    @rule()
    def it_refuses_in_another_way(self):
        allowed = self.may_ask()
        assert self.ask(GraphRefusedError("no")) == allowed
        if allowed:
            self.until = None  # it did answer

    @rule()
    def two_ask_at_once_after_a_pause(self):
        """Half open: while one tries, the other is refused."""
        if self.until is None or self.now < self.until:
            return

        def tries():
            with pytest.raises(GraphUnavailableError):
                self.breaker.call(lambda: "never asked")
            return "answer"

        assert self.breaker.call(tries) == "answer"
        self.until = None

    @rule()
    def one_tries_and_never_comes_back(self):
        """Half open: another may try once the first has had its time."""
        if self.until is None or self.now < self.until:
            return
        assert self.breaker._refusal() is None
        self.until = self.now + PROBE_S

    @invariant()
    def it_says_whether_it_is_open(self):
        assert (self.breaker.error is None) == (self.until is None)


TestBreaker = Machine.TestCase
TestBreaker.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
