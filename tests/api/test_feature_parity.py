"""What training and exports compute from arrays is, to the bit, what serving computes from a profile in Neo4j."""

from __future__ import annotations

import numpy as np
import pytest

from api.freshness import freshness
from api.service import Service
from api.validation import cut_in_time, listened
from graph.export import export
from ingest.events import Event
from ingest.log.dead_letters import DeadLetters
from ingest.log.sqlite import SqliteLog
from recommend.blend import blend_of
from recommend.learn import alone, example, histories
from recommend.point_in_time import Moment, Past
from recommend.surfaces import BY_NAME
from recommend.taste import SHORT_HISTORY, Taste
from recommend.types import RecommendRequest

NOW = 1_795_400_000
PAIRS = 1000
HOME = BY_NAME["home"]


@pytest.fixture(scope="module")
def arrays(api):
    api.settled()
    return export(api.service.store)


@pytest.fixture(scope="module")
def bundle(api):
    return api.service.model.get().bundle


def past_of(arrays, bundle):
    return Past(bundle, arrays.users, arrays.tracks, arrays.played)


def online(service, bundle, user_id, at):
    """Candidates and their features as an answer has them."""
    request = RecommendRequest(user_id, as_of=at)
    blend = blend_of(request, service.reads.profile(user_id, at), HOME, bundle)
    rows = np.unique(np.concatenate(list(blend.nominations(HOME.quotas).values())))
    return rows, blend.features(rows)


def drawn(arrays, rng):
    """Pairs of listener and instant from their first play on, some at the very second of an event."""
    played = listened(arrays).played
    first, last = played.columns["firstAt"], played.columns["lastAt"]
    users = np.unique(played.source_row)
    for at in range(PAIRS):
        user = int(rng.choice(users))
        own = played.source_row == user
        start, end = int(first[own].min()), int(last[own].max())
        instant = int(rng.choice(last[own])) if at % 4 == 0 else int(rng.integers(start, end + 86_400))
        yield Moment(user, instant)


def test_a_thousand_random_moments_are_the_same_from_arrays_and_from_the_graph(api, arrays, bundle):
    past, short, straddling = past_of(arrays, bundle), 0, 0
    for moment in drawn(arrays, np.random.default_rng(7)):
        user_id = str(arrays.users.values[moment.user_row])
        rows, features = online(api.service, bundle, user_id, moment.at)
        taste = past.taste(moment)
        one = example(taste, np.empty(0, np.int64), HOME)
        assert one.rows.tolist() == rows.tolist(), (user_id, moment.at)
        assert one.features.dtype == features.dtype == np.float32
        assert one.features.tobytes() == features.tobytes(), (user_id, moment.at)
        short += 0 < len(taste) < SHORT_HISTORY
        own = arrays.played.source_row == moment.user_row
        straddling += bool(
            ((arrays.played.columns["firstAt"] <= moment.at) & (arrays.played.columns["lastAt"] > moment.at))[own].any()
        )
    assert short > 20  # the hard cases are among them
    assert straddling > 500


def test_learning_sees_at_its_cut_what_serving_would_have_seen(api, arrays, bundle):
    before, _, cut = cut_in_time(listened(arrays))
    users = np.unique(before.played.source_row)[:25]
    for user, history in histories(before.played, users).items():
        taste = Taste(bundle, history, cut - 1)
        rows = np.arange(len(bundle.catalogue))
        profile = api.service.reads.profile(str(arrays.users.values[user]), cut - 1)
        blend = blend_of(RecommendRequest("", as_of=cut - 1), profile, HOME, bundle)
        assert alone(taste).features(rows).tobytes() == blend.features(rows).tobytes()


@pytest.fixture
def behind(api, tmp_path):
    """A service over the world whose own log nobody applies unless asked."""
    log, letters = SqliteLog(tmp_path / "events.sqlite"), DeadLetters(tmp_path / "dead.sqlite")
    service = Service(api.service.store, api.service.registry, log, letters, now=lambda: NOW)
    with log, letters:
        yield service


def told(users, tracks, rng, count, mark):
    """Plays and skips, several in one second, some of them late."""
    kinds = rng.choice(["PLAY", "PLAY", "PLAY", "SKIP"], count)
    return [
        Event(
            client_event_id=f"{mark}-{at}",
            user_id=str(rng.choice(users)),
            kind=str(kinds[at]),
            target_id=str(rng.choice(tracks)),
            at=NOW - 1000 + int(rng.integers(0, 40)),
        )
        for at in range(count)
    ]


def applied(service):
    consumer = service.consumer()
    while len(consumer.step(0)):
        pass
    assert service.lag() == 0


def test_events_that_wait_count_as_they_will_once_they_are_applied(api, behind, bundle, arrays):
    users, rng = [f"parity:{n:02}" for n in range(20)], np.random.default_rng(3)
    api.rows("UNWIND $users AS id MERGE (:User {id: id})", users=users)
    tracks = arrays.tracks.values[:60]
    try:
        assert behind.record_events(told(users, tracks, rng, 150, "early")).accepted == 150
        applied(behind)
        behind.record_events(told(users, tracks, rng, 150, "late"))
        assert freshness(behind).events_waiting == 150
        seen = {user: online(behind, bundle, user, NOW) for user in users}
        applied(behind)
        after = export(behind.store)
        past = past_of(after, bundle)
        for user, (rows, features) in seen.items():
            one = example(past.taste(Moment(after.users.row(user), NOW)), np.empty(0, np.int64), HOME)
            assert one.rows.tolist() == rows.tolist()
            assert one.features.tobytes() == features.tobytes(), user
    finally:
        api.rows("MATCH (u:User) WHERE u.id STARTS WITH 'parity:' DETACH DELETE u")


def test_freshness_counts_from_what_was_applied_and_from_the_watermark(api, behind, bundle):
    ages = freshness(behind)
    newest = api.service.reads.newest_event()
    assert ages.profile_age_s == ages.as_of - newest
    assert ages.model_age_s == ages.as_of - bundle.manifest["watermark"]
    assert ages.problem == ""
    assert ages.metrics()["phonograph_events_waiting"] == ages.events_waiting
