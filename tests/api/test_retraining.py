"""A retraining from end to end on the small world: what it publishes, what the gate says, that no kill changes it."""

from __future__ import annotations

import dataclasses
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from api import notify, training
from api.budget import Budget, LastRun, check, estimate, last_run
from api.retraining import RetrainConfig, plan, retrain
from api.run_folder import RunFolder
from gnn import bundle as bundles
from gnn.config import TRACK_CONFIG
from gnn.gate import GateConfig
from gnn.registry import Registry
from graph import snapshot
from graph.errors import BusyError, OverBudgetError
from graph.progress import NoProgress
from recommend.learn import LearnConfig

NOW = 1_795_500_000
LENIENT = GateConfig(most_gain=50, least_rank=0.01, most_cosine=0.99, coverage_slack=0.9, new_slack=1.0)
"""So small a world says little of quality; tests/gnn/test_gate.py is about that."""
CONFIG = RetrainConfig(
    fit=dataclasses.replace(
        TRACK_CONFIG,
        als=dataclasses.replace(TRACK_CONFIG.als, factors=16),
        sage=dataclasses.replace(TRACK_CONFIG.sage, dim=16),
    ),
    learning=LearnConfig(least_users=5),
    gate=LENIENT,
)


class Killed(BaseException):
    """What nobody catches."""


class KillsAt(NoProgress):
    """Dies when the n-th stage begins; keeps their names."""

    def __init__(self, at=None):
        self.at, self.names = at, []

    def stage(self, name, total=None):
        self.names.append(name)
        if len(self.names) == self.at:
            raise Killed


@pytest.fixture(scope="module")
def store(api):
    return api.service.store


@pytest.fixture(scope="module")
def undisturbed(store, tmp_path_factory):
    """A registry after one run, how that ended, and the stages it went through."""
    home = tmp_path_factory.mktemp("undisturbed")
    registry, progress = Registry(home / "models"), KillsAt()
    outcome = retrain(store, registry, RunFolder(home / "retrain"), now=NOW, config=CONFIG, progress=progress)
    return registry, outcome, progress.names


@pytest.fixture(scope="module", autouse=True)
def edges_of_the_world(api, store):
    """Retraining writes the edges of its models; the world's own come back at the end."""
    yield
    training.go_live(
        store, Registry(api.service.registry.folder), api.service.model.get().bundle, _cause(), NoProgress()
    )


def _cause():
    from gnn.records import Cause

    return Cause(NOW, "test", "as it was")


def test_a_first_model_goes_live_and_says_why(undisturbed):
    registry, outcome, _ = undisturbed
    assert outcome.live, outcome.reason
    assert outcome.reason == "passed as a first model: it need only beat popularity"
    assert registry.current() == outcome.version
    record = registry.record(outcome.version)
    assert record.gate == outcome.verdict.to_json()
    assert [step.to for step in record.history] == ["candidate", "live"]
    names = [check["name"] for check in record.gate["checks"]]
    for rival in ("popularity", "itemknn", "ease", "als", "artist_path"):
        assert f"NDCG above {rival}, lower end" in names
    said = bundles.verify(registry.path())
    assert {"served", "sage", "als", "popularity"} <= set(said["metrics"])
    assert said["code"].startswith("0.")
    assert {"served", "popularity", "itemknn", "ease", "als", "artist_path"} <= set(said["judged"]["ndcg@20"])
    assert said["judged"]["listeners"] >= 8
    seeds = (said["config"]["als"]["seed"], said["config"]["sage"]["seed"], said["learning"]["seed"])
    assert (seeds, said["index"], said["quantise"]) == ((0, 0, CONFIG.learning.seed), "auto", False)
    assert (said["parent"], said["watermark"] > 0) == (None, True)


def test_killed_at_any_stage_the_same_call_ends_in_the_same_model(store, undisturbed, tmp_path):
    registry, outcome, stages = undisturbed
    whole = bundles.load(registry)
    for at in np.unique(np.linspace(2, len(stages), 5).astype(int)).tolist():
        models, runs = Registry(tmp_path / f"{at}" / "models"), RunFolder(tmp_path / f"{at}" / "retrain")
        with pytest.raises(Killed):
            retrain(store, models, runs, now=NOW, config=CONFIG, progress=KillsAt(at))
        again = retrain(store, models, runs, now=NOW + 60, config=CONFIG)
        resumed = at > stages.index("Fitting ALS")
        assert (again.version == outcome.version) == resumed, stages[at - 1]
        assert again.resumed is resumed
        made = bundles.load(models)
        assert made.catalogue.tracks.digest() == whole.catalogue.tracks.digest()
        for model, metrics in outcome.metrics.items():
            for name, value in metrics.items():
                if name != "trainSeconds":
                    assert again.metrics[model][name] == pytest.approx(value, abs=1e-6), (stages[at - 1], model, name)
        assert not runs.kept.exists()


def test_a_second_model_is_compared_with_the_first(store, undisturbed, tmp_path):
    registry, outcome, _ = undisturbed
    strict = dataclasses.replace(CONFIG, gate=dataclasses.replace(LENIENT, most_bytes=10))
    second = retrain(store, registry, RunFolder(tmp_path / "runs"), now=NOW + 3600, config=strict)
    assert not second.live
    assert not second.verdict.first
    assert "bytes of vectors and index is" in second.reason
    assert registry.current() == outcome.version
    assert registry.state(second.version) == "candidate"
    assert "bytes of vectors and index" in registry.record(second.version).history[0].cause.why
    said = bundles.verify(registry.path(second.version))
    assert (said["parent"], said["alignment"]["to"]) == (outcome.version, outcome.version)
    before, after = bundles.load(registry), bundles.load(registry, second.version)
    cosines = np.einsum("nd,nd->n", before.track_vectors, after.track_vectors)
    assert cosines.mean() > 0.99


def test_a_model_in_bytes_is_turned_into_the_space_of_the_one_before(store, undisturbed, tmp_path):
    registry, outcome, _ = undisturbed
    config = dataclasses.replace(CONFIG, quantise=True)
    third = retrain(store, registry, RunFolder(tmp_path / "runs"), now=NOW + 7200, config=config)
    said = bundles.verify(registry.path(third.version))
    assert said["quantisation"]["kind"] == "int8"
    assert said["alignment"]["to"] == outcome.version
    before, after = bundles.load(registry, outcome.version), bundles.load(registry, third.version)
    assert np.einsum("nd,nd->n", before.track_vectors, after.track_vectors[:]).mean() > 0.99


def test_a_plan_changes_nothing(store, tmp_path):
    runs = RunFolder(tmp_path / "retrain")
    needs = plan(store, runs, CONFIG, NoProgress())
    assert needs.seconds > 0
    assert needs.memory > 100e6
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        (Budget(minutes=0.001), r"will take about .* minutes .*: raise --minutes"),
        (Budget(memory=1_000_000), "of memory, 1 MB may be used"),
        (Budget(disk=2_000_000), "of disk, 2 MB may be used"),
    ],
)
def test_what_is_short_is_said_before_the_long_part(store, tmp_path, budget, message):
    runs, progress = RunFolder(tmp_path / "retrain"), KillsAt()
    config = dataclasses.replace(CONFIG, budget=budget)
    with pytest.raises(OverBudgetError, match=message):
        retrain(store, Registry(tmp_path / "models"), runs, now=NOW, config=config, progress=progress)
    assert progress.names == ["export the graph"]
    assert not (tmp_path / "models").exists()


def test_the_last_run_is_the_better_estimate(store, tmp_path):
    arrays = training.snapshot(store, NoProgress())
    LastRun(len(arrays.played) // 2, 100.0, 2_000_000_000).keep(tmp_path / "last.json")
    needs = estimate(arrays, CONFIG.fit, tmp_path, last_run(tmp_path / "last.json"))
    assert needs.seconds == pytest.approx(200, rel=0.01)
    assert needs.memory == pytest.approx(4e9, rel=0.01)
    assert needs.source == "the last run"
    check(needs, Budget(minutes=4)) if needs.free_memory > needs.memory else None
    (tmp_path / "last.json").write_text("{")
    assert last_run(tmp_path / "last.json") is None


def test_one_at_a_time_and_a_dead_owner_is_told_from_a_living_one(tmp_path):
    runs = RunFolder(tmp_path)
    with runs.alone() as stale:
        assert stale is None
        with (
            pytest.raises(BusyError, match=f"process {os.getpid()} is retraining already"),
            RunFolder(tmp_path).alone(),
        ):
            pass
    with runs.alone() as stale:
        assert stale is None  # the one before ended by itself
    (tmp_path / "lock").write_text(json.dumps({"pid": 99_999_999, "started": 1.0}))
    with runs.alone() as stale:
        assert stale.pid == 99_999_999


def test_a_run_of_yesterday_or_of_another_config_is_not_gone_on_with(store, tmp_path):
    from api.run_folder import Begun

    arrays, runs = training.snapshot(store, NoProgress()), RunFolder(tmp_path)
    runs.begin(Begun(NOW, "what", None), arrays)
    assert runs.resume("what", NOW + 10)[0] == Begun(NOW, "what", None)
    assert runs.resume("other", NOW + 10) is None
    assert runs.resume("what", NOW + 100_000) is None
    (tmp_path / "snapshot.npz").write_bytes(b"cut")
    assert runs.resume("what", NOW + 10) is None


def test_a_snapshot_is_the_same_arrays(store):
    arrays = training.snapshot(store, NoProgress())
    again = snapshot.from_bytes(snapshot.to_bytes(arrays))
    for field in dataclasses.fields(arrays):
        one, other = getattr(arrays, field.name), getattr(again, field.name)
        if hasattr(one, "values") and not isinstance(one, dict):
            np.testing.assert_array_equal(one.values, other.values)
        elif hasattr(one, "source_row"):
            np.testing.assert_array_equal(one.source_row, other.source_row)
            assert set(one.columns) == set(other.columns)
            for name, values in one.columns.items():
                np.testing.assert_array_equal(values, other.columns[name])
        elif isinstance(one, dict):
            assert list(one) == list(other) or set(one) == set(other)
            for name, values in one.items():
                np.testing.assert_array_equal(values, other[name])
        else:
            assert one == other


# ---------- webhook ----------


@pytest.fixture
def receiver():
    """A server that keeps what it is sent, and answers slowly where asked to."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if self.path == "/slow":
                waits.wait(5)
            self.send_response(500 if self.path == "/broken" else 204)
            self.end_headers()

        def log_message(self, *_):
            pass

    waits = threading.Event()
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    waits.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_webhook_gets_the_outcome(receiver, undisturbed):
    address, got = receiver
    assert notify.post(address, {"event": "retrain", **undisturbed[1].to_json()}) is None
    assert got[0]["version"] == undisturbed[1].version
    assert got[0]["gate"]["passed"] is True


@pytest.mark.parametrize(("path", "reason"), [("/broken", "Internal Server Error"), ("/slow", "timed out")])
def test_a_webhook_that_does_not_work_is_a_remark(receiver, path, reason):
    address, got = receiver
    assert reason in notify.post(address + path, {"event": "retrain"}, timeout_s=0.3)
    assert len(got) == 1


def test_an_address_that_is_none_is_a_remark():
    assert "no http address" in notify.post("file:///etc/passwd", {})
    assert "refused" in notify.post("http://127.0.0.1:9", {})
