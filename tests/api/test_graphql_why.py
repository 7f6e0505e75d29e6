"""Why a track is not in a list, and what the history does for one, by GraphQL and over the real graph."""

import pytest

LIST = """query ($user: ID!) { recommendations(input: {userId: $user}, first: 10) { ... on RecommendationSet {
  items { edges { node { graphId } explanation { paths { nodes { __typename graphId } } } } } } } }"""
WHY = """query ($user: ID!, $track: ID!, $first: Int!) { whyNot(userId: $user, trackId: $track, first: $first) {
  __typename ... on WhyNot { track { graphId name } stage rule rank score cutoff message }
  ... on Problem { message code } } }"""
WITHOUT = """query ($user: ID!, $track: ID!, $without: ID!) {
  counterfactual(userId: $user, trackId: $track, withoutId: $without) { __typename
    ... on Counterfactual { track { graphId } without { __typename graphId } plays rank newRank score newScore text }
    ... on Problem { message code } } }"""


@pytest.fixture(scope="module")
def user(api):
    return api.listeners(1, skip=2)[0]


@pytest.fixture(scope="module")
def edges(api, user):
    return api.data(LIST, user=user)["recommendations"]["items"]["edges"]


def test_each_track_of_a_list_is_at_its_place(api, user, edges):
    for place, edge in enumerate(edges, start=1):
        found = api.data(WHY, user=user, track=edge["node"]["graphId"], first=10)["whyNot"]
        assert (found["stage"], found["rank"], found["rule"]) == ("RECOMMENDED", place, None)


def test_what_was_played_says_so(api, user, edges):
    played = next(
        node["graphId"] for edge in edges for path in edge["explanation"]["paths"] for node in path["nodes"][1:2]
    )
    found = api.data(WHY, user=user, track=played, first=10)["whyNot"]
    assert (found["stage"], found["rule"]) == ("FILTERED", "played")
    assert found["track"]["graphId"] == played


def test_a_shorter_list_cuts_the_last_track_off(api, user, edges):
    found = api.data(WHY, user=user, track=edges[-1]["node"]["graphId"], first=1)["whyNot"]
    assert found["stage"] in {"BELOW_CUTOFF", "DIVERSITY"}
    assert found["message"]


def test_without_the_anchor_of_its_reason_a_track_scores_less(api, user, edges):
    told = 0
    for edge in edges[:5]:
        for path in edge["explanation"]["paths"][:1]:
            anchor = path["nodes"][1]["graphId"]
            found = api.data(WITHOUT, user=user, track=edge["node"]["graphId"], without=anchor)["counterfactual"]
            assert found["without"] == {"__typename": "Track", "graphId": anchor}
            assert found["plays"] == 1
            told += found["newScore"] < found["score"]
    assert told >= 3


def test_problems_are_outcomes(api, user, edges):
    track = edges[0]["node"]["graphId"]
    assert api.data(WHY, user=user, track="no-such", first=10)["whyNot"]["code"] == "NOT_FOUND"
    assert api.data(WHY, user="nobody", track=track, first=10)["whyNot"]["code"] == "NOT_FOUND"
    assert api.data(WHY, user=user, track=track, first=0)["whyNot"]["code"] == "INVALID"
    found = api.data(WITHOUT, user=user, track=track, without="no-such")["counterfactual"]
    assert (found["code"], "no-such" in found["message"]) == ("INVALID", True)
