"""The statements behind reasons: two for a page, and the text beside a path finds that very path in Neo4j again."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cypher
from api.graphql.answers import path_statement
from recommend.types import NodeRef, ReasonPath

PAGE = """query ($user: ID!) { recommendations(input: {userId: $user}, first: 30) { ... on RecommendationSet {
  items { edges { node { id name artists { name } } explanation { cypher paths { cypher nodes { graphId }
    steps { type } } } } } } } }"""


@pytest.fixture(scope="module")
def explanations(api):
    found = []
    for user in api.listeners(6, skip=3):
        edges = api.data(PAGE, user=user)["recommendations"]["items"]["edges"]
        found += [edge["explanation"] for edge in edges]
    return found


def test_a_page_costs_one_profile_and_one_verification(api, statements):
    (user,) = api.listeners(1, skip=10)
    api.data("{ health { asOf } }")  # the time of the newest event is read once a second at most
    statements.clear()
    edges = api.data(PAGE, user=user)["recommendations"]["items"]["edges"]
    assert sum(len(edge["explanation"]["paths"]) for edge in edges) >= 30
    names = {
        cypher.statement(f"read/{name}").text: name for name in ("profile", "verify", "newest_event", "unpersonal")
    }
    sent = Counter(names.get(text, text) for text in statements)
    assert (sent.pop("profile"), sent.pop("verify")) == (1, 1)
    assert sent.pop("newest_event", 0) <= 1
    assert sent.pop("unpersonal", 0) <= 1  # once in five seconds, whoever asks
    assert not sent


def test_the_text_beside_a_path_finds_it(api, explanations):
    paths = [path for explanation in explanations for path in explanation["paths"]]
    assert len(paths) > 100
    for path in paths:
        (found,) = api.rows(path["cypher"])
        nodes, types = found["path"][::2], found["path"][1::2]
        assert [node["id"] for node in nodes] == [node["graphId"] for node in path["nodes"]]
        assert types == [step["type"] for step in path["steps"]]


def test_the_text_beside_an_explanation_is_that_of_its_first_path(explanations):
    for explanation in explanations:
        paths = explanation["paths"]
        assert explanation["cypher"] == (paths[0]["cypher"] if paths else None)


def test_every_kind_of_step_was_among_them(explanations):
    types = {step["type"] for found in explanations for path in found["paths"] for step in path["steps"]}
    assert types >= {"PLAYED", "PERFORMED_BY", "PLAYED_WITH", "CONTAINS"}


@pytest.fixture(scope="module")
def planted(api):
    """Plants a play between two ids; gone afterwards."""

    def plant(user, track):
        api.rows("MATCH (n:Planted) DETACH DELETE n")
        api.rows("CREATE (:User:Planted {id: $u})-[:PLAYED]->(:Track:Planted {id: $t})", u=user, t=track)

    yield plant
    api.rows("MATCH (n:Planted) DETACH DELETE n")


IDS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
    st.text(st.sampled_from("'\"\\u0027{}()-[]:/*\n\r$`; x"), min_size=1, max_size=30),
)


@given(user=IDS, track=IDS)
def test_no_id_can_break_out_of_the_text(api, planted, user, track):
    user, track = f"api:{user}", f"api:{track}!"
    planted(user, track)
    path = ReasonPath((NodeRef(user, "User", "u"), NodeRef(track, "Track", "t")), ("PLAYED",), 1.0, True)
    (found,) = api.rows(path_statement(path))
    assert [node["id"] for node in found["path"][::2]] == [user, track]


@pytest.mark.parametrize(
    "id", ["\\u0027}) DETACH DELETE n //", "\\\\u0027", "'", "\\", "\\'", "a'}) RETURN 1 //", "\\u005c'"]
)
def test_ids_made_to_break_out_do_not(api, planted, id):
    planted("api:u", id)
    path = ReasonPath((NodeRef("api:u", "User", "u"), NodeRef(id, "Track", "t")), ("PLAYED",), 1.0, True)
    (found,) = api.rows(path_statement(path))
    assert found["path"][-1]["id"] == id
