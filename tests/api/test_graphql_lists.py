"""Shelves, mixes, radio, journeys, search, kept lists, taste profiles and rules by GraphQL, over the real graph."""

import pytest

from api.rule_book import SqliteRuleBook
from api.service import Service
from api.stored_sets import StoredSets
from ingest.log.dead_letters import DeadLetters
from ingest.log.sqlite import SqliteLog
from tests.api.conftest import NOW, Api, served

PROBLEM = "... on Problem { message code }"
SET = "id surface items { nodes { graphId artists { graphId } } }"
HOME = f"""query ($u: ID!) {{ home(userId: $u, tracks: 6) {{ __typename
  ... on Page {{ shelves {{ title reason surface set {{ {SET} }} }} }} {PROBLEM} }} }}"""
MIXES = f"""query ($u: ID!) {{ dailyMixes(userId: $u, tracks: 10) {{ __typename
  ... on Mixes {{ mixes {{ {SET} }} }} {PROBLEM} }} }}"""
RADIO = f"""query ($u: ID!, $seeds: [WeightedSeedInput!], $after: ID) {{
  radio(userId: $u, seeds: $seeds, after: $after, tracks: 8) {{
  __typename ... on RecommendationSet {{ {SET} }} {PROBLEM} }} }}"""
JOURNEY = f"""query ($a: ID!, $b: ID!, $n: Int!) {{ journey(start: {{trackId: $a}}, end: {{trackId: $b}}, length: $n) {{
  __typename ... on Journey {{ tracks {{ graphId }} likeness away }} {PROBLEM} }} }}"""
SEARCH = f"""query ($t: String!, $u: ID) {{ searchFor(text: $t, userId: $u) {{ __typename
  ... on PersonalHits {{ hits {{ node {{ graphId name }} words personal score }} }} {PROBLEM} }} }}"""
LIST = f"""query ($u: ID!, $keep: Boolean!, $seed: Int!, $filter: TrackFilter, $moment: MomentInput) {{
  recommendations(input: {{userId: $u, keep: $keep, seed: $seed, filter: $filter, moment: $moment}}, first: 10) {{
  __typename ... on RecommendationSet {{ {SET} fill {{ removed {{ filter count }} }} }} {PROBLEM} }} }}"""
REPLAY = f"""query ($id: ID!) {{ replay(setId: $id) {{ __typename
  ... on Replay {{ storedModel model exact diff {{ kept added {{ trackId after }} }} }} {PROBLEM} }} }}"""
COMPARE = f"""query ($a: ID!, $b: ID!) {{ compareSets(first: $a, second: $b) {{ __typename
  ... on SetDiff {{ kept added {{ trackId before after }} removed {{ trackId before after }} moved {{ before }} }}
  {PROBLEM} }} }}"""
LINT = f"""query ($ids: [ID!], $list: ID) {{ lint(trackIds: $ids, playlistId: $list) {{ __typename
  ... on LintReport {{ findings {{ position rule message suggestion }} }} {PROBLEM} }} }}"""
PROFILE = f"""query ($u: ID!) {{ tasteProfile(userId: $u) {{ __typename
  ... on TasteProfile {{ userId level tracks plays diversity genres {{ graphId name share }}
    artists {{ graphId share }} rhythm {{ hourly timeZone }} unknown {{ field why }}
    edits {{ number kind targetId undoneAt }} }} {PROBLEM} }} }}"""
EDIT = """mutation ($e: ProfileEditInput!, $p: Boolean!) { editTasteProfile(edit: $e, preview: $p) {
  edit { number kind targetId targetName } preview { trackId before after } userErrors { message code } } }"""
UNDO = """mutation ($u: ID!, $n: Int) { undoProfileEdit(userId: $u, number: $n) {
  edit { number undoneAt } userErrors { message code } } }"""
RULE = """mutation ($r: RuleInput!, $p: Boolean!) { setRule(rule: $r, preview: $p) {
  rule { name action targetIds author } preview { tracks lists changed touched } userErrors { message code } } }"""
END = (
    """mutation ($n: String!) { endRule(name: $n, author: "curator") { rule { name } userErrors { message code } } }"""
)
RULES = "{ rules(active: true) { name } ruleChanges { what author rule { name } } }"


@pytest.fixture(scope="module")
def full(api, tmp_path_factory):
    """The world answered by a service that keeps lists and rules."""
    state = tmp_path_factory.mktemp("full")
    log, letters = SqliteLog(state / "events.sqlite"), DeadLetters(state / "dead_letters.sqlite")
    rules, sets = SqliteRuleBook(state / "rules.sqlite"), StoredSets(state / "sets.sqlite")
    own = api.service
    service = Service(own.store, own.registry, log, letters, now=lambda: NOW, rules=rules, sets=sets)
    with served(service) as http:
        yield Api(http, api.server, service, api.rows)
    for part in (log, letters, rules, sets):
        part.close()


@pytest.fixture(scope="module")
def user(full):
    return full.listeners(1, skip=21)[0]


def ids(found):
    return [track["graphId"] for track in found["items"]["nodes"]]


def test_a_page_has_shelves_with_reasons_and_no_track_twice(full, user):
    shelves = full.data(HOME, u=user)["home"]["shelves"]
    assert shelves[0]["title"] == "Made for you"
    assert {shelf["surface"] for shelf in shelves} >= {"HOME", "TOP_MIX", "DAILY_MIX"}
    assert all(shelf["reason"] for shelf in shelves)
    tracks = [id for shelf in shelves for id in ids(shelf["set"])]
    assert len(tracks) == len(set(tracks)) >= 12


def test_mixes_differ_and_are_those_of_the_service(full, user):
    mixes = full.data(MIXES, u=user)["dailyMixes"]["mixes"]
    assert 1 <= len(mixes) <= 6
    expected = full.service.lists.daily_mixes(user, n=10, explain=False)
    assert [ids(mix) for mix in mixes] == [[item.track.id for item in answer.items] for answer in expected]
    assert len({tuple(ids(mix)) for mix in mixes}) == len(mixes)


def test_a_radio_takes_attributes_with_its_seeds_alone(full, user):
    query = RADIO.replace("$after: ID)", "$after: ID, $a: [AttributeRangeInput!])")
    query = query.replace("after: $after,", "after: $after, attributes: $a,")
    track = ids(full.data(LIST, u=user, keep=False, seed=0)["recommendations"])[0]
    bound = [{"attribute": "DURATION_MS", "max": 200000}]
    first = full.data(query, u=user, seeds=[{"seed": {"trackId": track}}], a=bound)["radio"]
    assert ids(first)
    assert ids(first) != ids(full.data(RADIO, u=user, seeds=[{"seed": {"trackId": track}}])["radio"])
    refused = full.data(query, u=user, after=first["id"], a=bound)["radio"]
    assert (refused["__typename"], refused["code"]) == ("InvalidInput", "INVALID")


def test_a_radio_goes_on_without_repeating(full, user):
    track = ids(full.data(LIST, u=user, keep=False, seed=0)["recommendations"])[0]
    first = full.data(RADIO, u=user, seeds=[{"seed": {"trackId": track}}])["radio"]
    second = full.data(RADIO, u=user, after=first["id"])["radio"]
    assert len(ids(first)) == len(ids(second)) == 8
    assert not set(ids(first)) & set(ids(second))
    assert full.data(RADIO, u=user, after=first["id"])["radio"] == second
    neither = full.data(RADIO, u=user)["radio"]
    assert (neither["__typename"], neither["code"]) == ("InvalidInput", "INVALID")
    assert full.data(RADIO, u=user, after="nothing")["radio"]["code"] == "NOT_FOUND"


def test_what_a_newcomer_picks_leads_to_a_first_list(full, user):
    asked = full.data("{ onboarding(first: 4) { prompt genre { graphId slug name } artists { graphId name } } }")
    questions = asked["onboarding"]
    assert len(questions) == 4
    assert all(question["genre"]["name"] in question["prompt"] and question["artists"] for question in questions)
    known = full.rows(
        "MATCH (g:Genre) WHERE g.id IN $ids RETURN g.id AS id, g.slug AS slug",
        ids=[question["genre"]["graphId"] for question in questions],
    )
    assert {row["id"]: row["slug"] for row in known} == {q["genre"]["graphId"]: q["genre"]["slug"] for q in questions}
    picked = [{"seed": {"artistId": artist["graphId"]}} for artist in questions[0]["artists"][:2]]
    first = full.data(RADIO, u=user, seeds=picked)["radio"]
    assert len(ids(first)) == 8
    wrong = full.answer("{ onboarding(first: 0) { prompt } }")
    assert "give 1 to 20" in wrong["errors"][0]["message"]


def test_a_journey_joins_its_ends(full, user):
    start, end = ids(full.data(LIST, u=user, keep=False, seed=0)["recommendations"])[:2]
    found = full.data(JOURNEY, a=start, b=end, n=6)["journey"]
    assert [track["graphId"] for track in found["tracks"]][::5] == [start, end]
    assert len(found["likeness"]) == 5
    assert full.data(JOURNEY, a=start, b=end, n=1)["journey"]["code"] == "INVALID"


def test_search_for_a_listener_mixes_words_and_taste(full, user):
    word = full.rows("MATCH (t:Track) WHERE size(t.name) > 6 RETURN t.name AS name ORDER BY t.id LIMIT 1")[0]["name"]
    hits = full.data(SEARCH, t=word, u=user)["searchFor"]["hits"]
    assert hits[0]["node"]["name"]
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert any(hit["personal"] > 0 for hit in hits)
    assert all(hit["personal"] == 0 for hit in full.data(SEARCH, t=word)["searchFor"]["hits"])
    assert full.data(SEARCH, t="!!", u=user)["searchFor"]["code"] == "INVALID"


def test_a_kept_list_is_replayed_and_compared(full, user):
    one = full.data(LIST, u=user, keep=True, seed=0)["recommendations"]
    again = full.data(REPLAY, id=one["id"])["replay"]
    assert (again["exact"], again["diff"]["kept"], again["storedModel"]) == (True, 10, again["model"])
    gone = {"excludeTrackIds": ids(one)[:1]}
    other = full.data(LIST, u=user, keep=True, seed=0, filter=gone)["recommendations"]
    found = full.data(COMPARE, a=one["id"], b=other["id"])["compareSets"]
    assert [entry["trackId"] for entry in found["removed"]] == ids(one)[:1]
    assert found["removed"][0]["before"] == 1
    assert len(found["added"]) == 1
    assert full.data(REPLAY, id="no such list")["replay"]["code"] == "NOT_FOUND"


def test_bounds_moments_and_their_mistakes(full, user):
    bounds = {"attributes": [{"attribute": "DURATION_MS", "max": 200000}]}
    short = full.data(LIST, u=user, keep=False, seed=0, filter=bounds)["recommendations"]
    lengths = full.rows("MATCH (t:Track) WHERE t.id IN $ids RETURN t.durationMs AS ms", ids=ids(short))
    assert lengths
    assert all(row["ms"] <= 200000 for row in lengths)
    assert "attributes" in {entry["filter"] for entry in short["fill"]["removed"]}
    wrong = full.data(LIST, u=user, keep=False, seed=0, moment={"hour": 25})["recommendations"]
    assert (wrong["code"], "hour 25" in wrong["message"]) == ("INVALID", True)
    fine = full.data(LIST, u=user, keep=False, seed=0, moment={"hour": 8, "activity": "commute"})["recommendations"]
    assert fine["__typename"] == "RecommendationSet"


def test_a_playlist_is_linted(full, user):
    tracks = ids(full.data(LIST, u=user, keep=False, seed=0)["recommendations"])
    findings = full.data(LINT, ids=[tracks[0], tracks[1], tracks[0]])["lint"]["findings"]
    assert {(one["position"], one["rule"]) for one in findings} >= {(3, "duplicate")}
    assert all(one["message"] and one["suggestion"] for one in findings)
    assert full.data(LINT)["lint"]["code"] == "INVALID"
    assert full.data(LINT, list="no such playlist")["lint"]["code"] == "NOT_FOUND"


def test_a_profile_is_shown_edited_previewed_and_taken_back(full, user):
    before = full.data(PROFILE, u=user)["tasteProfile"]
    assert (before["level"], before["userId"]) == ("DEEP", user)
    assert before["tracks"] > 0
    assert sum(genre["share"] for genre in before["genres"]) <= 1 + 1e-6
    listed = full.data(LIST, u=user, keep=False, seed=0)["recommendations"]
    artist = listed["items"]["nodes"][0]["artists"][0]["graphId"]
    wish = {"userId": user, "kind": "BLOCK", "targetId": artist}
    seen = full.data(EDIT, e=wish, p=True)["editTasteProfile"]
    assert seen["userErrors"] == []
    assert any(effect["after"] is None for effect in seen["preview"])
    assert full.data(PROFILE, u=user)["tasteProfile"]["edits"] == before["edits"]
    made = full.data(EDIT, e=wish, p=False)["editTasteProfile"]["edit"]
    assert (made["kind"], made["targetId"]) == ("BLOCK", artist)
    after = full.data(LIST, u=user, keep=False, seed=0)["recommendations"]
    assert artist not in {one["graphId"] for track in after["items"]["nodes"] for one in track["artists"]}
    undone = full.data(UNDO, u=user, n=made["number"])["undoProfileEdit"]
    assert undone["edit"]["undoneAt"]
    assert ids(full.data(LIST, u=user, keep=False, seed=0)["recommendations"]) == ids(listed)
    twice = full.data(UNDO, u=user, n=made["number"])["undoProfileEdit"]
    assert twice["userErrors"][0]["code"] == "INVALID"
    lacking = full.data(EDIT, e={"userId": user, "kind": "MUTE"}, p=False)["editTasteProfile"]
    assert "needs the id" in lacking["userErrors"][0]["message"]


def test_a_rule_is_previewed_set_followed_and_ended_with_a_record(full, user):
    listed = full.data(LIST, u=user, keep=False, seed=0)["recommendations"]
    rule = {"name": "gone", "action": "BAN", "targetIds": ids(listed)[:1], "userIds": [user], "author": "curator"}
    seen = full.data(RULE, r=rule, p=True)["setRule"]
    assert (seen["preview"]["tracks"], seen["preview"]["lists"], seen["userErrors"]) == (1, 1, [])
    assert full.data(RULES)["rules"] == []
    assert full.data(RULE, r=rule, p=False)["setRule"]["rule"]["name"] == "gone"
    assert ids(listed)[0] not in ids(full.data(LIST, u=user, keep=False, seed=0)["recommendations"])
    assert [one["name"] for one in full.data(RULES)["rules"]] == ["gone"]
    assert full.data(END, n="gone")["endRule"]["rule"]["name"] == "gone"
    assert ids(full.data(LIST, u=user, keep=False, seed=0)["recommendations"]) == ids(listed)
    record = full.data(RULES)
    assert record["rules"] == []
    assert [(one["what"], one["author"]) for one in record["ruleChanges"]] == [("SET", "curator"), ("END", "curator")]
    assert full.data(END, n="gone")["endRule"]["userErrors"][0]["code"] == "NOT_FOUND"
    wrong = full.data(RULE, r={**rule, "action": "CAP"}, p=False)["setRule"]
    assert "give 1 or more" in wrong["userErrors"][0]["message"]


def test_a_rule_of_a_market_holds_for_listeners_of_that_country_who_name_none(full):
    german, other = full.listeners(2, skip=24)
    before = full.rows("MATCH (u:User) WHERE u.id IN $ids RETURN u.id AS id, u.country AS country", ids=[german, other])
    for user, country in ((german, "Germany"), (other, "France")):
        full.rows("MATCH (u:User {id: $id}) SET u.country = $country", id=user, country=country)
    try:
        first = {
            user: ids(full.data(LIST, u=user, keep=False, seed=0)["recommendations"])[0] for user in (german, other)
        }
        rule = {"name": "de-only", "action": "BAN", "targetIds": sorted(first.values()), "market": "DE", "author": "c"}
        full.data(RULE, r=rule, p=False)
        after = {
            user: ids(full.data(LIST, u=user, keep=False, seed=0)["recommendations"])[0] for user in (german, other)
        }
        assert after[german] != first[german]
        assert after[other] == first[other]
    finally:
        full.data(END, n="de-only")
        for row in before:
            full.rows("MATCH (u:User {id: $id}) SET u.country = $country", **row)
