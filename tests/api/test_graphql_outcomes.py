"""Every outcome of every query that has outcomes: what is found, what is not, what cannot be, what is not ready yet."""

import pytest

from api.service import Service
from gnn.registry import Registry

PROBLEM = "__typename ... on Problem { message code } ... on NotReady { retryAfterSeconds }"
RECOMMEND = f"""query ($input: RecommendInput!, $first: Int) {{
  recommendations(input: $input, first: $first) {{ {PROBLEM}
  ... on RecommendationSet {{ fill {{ requested returned }} items {{ edges {{ node {{ graphId }} }} }} }}
  ... on ColdStart {{ message fallback {{ cold items {{ edges {{ score explanation {{ kind }} }} }} }} }} }} }}"""
WEEKLY = f"query ($user: ID!, $week: String) {{ discoverWeekly(userId: $user, week: $week) {{ {PROBLEM} }} }}"
EXPLAIN = f"query ($user: ID!, $track: ID!) {{ explain(userId: $user, trackId: $track) {{ {PROBLEM} }} }}"


@pytest.fixture(scope="module")
def user(api):
    return api.listeners(1)[0]


@pytest.fixture(scope="module")
def newcomer(api):
    api.rows("MERGE (:User {id: 'demo:user:newcomer'})")
    return "demo:user:newcomer"


def recommend(api, user, count=None, /, **more):
    return api.data(RECOMMEND, input={"userId": user, **more}, first=count)["recommendations"]


@pytest.mark.parametrize("nobody", ["nobody", "", "VXNlcjpub2JvZHk=", "'; MATCH (n) DETACH DELETE n //", "ü\n" * 200])
def test_an_unknown_listener_is_not_found(api, nobody):
    for found in (
        recommend(api, nobody),
        api.data(WEEKLY, user=nobody)["discoverWeekly"],
        api.data(EXPLAIN, user=nobody, track=_a_track(api))["explain"],
    ):
        assert (found["__typename"], found["code"]) == ("NotFound", "NOT_FOUND")
        assert found["message"]


def test_an_unknown_track_is_not_found(api, user):
    found = api.data(EXPLAIN, user=user, track="no-such-track")["explain"]
    assert (found["__typename"], found["code"]) == ("NotFound", "NOT_FOUND")
    assert "no-such-track" in found["message"]


@pytest.mark.parametrize(
    ("first", "more", "named"),
    [
        (0, {}, "0 tracks"),
        (-1, {}, "-1 tracks"),
        (101, {}, "101 tracks"),
        (None, {"first": 0}, "0 tracks"),
        (None, {"mmrLambda": 1.5}, "1.5"),
        (None, {"filter": {"maxPerArtist": 0}}, "at most 0"),
        (None, {"asOf": "1969-12-31T00:00:00Z"}, "1969"),
        (None, {"seeds": [{"seed": {"trackId": "x"}}]}, "takes no seeds"),
        (None, {"surface": "RADIO", "seeds": [{"seed": {"trackId": "no-such-seed"}}]}, "no-such-seed"),
        (None, {"without": ["x"] * 501}, "501 ids"),
        (None, {"filter": {"excludeTrackIds": ["x"] * 501}}, "501 ids"),
    ],
)
def test_an_impossible_request_is_named_with_its_value(api, user, first, more, named):
    found = recommend(api, user, first, **more)
    assert (found["__typename"], found["code"]) == ("InvalidInput", "INVALID")
    assert named in found["message"]


def test_a_seed_needs_a_weight_above_nought_and_there_are_at_most_five(api, user):
    seed = {"seed": {"trackId": _a_track(api)}}
    for seeds in ([seed | {"weight": 0}], [seed] * 6):
        assert recommend(api, user, surface="RADIO", seeds=seeds)["__typename"] == "InvalidInput"


@pytest.mark.parametrize(
    ("week", "named"), [("2026-48", "2026-48"), ("2026-W54", "2026-W54"), ("2999-W01", "2999-W01")]
)
def test_a_week_that_is_none_or_has_not_begun_is_invalid(api, user, week, named):
    found = api.data(WEEKLY, user=user, week=week)["discoverWeekly"]
    assert (found["__typename"], found["code"]) == ("InvalidInput", "INVALID")
    assert named in found["message"]


def test_a_listener_without_plays_gets_what_is_popular_and_is_told_so(api, newcomer):
    found = recommend(api, newcomer, 5)
    assert found["__typename"] == "ColdStart"
    assert "recordEvents" in found["message"]
    assert found["fallback"]["cold"]
    edges = found["fallback"]["items"]["edges"]
    assert len(edges) == 5
    assert {edge["explanation"]["kind"] for edge in edges} == {"POPULAR"}


@pytest.mark.parametrize("label", ["Track", "Artist", "Genre", "Playlist"])
def test_a_radio_starts_from_anything_also_for_a_listener_without_plays(api, user, newcomer, label):
    link = {"Track": "(n:Track)<-[:PLAYED]-()", "Artist": "(n:Artist)<-[:PERFORMED_BY]-()"}
    link |= {"Genre": "(n:Genre)<-[:IN_GENRE]-()", "Playlist": "(n:Playlist)-[:CONTAINS]->()"}
    start = api.rows(
        f"MATCH {link[label]} WHERE coalesce(n.kind, '') <> 'DISCOVER_WEEKLY' RETURN n.id AS id, count(*) AS degree "
        "ORDER BY degree DESC, id LIMIT 1"
    )
    seeds = [{"seed": {f"{label.lower()}Id": start[0]["id"]}}]
    for listener in (user, newcomer):
        found = recommend(api, listener, 5, surface="RADIO", seeds=seeds)
        assert found["__typename"] == "RecommendationSet"
        assert len(found["items"]["edges"]) == 5


def test_what_is_excluded_or_switched_off_does_not_come(api, user):
    listed = [edge["node"]["graphId"] for edge in recommend(api, user, 5)["items"]["edges"]]
    without = recommend(api, user, 5, filter={"excludeTrackIds": listed[:2]}, switchedOff=["POPULAR"])
    assert set(listed[:2]).isdisjoint(edge["node"]["graphId"] for edge in without["items"]["edges"])


def test_nothing_is_ready_without_a_model(api, serve, tmp_path, user):
    empty = Service(
        api.service.store, Registry(tmp_path / "models"), api.service.log, api.service.letters, now=api.service.now
    )
    with serve(empty) as http:
        for query, variables in (
            (RECOMMEND, {"input": {"userId": user}}),
            (WEEKLY, {"user": user}),
            (EXPLAIN, {"user": user, "track": "x"}),
        ):
            answer = http.post("/graphql", json={"query": query, "variables": variables}).json()
            (found,) = answer["data"].values()
            assert (found["__typename"], found["code"]) == ("NotReady", "NOT_READY")
            assert found["retryAfterSeconds"] > 0
            assert "phonograph train" in found["message"]
        ready = http.get("/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (503, False)
        assert ready.headers["retry-after"]
        assert http.get("/livez").status_code == 200
        health = http.post("/graphql", json={"query": "{ health { ready components { name ok } } }"}).json()
        assert health["data"]["health"]["ready"] is False
        lists = """query ($t: ID!) { track(id: $t) { similar { nodes { id } } }
          genres(first: 1) { nodes { adjacent { nodes { id } } } } }"""
        data = http.post("/graphql", json={"query": lists, "variables": {"t": _a_track(api)}}).json()["data"]
        assert data["track"]["similar"] is None
        assert data["genres"]["nodes"][0]["adjacent"] is None


def _a_track(api):
    return api.rows("MATCH (t:Track) RETURN t.id AS id ORDER BY coalesce(t.playCount, 0) DESC, id LIMIT 1")[0]["id"]
