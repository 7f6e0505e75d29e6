"""Events by GraphQL: each kind is applied, counts once, and the next answer shows it; what is wrong is named."""

import pytest

from ingest.events import Event

RECORD = """mutation ($events: [EventInput!]!) { recordEvents(events: $events) { accepted duplicates
  rejected { field message code } userErrors { field message code } } }"""
PAGE = """query ($user: ID!) { recommendations(input: {userId: $user}, first: 10) { __typename
  ... on RecommendationSet { items { nodes { graphId artists { graphId } genres { genre { graphId } } } } } } }"""
HISTORY = """query ($user: ID!) { user(id: $user) { history(first: 100) {
  edges { count skips firstAt lastAt node { graphId } } } } }"""
ON_TRACKS = ("PLAY", "SKIP", "REPEAT", "SAVE", "LIKE", "ADD_TO_PLAYLIST")
RECORDED = ("IMPRESSION", "SEARCH", "DISMISS", "BAD_RECOMMENDATION")


@pytest.fixture(scope="module")
def listeners(api):
    """Ids of listeners that no other test writes about."""
    return iter(api.listeners(30, skip=20))


@pytest.fixture
def user(listeners):
    return next(listeners)


def record(api, *events):
    return api.data(RECORD, events=list(events))["recordEvents"]


def event(user, kind, target=None, name=None, **more):
    found = {"clientEventId": name or f"{kind}-{target}", "kind": kind, "userId": user, **more}
    return found if target is None else found | {"targetId": target}


def page(api, user):
    found = api.data(PAGE, user=user)["recommendations"]
    assert found["__typename"] == "RecommendationSet"
    return found["items"]["nodes"]


def ids(nodes):
    return [node["graphId"] for node in nodes]


@pytest.mark.parametrize("kind", ON_TRACKS)
def test_a_recommended_track_that_was_dealt_with_does_not_come_again(api, user, kind):
    track = ids(page(api, user))[0]
    told = record(api, event(user, kind, track, at="2026-11-22T22:00:00Z", listenedMs=100_000))
    assert told == {"accepted": 1, "duplicates": 0, "rejected": [], "userErrors": []}
    assert track not in ids(page(api, user))
    api.settled()
    assert track not in ids(page(api, user))
    played = {edge["node"]["graphId"]: edge for edge in api.data(HISTORY, user=user)["user"]["history"]["edges"]}
    assert played[track]["lastAt"] == "2026-11-22T22:00:00+00:00"
    assert (played[track]["count"], played[track]["skips"]) == (int(kind == "PLAY"), int(kind == "SKIP"))


def test_unsave_takes_a_save_back(api, user):
    track = ids(page(api, user))[0]
    saved = "MATCH (:User {id: $u})-[s:SAVED]->(:Track {id: $t}) RETURN s.at AS at"
    record(api, event(user, "SAVE", track, at="2026-11-22T22:00:00Z"))
    api.settled()
    assert len(api.rows(saved, u=user, t=track)) == 1
    assert record(api, event(user, "UNSAVE", track, at="2026-11-22T22:00:01Z"))["accepted"] == 1
    api.settled()
    assert api.rows(saved, u=user, t=track) == []


@pytest.mark.parametrize("kind", ["BLOCK", "DISLIKE", "HATE"])
def test_what_is_blocked_or_disliked_does_not_come_again(api, user, kind):
    first = page(api, user)[0]
    track, artist = first["graphId"], first["artists"][0]["graphId"]
    assert record(api, event(user, kind, track))["accepted"] == 1
    assert track not in ids(page(api, user))
    assert record(api, event(user, kind, artist))["accepted"] == 1
    assert all(artist not in ids(node["artists"]) for node in page(api, user))
    api.settled()
    assert all(artist not in ids(node["artists"]) for node in page(api, user))


def test_a_blocked_genre_does_not_come_again(api, user):
    genre = page(api, user)[0]["genres"][0]["genre"]["graphId"]
    assert record(api, event(user, "BLOCK", genre))["accepted"] == 1
    assert all(genre not in [entry["genre"]["graphId"] for entry in node["genres"]] for node in page(api, user))


def test_a_block_ends_when_it_was_said_to(api, user):
    track = ids(page(api, user))[0]
    past = event(user, "BLOCK", track, at="2026-11-01T00:00:00Z", until="2026-11-02T00:00:00Z")
    assert record(api, past)["accepted"] == 1
    assert track in ids(page(api, user))


@pytest.mark.parametrize("label", ["User", "Artist", "Playlist"])
def test_who_is_followed_is_in_the_graph(api, user, label):
    other = api.rows(f"MATCH (n:{label}) WHERE n.id <> $u RETURN n.id AS id ORDER BY id LIMIT 1", u=user)[0]["id"]
    assert record(api, event(user, "FOLLOW", other))["accepted"] == 1
    api.settled()
    found = api.rows("MATCH (:User {id: $u})-[f:FOLLOWS]->(n {id: $n}) RETURN labels(n) AS labels", u=user, n=other)
    assert found == [{"labels": [label]}]


@pytest.mark.parametrize("kind", RECORDED)
def test_what_is_only_recorded_is_in_the_log(api, user, kind):
    sent = event(user, kind, None if kind == "SEARCH" else "anything", at="2026-11-22T22:00:00Z")
    assert record(api, sent)["accepted"] == 1
    target = sent.get("targetId", "")
    assert api.service.log.pending(user, {}) == [Event(sent["clientEventId"], kind, user, target, 1795384800)]


def test_every_kind_of_the_schema_is_tried_here(api):
    kinds = api.data('{ __type(name: "EventKind") { enumValues { name } } }')["__type"]["enumValues"]
    tried = {*ON_TRACKS, *RECORDED, "UNSAVE", "BLOCK", "DISLIKE", "HATE", "FOLLOW"}
    assert {kind["name"] for kind in kinds} == tried


def test_the_first_event_of_a_newcomer_makes_their_answer_personal(api):
    api.rows("MERGE (:User {id: 'demo:user:first-play'})")
    assert api.data(PAGE, user="demo:user:first-play")["recommendations"]["__typename"] == "ColdStart"
    track = api.rows("MATCH (t:Track) RETURN t.id AS id ORDER BY t.playCount DESC, id LIMIT 1")[0]["id"]
    assert record(api, event("demo:user:first-play", "PLAY", track))["accepted"] == 1
    assert len(page(api, "demo:user:first-play")) == 10


def test_an_event_counts_once_whatever_id_names_its_ends(api, user):
    track = api.data(PAGE, user=user)["recommendations"]["items"]["nodes"][0]["graphId"]
    by_global = event(api.global_id("User", user), "PLAY", api.global_id("Track", track), "same")
    by_graph = event(user, "PLAY", track, "same")
    told = record(api, by_global, by_graph, by_graph)
    assert (told["accepted"], told["duplicates"]) == (1, 2)
    assert record(api, by_graph)["duplicates"] == 1
    api.settled()
    rows = api.rows("MATCH (:User {id: $u})-[r:PLAYED]->(:Track {id: $t}) RETURN r.count AS n", u=user, t=track)
    assert rows == [{"n": 1}]


def test_each_rejected_event_is_named_and_the_others_are_applied(api, user):
    track = ids(page(api, user))[0]
    told = record(
        api,
        event(user, "PLAY", "no-such-track", "a"),
        event(user, "PLAY", track, "b"),
        event("nobody", "PLAY", track, "c"),
        event(user, "FOLLOW", track, "d"),
        event(user, "PLAY", track, "e", listenedMs=-1),
        event(user, "PLAY", track, "f", at="2099-01-01T00:00:00Z"),
        event(user, "BLOCK", track, "g", at="2026-11-02T00:00:00Z", until="2026-11-01T00:00:00Z"),
        event(user, "PLAY", None, "h"),
        {**event(user, "PLAY", track), "clientEventId": ""},
    )
    assert (told["accepted"], told["duplicates"], told["userErrors"]) == (1, 0, [])
    assert [entry["field"] for entry in told["rejected"]] == [["events", str(at)] for at in (0, 2, 3, 4, 5, 6, 7, 8)]
    assert all(entry["message"] and entry["code"] == "INVALID" for entry in told["rejected"])


def test_too_many_events_are_refused_as_a_whole(api, user):
    told = record(api, *(event(user, "PLAY", "x", str(n)) for n in range(1001)))
    assert (told["accepted"], told["rejected"]) == (0, [])
    assert told["userErrors"][0]["field"] == ["events"]
    assert "1001" in told["userErrors"][0]["message"]


def test_no_events_change_nothing(api):
    assert record(api) == {"accepted": 0, "duplicates": 0, "rejected": [], "userErrors": []}
