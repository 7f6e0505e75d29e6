"""One process of a home applies events; another takes over when it ends, and none gives up while the graph is away."""

import time

import pytest

from api.applier import Applier
from graph.errors import GraphUnavailableError
from ingest.consumer import Moved


class Steps:
    """A consumer that only counts."""

    def __init__(self, fails=0):
        self.count, self.fails = 0, fails

    def step(self, timeout_s):
        self.count += 1
        time.sleep(0.005)
        if self.count <= self.fails:
            raise GraphUnavailableError("away")
        return Moved()


def until(happened):
    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_one_applies_and_another_takes_over(tmp_path, monkeypatch):
    monkeypatch.setattr("api.applier.WAIT_S", 0.01)
    lock = tmp_path / "log" / "consumer.lock"
    one, other = Steps(), Steps()
    first, second = Applier(one, lock), Applier(other, lock)
    first.start()
    until(lambda: one.count > 3)
    second.start()
    time.sleep(0.1)
    assert other.count == 0
    first.stop()
    until(lambda: other.count > 3)
    stopped = one.count
    second.stop()
    assert one.count == stopped


@pytest.mark.parametrize("fails", [1, 3])
def test_it_goes_on_after_the_graph_was_away(monkeypatch, fails):
    monkeypatch.setattr("api.applier.WAIT_S", 0.01)
    steps = Steps(fails)
    applier = Applier(steps)
    applier.start()
    until(lambda: steps.count > fails + 3)
    applier.stop()


def test_one_that_never_began_can_be_stopped():
    Applier(Steps()).stop()
