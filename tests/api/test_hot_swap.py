"""Models change while listeners ask: nobody notices but by the version in the answer; nothing of the old one stays."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import threading
import time
import weakref
from collections.abc import Iterator

import numpy as np
import psutil
import pytest

from api.guardrail import GuardrailConfig
from api.live_model import LiveModel
from api.model_watch import ModelWatch
from api.on_trial import OnTrial
from api.service import Service
from api.try_out import try_out
from gnn import bundle as bundles
from gnn import trials
from gnn.alignment import aligned, turned
from gnn.records import Cause
from gnn.registry import Registry
from graph.errors import BundleDamagedError, InvalidRequestError, ModelError
from recommend.engine import Engine
from recommend.types import RecommendRequest

NOW = 1_795_400_000
PAGE = """query ($user: ID!) { recommendations(input: {userId: $user}) { ... on RecommendationSet {
  modelVersion items(first: 10) { edges { node { id } } } } } }"""


@pytest.fixture(scope="module")
def bundle(api):
    return api.service.model.get().bundle


@pytest.fixture
def registry(bundle, tmp_path):
    """Two versions of one model, the first live."""
    found = Registry(tmp_path / "models")
    for version in ("one", "two"):
        named = dataclasses.replace(bundle, version=version)
        found.publish(version, lambda folder, named=named: bundles.write(named, folder))
    found.promote("one")
    return found


@pytest.fixture
def service(api, registry):
    """A service over the world with a registry of its own."""
    return Service(api.service.store, registry, api.service.log, api.service.letters, now=lambda: NOW)


class Listeners:
    """Ask one question after the other until they are stopped."""

    def __init__(self, http, users: list[str], threads: int = 2) -> None:
        self.http, self.users = http, users
        self.versions: list[str] = []
        self.failed: list[str] = []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(number,)) for number in range(threads)]

    def _run(self, number: int) -> None:
        place = number
        while not self.stop.is_set():
            user = self.users[place % len(self.users)]
            answer = self.http.post("/graphql", json={"query": PAGE, "variables": {"user": user}})
            body = answer.json()
            if answer.status_code != 200 or "errors" in body:
                self.failed.append(answer.text[:300])
            else:
                found = body["data"]["recommendations"]
                assert found["items"]["edges"]
                self.versions.append(found["modelVersion"])
            place += len(self.threads)

    @contextlib.contextmanager
    def asking(self) -> Iterator[Listeners]:
        for thread in self.threads:
            thread.start()
        try:
            yield self
        finally:
            self.stop.set()
            for thread in self.threads:
                thread.join()


def swaps(api, serve, service, registry, count: int) -> tuple[Listeners, list[float], list[int]]:
    """Change the live model so many times under load; seconds until it answers, and bytes held after each."""
    watch = ModelWatch(service.model.look, service.trial.look, every_s=0.1)
    users = [api.global_id("User", user) for user in api.listeners(10)]
    seconds, memory = [], []
    with serve(service, watch=watch) as http, Listeners(http, users).asking() as load:
        for number in range(count):
            began = time.monotonic()
            if number % 4 == 3:
                wanted = registry.rollback()
            else:
                wanted = "one" if registry.current() == "two" else "two"
                registry.promote(wanted)
            api.until(lambda wanted=wanted: load.versions[-1:] == [wanted], f"{wanted} does not answer")
            seconds.append(time.monotonic() - began)
            memory.append(psutil.Process().memory_info().rss)
        assert not load.failed
    return load, seconds, memory


def test_no_request_fails_while_models_change(api, serve, service, registry):
    load, seconds, _ = swaps(api, serve, service, registry, 5)
    assert load.failed == []
    assert set(load.versions) == {"one", "two"}
    assert len(seconds) == 5


@pytest.mark.evidence
def test_twenty_promotions_and_rollbacks_under_load(api, serve, service, registry):
    load, seconds, memory = swaps(api, serve, service, registry, 20)
    grown = (memory[-1] - memory[4]) / 1e6
    print(  # noqa: T201
        f"20 changes, {len(load.versions)} answers, {len(load.failed)} failed, until it answers: "
        f"median {np.median(seconds):.2f} s, most {max(seconds):.2f} s; memory grew by {grown:.0f} MB after the fifth"
    )
    assert load.failed == []
    assert max(seconds) < 5
    assert grown < 50


def test_the_old_model_is_let_go_with_its_last_request(api, registry):
    clock = iter(range(0, 1000, 2))
    model = LiveModel(registry, api.service.reads, clock=lambda: next(clock))
    gc.collect()
    gc.disable()  # references alone must do it
    try:
        in_flight = model.get()
        gone = weakref.ref(in_flight.bundle)
        registry.promote("two")
        assert model.get().bundle.version == "two"
        assert gone() is not None  # a request still answers from it
        del in_flight
        assert gone() is None
    finally:
        gc.enable()


def test_a_model_that_answers_wrongly_is_not_swapped_in(api, bundle, registry):
    collapsed = turned(bundle.tower, np.zeros((bundle.tower.own.shape[1],) * 2, np.float32))
    bad = dataclasses.replace(bundle, version="bad", tower=collapsed)
    registry.publish("bad", lambda folder: bundles.write(bad, folder))
    clock = iter(range(0, 1000, 2))
    model = LiveModel(registry, api.service.reads, clock=lambda: next(clock))
    assert model.get().bundle.version == "one"
    registry.promote("bad")
    assert model.get().bundle.version == "one"
    assert "bad failed a trial query: a listener's vector has length 0" in str(model.problem)
    registry.rollback()
    assert model.get().bundle.version == "one"
    assert model.problem is None


def test_the_trial_queries_find_an_index_of_other_vectors(bundle):
    wrong = dataclasses.replace(bundle, index=type(bundle.index)(-bundle.track_vectors))
    with pytest.raises(BundleDamagedError, match="the index does not find a track next to itself"):
        try_out(wrong, Engine(wrong, None))
    try_out(bundle, Engine(bundle, None))


def _other_ids(bundle):
    return dataclasses.replace(bundle, manifest=dict(bundle.manifest) | {"digests": {"tracks": "0" * 64}})


def _narrower(bundle):
    narrow = bundle.tower.item_vectors[:, :8].copy()
    narrow /= np.linalg.norm(narrow, axis=1, keepdims=True)
    return dataclasses.replace(bundle, tower=dataclasses.replace(bundle.tower, item_vectors=narrow))


def _fewer(bundle):
    return dataclasses.replace(
        bundle, catalogue=dataclasses.replace(bundle.catalogue, play_count=np.zeros(3, np.int64))
    )


def _of_fewer_tracks(bundle):
    tower = bundle.tower
    states, vectors = tower.item_states[:-1], tower.item_vectors[:-1]
    return dataclasses.replace(bundle, tower=dataclasses.replace(tower, item_states=states, item_vectors=vectors))


def _not_finite(bundle):
    own = bundle.tower.own.copy()
    own[0, 0] = np.nan
    return dataclasses.replace(bundle, tower=dataclasses.replace(bundle.tower, own=own))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_other_ids, r"names\.json holds other track ids"),
        (_narrower, r"tower\.npz holds own of shape"),
        (_fewer, r"catalogue\.npz holds track plays of shape \(3,\)"),
        (_of_fewer_tracks, r"tower\.npz holds track vectors of shape"),
        (_not_finite, r"tower\.npz holds numbers in own that are not finite"),
    ],
)
def test_whole_files_that_do_not_belong_together_are_refused(bundle, tmp_path, change, problem):
    registry, wrong = Registry(tmp_path), dataclasses.replace(change(bundle), version="wrong")
    registry.publish("wrong", lambda folder: bundles.write(wrong, folder))
    with pytest.raises(BundleDamagedError, match=f"model wrong: {problem}"):
        bundles.load(registry, "wrong", index="exact")


# ---------- alignment ----------


def test_a_turned_model_is_turned_back_and_answers_the_same(bundle):
    generator = np.random.default_rng(5)
    rotation, _ = np.linalg.qr(generator.normal(size=(bundle.track_vectors.shape[1],) * 2))
    other = dataclasses.replace(bundle, version="other", tower=turned(bundle.tower, rotation.astype(np.float32)))
    assert np.abs(other.track_vectors - bundle.track_vectors).max() > 0.1
    back = aligned(other, bundle)
    np.testing.assert_allclose(back.track_vectors, bundle.track_vectors, atol=2e-5)
    np.testing.assert_allclose(other.track_vectors @ back.rotation, back.track_vectors, atol=1e-5)
    said = back.manifest["alignment"]
    assert (said["to"], said["shared"]) == (bundle.version, len(bundle.catalogue))
    assert said["cosineAfter"] > 0.9999 > said["cosineBefore"]
    np.testing.assert_allclose(back.rotation @ back.rotation.T, np.eye(len(rotation)), atol=1e-5)


def test_the_rotation_is_in_the_bundle(bundle, tmp_path):
    made = aligned(dataclasses.replace(bundle, version="again"), bundle)
    registry = Registry(tmp_path)
    registry.publish("again", lambda folder: bundles.write(made, folder))
    np.testing.assert_array_equal(bundles.load(registry, "again").rotation, made.rotation)


def test_models_of_other_dimensions_are_not_aligned(bundle):
    narrow = dataclasses.replace(bundle.tower, item_vectors=bundle.tower.item_vectors[:, :4])
    other = dataclasses.replace(bundle, tower=narrow)
    assert aligned(other, bundle) is other


# ---------- trials ----------


@pytest.fixture
def on_trial(api, registry):
    config = GuardrailConfig(least=5, slower=3.0, slack_ms=1000.0)  # other work on the machine makes them slow
    made = OnTrial(registry, api.service.reads, now=lambda: NOW, config=config)
    yield made
    made.close()


def ask(on_trial, live, user, n=10):
    chosen = on_trial.answers(user) or live
    return on_trial.recommend(
        chosen, live, RecommendRequest(user, n=n, as_of=NOW), live.engine._reads.profile(user, NOW)
    )


@pytest.fixture
def live(api, registry):
    return LiveModel(registry, api.service.reads).get()


def test_a_canary_answers_its_share_and_always_the_same_listeners(registry):
    trial = trials.begin(registry, "two", "canary", 0.2, Cause(NOW))
    users = [f"user:{number}" for number in range(2000)]
    taken = {user for user in users if trial.takes(user)}
    assert 320 < len(taken) < 480
    assert {user for user in users if trials.running(registry).takes(user)} == taken
    other = dataclasses.replace(trial, version="three")
    assert {user for user in users if other.takes(user)} != taken  # not the same listeners each time


def test_a_canary_that_does_well_goes_on(api, registry, on_trial, live):
    trials.begin(registry, "two", "canary", 0.5, Cause(NOW))
    on_trial.look()
    users = api.listeners(20)
    versions = {ask(on_trial, live, user).model_version for user in users * 2}
    assert versions == {"one", "two"}
    assert trials.running(registry) is not None
    assert "canary two for 50% of the listeners" in on_trial.told


def test_a_canary_that_fails_retreats_and_nobody_notices(api, registry, on_trial, live, monkeypatch):
    trials.begin(registry, "two", "canary", 1.0, Cause(NOW))
    on_trial.look()
    monkeypatch.setattr(Engine, "recommend", _breaking(Engine.recommend, "two"))
    answers = [ask(on_trial, live, user) for user in api.listeners(10)]
    assert {answer.model_version for answer in answers} == {"one"}
    assert trials.running(registry) is None
    assert (registry.state("two"), registry.current()) == ("rejected", "one")
    assert "100.0% of its answers failed" in registry.record("two").history[-1].cause.why
    on_trial.look()
    assert on_trial.told is None


def _breaking(real, version):
    def recommend(self, request, profile=None):
        if self.bundle.version == version:
            raise RuntimeError("broken")
        return real(self, request, profile)

    return recommend


def test_a_canary_with_empty_lists_retreats(api, registry, on_trial, live, monkeypatch):
    def empty(self, request, profile=None):
        answer = real(self, request, profile)
        return dataclasses.replace(answer, items=()) if self.bundle.version == "two" else answer

    real = Engine.recommend
    trials.begin(registry, "two", "canary", 0.5, Cause(NOW))
    on_trial.look()
    monkeypatch.setattr(Engine, "recommend", empty)
    for user in api.listeners(30):
        ask(on_trial, live, user)
    assert trials.running(registry) is None
    assert "lists were empty" in registry.record("two").history[-1].cause.why


def test_a_slow_canary_retreats(api, registry, on_trial, live, monkeypatch):
    def slow(self, request, profile=None):
        if self.bundle.version == "two":
            time.sleep(3.0)
        return real(self, request, profile)

    real = Engine.recommend
    trials.begin(registry, "two", "canary", 0.5, Cause(NOW))
    on_trial.look()
    monkeypatch.setattr(Engine, "recommend", slow)
    for user in api.listeners(30):
        ask(on_trial, live, user)
        if trials.running(registry) is None:
            break
    assert trials.running(registry) is None
    assert "95th percentile" in registry.record("two").history[-1].cause.why


def test_a_shadow_answers_nobody_and_is_compared(api, registry, on_trial, live):
    trials.begin(registry, "two", "shadow", 1.0, Cause(NOW))
    on_trial.look()
    for user in api.listeners(6):
        assert ask(on_trial, live, user).model_version == "one"
        on_trial._asked.result(30)
    assert "6 answers, 0.0% failed, 0.0% empty" in on_trial.told
    assert "100% of the live list in common" in on_trial.told  # it is the same model


def test_a_wrong_request_is_not_held_against_the_model(api, registry, on_trial, live):
    trials.begin(registry, "two", "canary", 1.0, Cause(NOW))
    on_trial.look()
    for user in api.listeners(8):
        with pytest.raises(InvalidRequestError):
            ask(on_trial, live, user, n=100_000)
    assert trials.running(registry) is not None


def test_trials_are_refused_by_name_and_end_with_promotion(registry, on_trial):
    with pytest.raises(ModelError, match="one is live already"):
        trials.begin(registry, "one", "canary", 0.1, Cause(NOW))
    with pytest.raises(InvalidRequestError, match=r"a share of 1\.5"):
        trials.begin(registry, "two", "canary", 1.5, Cause(NOW))
    trials.begin(registry, "two", "canary", 0.1, Cause(NOW))
    on_trial.look()
    assert on_trial.told
    assert registry.collect(0) == []  # what is tried is kept
    registry.promote("two")
    on_trial.look()
    assert on_trial.told is None


def test_a_damaged_trial_is_none(registry, on_trial):
    for text in ("", "[]", '{"version": "two", "kind": "unheard", "share": 1, "at": 0}'):
        (registry.folder / "TRIAL").write_text(text)
        assert trials.running(registry) is None
        on_trial.look()
    (registry.path("two") / "tower.npz").write_bytes(b"")
    (registry.folder / "TRIAL").write_text('{"version": "two", "kind": "canary", "share": 1, "at": 5}')
    on_trial.look()
    assert on_trial.told is None
    assert "tower.npz" in registry.record("two").history[-1].cause.why
