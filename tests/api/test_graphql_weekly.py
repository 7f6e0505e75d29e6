"""Discover Weekly by GraphQL: thirty tracks, the same all week, paged by cursors, without what was blocked since."""

import pytest

WEEKLY = """query ($user: ID!, $week: String, $first: Int, $after: String, $last: Int, $before: String) {
  discoverWeekly(userId: $user, week: $week) { __typename ... on DiscoverWeekly { week set { id surface
    fill { returned removed { filter count } }
    items(first: $first, after: $after, last: $last, before: $before) { totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { rank cursor node { id graphId } explanation { text verified } } } } } } }"""
RECORD = "mutation ($e: [EventInput!]!) { recordEvents(events: $e) { accepted } }"


@pytest.fixture(scope="module")
def user(api):
    return api.listeners(1, skip=1)[0]


def weekly(api, user, **variables):
    found = api.data(WEEKLY, user=user, **variables)["discoverWeekly"]
    assert found["__typename"] == "DiscoverWeekly"
    return found


def tracks(found):
    return [edge["node"]["graphId"] for edge in found["set"]["items"]["edges"]]


def test_thirty_tracks_and_the_same_again(api, user):
    first, again = (weekly(api, user) for _ in range(2))
    assert first == again
    assert first["week"] == "2026-W48"
    assert len(set(tracks(first))) == 30
    assert [edge["rank"] for edge in first["set"]["items"]["edges"]] == list(range(1, 31))
    assert weekly(api, user, week="2026-W48") == first
    assert tracks(weekly(api, user, week="2026-W47")) != tracks(first)


def test_pages_forwards_and_backwards_make_the_whole_list(api, user):
    whole = tracks(weekly(api, user))
    forwards, after = [], None
    while True:
        page = weekly(api, user, first=7, after=after)["set"]["items"]
        assert page["totalCount"] == 30
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        forwards += [edge["node"]["graphId"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert forwards == whole
    backwards, before = [], None
    while True:
        page = weekly(api, user, last=8, before=before)["set"]["items"]
        assert page["pageInfo"]["hasNextPage"] == (before is not None)
        backwards = [edge["node"]["graphId"] for edge in page["edges"]] + backwards
        before = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert backwards == whole


def test_a_cursor_of_another_list_is_stale_and_a_wrong_one_is_refused(api, user):
    other = weekly(api, user, week="2026-W47", first=5)["set"]["items"]["pageInfo"]["endCursor"]
    for cursor, code in ((other, "STALE_CURSOR"), ("nonsense", "INVALID_REQUEST"), ("ü", "INVALID_REQUEST")):
        for argument in ("after", "before"):
            answer = api.answer(WEEKLY, user=user, **{argument: cursor})
            assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
            assert answer["errors"][0]["message"].startswith(f"{argument}: ")


def test_a_blocked_track_leaves_the_list_and_a_reserve_moves_up(api, user):
    before = tracks(weekly(api, user))
    event = {"clientEventId": "weekly-block", "kind": "BLOCK", "userId": user, "targetId": before[0]}
    assert api.data(RECORD, e=[event])["recordEvents"]["accepted"] == 1
    after = weekly(api, user)
    assert before[0] not in tracks(after)
    assert tracks(after)[:29] == before[1:]
    assert len(tracks(after)) == 30
    assert {"filter": "blocked_since", "count": 1} in after["set"]["fill"]["removed"]


def test_the_reasons_are_confirmed_anew(api, user):
    edges = weekly(api, user)["set"]["items"]["edges"]
    assert sum(edge["explanation"]["verified"] for edge in edges) >= 24


def test_no_search_finds_the_list_that_was_made_for_somebody(api, user):
    weekly(api, user)
    query = """query ($types: [String!]) {
      search(text: "discover weekly", types: $types) { edges { node { ... on Node { id } } } } }"""
    made = api.rows("MATCH (p:Playlist {kind: 'DISCOVER_WEEKLY'}) RETURN p.name AS name")
    assert made
    api.rows("MERGE (p:Playlist {id: 'api:mine'}) SET p.name = 'Discover the weekly market', p.kind = 'USER'")
    api.rows(
        "UNWIND range(1, 300) AS n MERGE (p:Playlist {id: 'weekly:api:' + n}) "
        "SET p.name = 'Discover Weekly', p.kind = 'DISCOVER_WEEKLY'"
    )
    try:
        api.rows("CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()")
        for types in (None, ["Playlist"]):
            edges = api.data(query, types=types)["search"]["edges"]
            assert [api.graph_id(edge["node"]["id"]) for edge in edges] == ["api:mine"]
    finally:
        api.rows("MATCH (p:Playlist) WHERE p.id STARTS WITH 'weekly:api:' OR p.id = 'api:mine' DETACH DELETE p")
