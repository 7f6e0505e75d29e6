"""The main way through the house by GraphQL: recommendations with reasons, why-not, health, and the schema itself."""

import pytest

from api.graphql.schema import schema, sdl
from api.graphql.sdl import COMMITTED

PAGE = """query ($user: ID!, $first: Int) { recommendations(input: {userId: $user}) { __typename
  ... on NotFound { message code }
  ... on RecommendationSet { id modelVersion asOf cold surface user { graphId name }
    fill { requested returned removed { filter count } relaxed } sources { source nominated unavailable }
    degraded { component reason } timings { stage ms }
    items(first: $first) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes { id }
      edges { cursor rank score node { id graphId name artists { id name } } sources { source contribution }
        explanation { kind text verified paths { verified shareOfScore nodes { __typename graphId name }
          steps { type fromId toId } } } } } } } }"""


@pytest.fixture(scope="module")
def page(api):
    (user,) = api.listeners(1)
    return api.data(PAGE, user=user, first=10)["recommendations"] | {"asked": user}


def test_a_page_tells_how_it_came_about(page, api):
    assert page["__typename"] == "RecommendationSet"
    assert page["modelVersion"] == api.service.model.get().bundle.version
    assert page["user"]["graphId"] == page["asked"]
    assert (page["cold"], page["surface"], page["degraded"]) == (False, "HOME", [])
    assert page["fill"]["requested"] == page["fill"]["returned"] == 10
    assert {part["filter"] for part in page["fill"]["removed"]} >= {"played"}
    assert sum(part["nominated"] for part in page["sources"]) >= 10
    assert {part["stage"] for part in page["timings"]} >= {"profile", "verify"}


def test_ranks_count_up_and_the_parts_of_a_score_sum_to_it(page):
    edges = page["items"]["edges"]
    assert [edge["rank"] for edge in edges] == list(range(1, 11))
    assert [node["id"] for node in page["items"]["nodes"]] == [edge["node"]["id"] for edge in edges]
    for edge in edges:
        assert sum(part["contribution"] for part in edge["sources"]) == pytest.approx(edge["score"], abs=1e-4)
        assert edge["node"]["artists"]


def test_every_path_leads_from_the_listener_to_the_track_and_the_sentence_names_what_lies_on_it(page):
    edges = page["items"]["edges"]
    assert sum(edge["explanation"]["verified"] for edge in edges) >= 8
    for edge in edges:
        reason = edge["explanation"]
        assert reason["verified"] == bool(reason["paths"])
        for path in reason["paths"]:
            nodes, steps = path["nodes"], path["steps"]
            assert (nodes[0]["__typename"], nodes[0]["graphId"]) == ("User", page["asked"])
            assert (nodes[-1]["__typename"], nodes[-1]["graphId"]) == ("Track", edge["node"]["graphId"])
            assert len(steps) == len(nodes) - 1
            assert path["verified"]
            assert 0 < path["shareOfScore"] <= 1
        if reason["paths"]:
            anchor = reason["paths"][0]["nodes"][1]["name"]
            assert f"“{anchor}”" in reason["text"]


def test_no_played_track_is_recommended(page, api):
    played = {row["id"] for row in api.rows("MATCH (:User {id: $u})-[:PLAYED]->(t) RETURN t.id AS id", u=page["asked"])}
    assert played
    assert played.isdisjoint(edge["node"]["graphId"] for edge in page["items"]["edges"])


EXPLAIN = """query ($user: ID!, $track: ID!) { explain(userId: $user, trackId: $track) { __typename
  ... on RecommendationEdge { rank score node { graphId } sources { source contribution }
    explanation { text verified paths { nodes { graphId } } } } } }"""


def test_explain_agrees_with_the_list_it_explains(page, api):
    for edge in page["items"]["edges"][:3]:
        told = api.data(EXPLAIN, user=page["asked"], track=edge["node"]["id"])["explain"]
        assert told["__typename"] == "RecommendationEdge"
        assert told["node"]["graphId"] == edge["node"]["graphId"]
        assert told["score"] == pytest.approx(edge["score"], abs=1e-4)
        assert told["explanation"]["verified"] == edge["explanation"]["verified"]


def test_explain_speaks_of_a_track_that_no_list_shows(page, api):
    played = api.rows("MATCH (:User {id: $u})-[:PLAYED]->(t) RETURN t.id AS id ORDER BY id LIMIT 1", u=page["asked"])
    told = api.data(EXPLAIN, user=page["asked"], track=played[0]["id"])["explain"]
    assert told["__typename"] == "RecommendationEdge"
    assert told["rank"] >= 1
    assert told["explanation"]["text"]


def test_without_explanations_no_reason_is_made(page, api):
    query = """query ($user: ID!) { recommendations(input: {userId: $user}, first: 5) { ... on RecommendationSet {
      timings { stage } items { edges { rank } } } } }"""
    answer = api.data(query, user=page["asked"])["recommendations"]
    assert "verify" not in {part["stage"] for part in answer["timings"]}
    assert len(answer["items"]["edges"]) == 5


def test_aliases_fragments_and_directives_mean_what_graphql_says(page, api):
    query = """query ($user: ID!, $why: Boolean!) {
      one: recommendations(input: {userId: $user}, first: 2) { ...some }
      two: recommendations(input: {userId: $user, surface: RADIO, seeds: [{seed: {trackId: "%s"}}]}, first: 3) {
        ...some } }
    fragment some on RecommendationSet { items { edges { place: rank explanation @include(if: $why) { text } } } }"""
    query %= page["items"]["edges"][0]["node"]["id"]
    with_reason, without = (api.data(query, user=page["asked"], why=why) for why in (True, False))
    assert [edge["place"] for edge in with_reason["one"]["items"]["edges"]] == [1, 2]
    assert [edge["place"] for edge in with_reason["two"]["items"]["edges"]] == [1, 2, 3]
    assert all(edge["explanation"]["text"] for edge in with_reason["two"]["items"]["edges"])
    assert all(set(edge) == {"place"} for edge in without["one"]["items"]["edges"])


def test_health_names_every_part(api):
    health = api.data("{ health { ready modelVersion asOf components { name ok detail } } }")["health"]
    assert health["ready"]
    assert {part["name"]: part["ok"] for part in health["components"]} == {
        "graph": True,
        "model": True,
        "index": True,
        "events": True,
    }
    assert health["asOf"].startswith("2026-11-2")


def test_the_explorer_works_without_the_network(api):
    explorer = api.http.get("/graphql", headers={"Accept": "text/html"})
    assert "<html" in explorer.text.lower()
    assert "https://" not in explorer.text
    assert "default-src 'none'" in explorer.headers["content-security-policy"]
    assert api.http.get("/").headers["location"] == "/graphql"


def test_the_committed_schema_is_the_one_in_the_code():
    assert COMMITTED.read_text(encoding="utf-8") == sdl()


def test_everything_in_the_schema_is_described():
    bare = []
    for name, kind in schema._schema.type_map.items():
        if name.startswith("__"):
            continue
        if not kind.description:
            bare.append(name)
        for field_name, field in {**getattr(kind, "fields", {}), **getattr(kind, "values", {})}.items():
            if not field.description:
                bare.append(f"{name}.{field_name}")
            bare += [
                f"{name}.{field_name}({argument_name})"
                for argument_name, argument in getattr(field, "args", {}).items()
                if not argument.description
            ]
    assert len(schema._schema.type_map) > 40
    assert bare == []
