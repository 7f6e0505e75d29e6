"""Neo4j slow, frozen, killed and back: what is still answered, that the answer says so, and that all is well after."""

import time

import pytest

import cypher
from api.warmup import SIZES, WarmUp, warm
from graph.store import GraphStore, Neo4jAddress

PAGE = """query ($user: ID!) { recommendations(input: {userId: $user}, first: 10) { __typename
  ... on RecommendationSet { degraded { component reason } items { edges { node { graphId }
    explanation { verified text paths { verified } } } } }
  ... on ColdStart { fallback { degraded { component reason } items { edges { rank } } } } } }"""
RECORD = """mutation ($e: [EventInput!]!) { recordEvents(events: $e) { accepted rejected { message }
  userErrors { message code } } }"""
SLOW = """// Takes longer than any verification may.
// params: steps
// returns: places
UNWIND $steps AS step
UNWIND range(1, 1000000000) AS i
WITH step, i WHERE i < 0
RETURN collect(step[0]) AS places
"""


@pytest.fixture(scope="module")
def users(api):
    """Listeners whom no other test asks about."""
    return iter(api.listeners(8, skip=52))


def page(api, user):
    found = api.data(PAGE, user=user)["recommendations"]
    assert found["__typename"] == "RecommendationSet"
    return found


def tracks(found):
    return [edge["node"]["graphId"] for edge in found["items"]["edges"]]


def parts(found):
    return {part["component"] for part in found["degraded"]}


def healthy(api, user):
    """Whether everything is as before; the pause after a failure is waited for."""
    api.until(lambda: page(api, user)["degraded"] == [], "no answer without degraded after Neo4j came back")
    return True


@pytest.fixture
def slow_verifications(monkeypatch):
    """Verifications that Neo4j has to stop."""
    real = cypher.statement
    slow = cypher.parse("read/verify", SLOW)
    monkeypatch.setattr(cypher, "statement", lambda name: slow if name == "read/verify" else real(name))
    return slow.text


def test_a_verification_that_is_stopped_does_not_stop_profiles(api, users, slow_verifications, statements):
    first, other = next(users), next(users)
    found = page(api, first)
    assert parts(found) == {"explanations"}
    assert "read/verify" in found["degraded"][0]["reason"]
    assert not any(edge["explanation"]["verified"] for edge in found["items"]["edges"])
    assert all(edge["explanation"]["text"] for edge in found["items"]["edges"])
    profile = cypher.statement("read/profile").text
    assert (statements.count(profile), statements.count(slow_verifications)) == (1, 1)
    statements.clear()
    found = page(api, other)
    assert parts(found) == {"explanations"}
    assert statements.count(profile) == 1
    api.data('{ user(id: "x") { id } search(text: "a") { edges { cursor } } }')


def test_after_the_pause_verifications_come_again(api, users):
    user = next(users)
    healthy(api, user)
    assert any(edge["explanation"]["verified"] for edge in page(api, user)["items"]["edges"])


def test_a_frozen_neo4j_is_named_and_what_is_known_goes_on(api, users):
    known, unknown = next(users), next(users)
    before = page(api, known)
    with api.frozen():
        time.sleep(6)  # the remembered profile grows old, so that it has to be asked for
        during = page(api, known)
        assert parts(during) >= {"graph", "explanations"}
        assert "last known history" in next(p["reason"] for p in during["degraded"] if p["component"] == "graph")
        assert tracks(during) == tracks(before)
        cold = api.data(PAGE, user=unknown)["recommendations"]
        assert cold["__typename"] == "ColdStart"
        assert parts(cold["fallback"]) >= {"graph"}
        assert len(cold["fallback"]["items"]["edges"]) == 10
        lookup = api.answer("query ($u: ID!) { user(id: $u) { id } }", u=known)
        assert lookup["errors"][0]["extensions"]["code"] == "GRAPH_UNAVAILABLE"
        assert api.http.get("/livez").text == "ok\n"
        assert api.http.get("/readyz").status_code == 200
        health = api.data("{ health { ready components { name ok detail } } }")["health"]
        assert health["ready"]
        assert {part["name"]: part["ok"] for part in health["components"]} == {
            "graph": False,
            "model": True,
            "index": True,
            "events": False,
        }
    assert healthy(api, known)
    assert tracks(page(api, known)) == tracks(before)


def test_a_killed_neo4j_is_named_and_nothing_is_lost_when_it_is_back(api, users, world_server):
    user = next(users)
    before = page(api, user)
    track = tracks(before)[0]
    event = {"clientEventId": "killed", "kind": "PLAY", "userId": user, "targetId": track}
    api.kill()
    try:
        assert api.data(RECORD, e=[event])["recordEvents"] == {"accepted": 1, "rejected": [], "userErrors": []}
        assert track not in tracks(page(api, user))
        api.until(lambda: parts(page(api, user)) >= {"graph"}, "a dead Neo4j is not named")
        weekly = api.data(
            "query ($u: ID!) { discoverWeekly(userId: $u) { ... on DiscoverWeekly { set { degraded { component } "
            "items { edges { rank } } } } } }",
            u=user,
        )["discoverWeekly"]
        assert "weekly" in {part["component"] for part in weekly["set"]["degraded"]}
        assert len(weekly["set"]["items"]["edges"]) == 30
    finally:
        assert world_server.ensure_running().uri == api.service.store.address.uri
    assert healthy(api, user)
    api.settled()
    count = "MATCH (:User {id: $u})-[r:PLAYED]->(:Track {id: $t}) RETURN r.count AS n"
    assert api.rows(count, u=user, t=track) == [{"n": 1}]
    assert track not in tracks(page(api, user))
    assert api.data(RECORD, e=[event])["recordEvents"]["accepted"] == 0  # known by its id


CLEAR = "CALL db.clearQueryCaches() YIELD value RETURN value"


def test_after_the_warm_up_no_answer_needs_a_new_plan(api, users):
    user = next(users)
    healthy(api, user)
    api.rows(CLEAR)
    assert warm(api.service.store) > len(SIZES)
    planned = api.rows(CLEAR)
    assert any(sign.isdigit() for sign in planned[0]["value"])
    api.rows(CLEAR)
    warm(api.service.store)
    page(api, user)
    api.data('{ genres(first: 5) { nodes { name trackCount } } search(text: "velvet") { edges { cursor } } }')
    api.data("query ($u: ID!) { user(id: $u) { history(first: 20) { edges { node { durationMs } } } } }", u=user)
    assert api.rows(CLEAR) == planned


def test_ready_is_said_only_after_the_warm_up(api, serve):
    with serve(api.service, warms_up=True) as http:
        seen = [http.get("/readyz")]
        assert http.get("/livez").status_code == 200
        while seen[-1].status_code != 200:
            assert (seen[-1].status_code, seen[-1].json()) == (503, {"ready": False, "reason": "warming up"})
            time.sleep(0.05)
            seen.append(http.get("/readyz"))


def test_a_warm_up_ends_although_neo4j_is_away(caplog):
    with GraphStore(Neo4jAddress("bolt://127.0.0.1:1", "neo4j", "x")) as store:
        warm_up = WarmUp(store)
        assert not warm_up.is_over
        warm_up.start()
        while not warm_up.is_over:
            time.sleep(0.05)
    assert "not warm: Neo4j at bolt://127.0.0.1:1 does not answer" in caplog.text
